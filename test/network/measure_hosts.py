"""`sudo ./dsrl exec python test/network/measure_hosts.py`: what a run on two hosts costs, by the wire between them.

One row per wire and place of steering: bytes per episode of the robot's host, and times of a decision. Not a test.
"""

import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic, sleep

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test"))

from graphs import HEARING, QUICK, GraphRun  # noqa: E402
from hosts import Hosts, Wire  # noqa: E402

DOMAIN = "ROS_DOMAIN_ID=91"
SETTINGS = ("--seed=3", "--episodes=12", *QUICK, "schedule.first_steps=20")
WIRES = {
    "no delay": Wire(),
    "5 ms, jitter 1 ms": Wire(0.005, 0.001),
    "20 ms, jitter 5 ms": Wire(0.02, 0.005),
    "20 ms, jitter 5 ms, loss 1 %": Wire(0.02, 0.005, 0.01),
}
HOPS = ("observe_ms", "actor_ms", "policy_ms", "total_ms")


def measured(wire: Wire, steering: str, folder: Path) -> dict[str, float]:
    """One run: bytes per episode between the third and the last but two, and medians over its decisions."""
    with Hosts(("lab", "arm"), folder) as hosts:
        hosts.set(wire)
        place = {name: (*HEARING, *hosts.prefix(name), "env", DOMAIN) for name in hosts.names}
        transport = "FASTDDS_BUILTIN_TRANSPORTS=DEFAULT"
        ears = [sys.executable, str(Path(__file__).with_name("listen_decisions.py")), str(folder / "decisions")]
        side = "arm" if steering == "robot" else "lab"  # beside steering, so that listening is not on the wire
        listener = subprocess.Popen([*place[side], transport, *ears])
        words = (*SETTINGS, "role=learner", f"hosts.steering={steering}")
        learner = GraphRun(folder / "learner", *words, prefix=place["lab"])
        robot = GraphRun(folder / "robot", "role=robot", prefix=place["arm"])
        learner.wait_until(lambda: learner.settled() >= 3, "three episodes")
        begun_s, begun, first = monotonic(), hosts.bytes_of("arm"), learner.settled()
        learner.wait_until(lambda: learner.settled() >= 13, "thirteen episodes")
        took_s, ended, last = monotonic() - begun_s, hosts.bytes_of("arm"), learner.settled()
        code, told = learner.finish()
        assert code == 0, told
        robot.finish()
        sleep(0.5)
        listener.kill()  # it has nothing to save
        listener.wait()
    count = last - first
    received, sent = (1e-3 * (after - before) / count for before, after in zip(begun, ended, strict=True))
    return {"received_kB": received, "sent_kB": sent, "episode_s": took_s / count, **_times(folder / "decisions")}


def _times(file: Path) -> dict[str, float]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    between = [1e3 * (b["at_s"] - a["at_s"]) for a, b in pairwise(lines) if a["episode"] == b["episode"]]
    return {"between_ms": median(between), **{hop: median(line[hop] for line in lines) for hop in HOPS}}


def main() -> None:
    for steering in ("robot", "learner"):
        for name, wire in WIRES.items():
            with tempfile.TemporaryDirectory() as folder:
                row = measured(wire, steering, Path(folder))
            numbers = " | ".join(f"{value:.1f}" for value in row.values())
            print(f"| {steering} | {name} | {numbers} |", ", ".join(row), flush=True)


if __name__ == "__main__":
    main()
