"""`./dsrl bench policy`: what a policy behind a websocket costs beyond its own time, over loopback with a small policy.

`client_overhead_*`: a call of the client less the server's inference, with a request of 300 kB (two images of 224).
`decision_overhead_*`: a whole decision less the server's inference: raw image in, chunk out, hop by hop.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from dsrl_core.acting.assembler import Assembler, Complete
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.observation import fit_image
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.app.bench.figures import report
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.policy.backends.openpi import RemotePolicy
from dsrl_core.policy.base import make_policy
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.schedule.schedule import Schedule, request
from dsrl_core.types import F32, Observation, PolicySpec, RewardSignal

CALLS, WARM = 1000, 50
RAW = (480, 640, 3)  # what a camera delivers


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dsrl bench policy", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object of figures")
    args = parser.parse_args()
    try:
        with served() as address:
            figures = {**client_figures(address), **decision_figures(address)}
    except DsrlError as error:
        print(f"./dsrl bench policy: {error}", file=sys.stderr)
        return 1
    report(figures, args.json)
    return 0


@contextmanager
def served() -> Iterator[str]:
    """The small policy of `reach` in a process of its own; its address."""
    command = [sys.executable, "-P", "-m", "dsrl_core.app", "serve-policy", "--policy=reach", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("serving at "):
                raise DsrlError(f"the policy server did not start; see what it says: {' '.join(command[2:])}")
            yield line.split()[-1]
        finally:
            process.terminate()


def client_figures(address: str) -> dict[str, float]:
    """Overhead of the client, ms, and the size of its requests."""
    config = load_run("reach", "bench", 0, [f"policy.endpoint={address}"])
    rng = np.random.default_rng(0)
    images = {f"extra{i}": rng.integers(0, 256, (224, 224, 3), np.uint8) for i in range(2)}
    images |= _raw_images(config, rng, fitted=True)
    observation = {"images": images, "state": np.zeros(config.platform.state_dim, np.float32), "prompt": "bench"}
    client = PolicyClient(address)
    client.connect()
    overhead = [_call(client, observation, rng) for _ in range(CALLS + WARM)][WARM:]
    client.close()
    size = sum(image.nbytes for image in images.values())
    return {"client_request_kb": size / 1e3, **_percentiles("client_overhead", overhead)}


def _call(client: PolicyClient, observation: Mapping[str, Any], rng: np.random.Generator) -> float:
    noise = rng.standard_normal((10, 2), np.float32)
    started = perf_counter()
    chunk = client.infer(observation, noise=noise)
    return perf_counter() - started - chunk.timing["infer_ms"] / 1e3


def decision_figures(address: str) -> dict[str, float]:
    """Where the time of a decision goes, ms: image, observation, actor, policy beyond the server's time, the rest."""
    bench = DecisionBench(load_run("reach", "bench", 0, [f"policy.endpoint={address}"]))
    for number in range(CALLS + WARM):
        bench.decide(number)
    bench.policy.close()
    figures: dict[str, float] = {}
    for name, values in bench.seconds.items():
        figures |= _percentiles(f"{name}_overhead", values[WARM:])
    return figures


class DecisionBench:
    """The nodes' own functions from raw image to chunk, in one thread, each hop timed."""

    def __init__(self, config: RunConfig) -> None:
        self.policy = _Timed(make_policy(config.platform))
        self.seconds: dict[str, list[float]] = {
            name: [] for name in ("image", "observation", "actor", "policy", "chunk", "decision")
        }
        self._config, self._platform = config, config.platform
        self._steering = Steering(config, NoiseActor(config), self.policy)
        self._assembler = Assembler(config.platform)
        self._rng = np.random.default_rng(0)
        self._steering.warm_up()

    def decide(self, number: int) -> None:
        """The first decision of a fresh episode."""
        raw, stamp = _raw_images(self._config, self._rng), 1 + number
        planned = Schedule(self._config).next({})
        assert planned is not None, "the schedule of a run is never empty"
        self._steering.begin(request(self._config, planned, "robot0", number), planned)
        started = perf_counter()
        images = {
            name: fit_image(raw[name], c.height, c.width) for name, c in self._platform.observation.cameras.items()
        }
        fitted = perf_counter()
        complete = self._assemble(images, stamp)
        assembled = perf_counter()
        choice = self._steering.advance(complete.observation, complete.signal)
        decided = perf_counter()
        assert isinstance(choice, Choice), "the first decision of an episode is never its last"
        hops = {"image": fitted - started, "observation": assembled - fitted, "actor": choice.actor_s}
        hops |= {"policy": self.policy.call_s - self.policy.server_s}
        hops |= {"chunk": decided - assembled - choice.actor_s - self.policy.call_s}
        for name, value in {**hops, "decision": decided - started - self.policy.server_s}.items():
            self.seconds[name].append(value)

    def _assemble(self, images: dict[str, np.ndarray], stamp: int) -> Complete:
        for name, image in images.items():
            self._assembler.image(name, stamp, image)
        self._assembler.state(stamp, np.zeros(self._platform.state_dim, np.float32))
        executed = np.zeros((0, self._platform.action.size), np.float32)
        self._assembler.reward(RewardSignal(stamp, 0.0, False, False, False, executed))
        complete = self._assembler.take()
        assert complete is not None, "all streams of the stamp are there"
        return complete


class _Timed:
    """A policy that notes how long its last call took."""

    def __init__(self, policy: Any) -> None:
        if not isinstance(policy, RemotePolicy):
            raise DsrlError("the bench needs a served policy")
        self._policy = policy
        self.call_s = self.server_s = 0.0

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        started = perf_counter()
        actions = self._policy.infer(observation, noise)
        self.call_s, self.server_s = perf_counter() - started, self._policy.server_s
        return actions

    def close(self) -> None:
        self._policy.close()


def _raw_images(config: RunConfig, rng: np.random.Generator, fitted: bool = False) -> dict[str, np.ndarray]:
    cameras = config.platform.observation.cameras.items()
    return {name: rng.integers(0, 256, (c.height, c.width, 3) if fitted else RAW, np.uint8) for name, c in cameras}


def _percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    return {f"{name}_p{p}_ms": 1e3 * float(np.percentile(seconds, p)) for p in (50, 99)}


if __name__ == "__main__":
    sys.exit(main())
