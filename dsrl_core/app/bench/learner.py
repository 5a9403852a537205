"""`./dsrl bench learner`: how fast the learner of each preset is here, and how much of the machine it uses.

`<preset>.step_s`, `.steps_per_s`: one gradient step, its batch sampled as in a run.
`.block_step_s`: the same where many steps are one dispatch, as on an accelerator.
`.peak_fraction`: its operations (see `flops`) per second as a share of `matmul_gflops`, the best of float32 matrix
products in this process. `.actor_p50_ms`, `.actor_p99_ms`: noise of one decision.
`.sampling_s`, `.sampling_fraction`: drawing a batch, alone and as a share of a step.
`.bytes_per_transition`: of the replay buffer, in episodes that run into their time limit.
`.first_step_s`: from the start of a process to the end of its first gradient step with nothing compiled before;
`.compile_s`: the compiling in it; `.second_start_s`: the same with what the first start compiled.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import jax
import numpy as np

from dsrl_core.app.bench.figures import parse, report
from dsrl_core.app.bench.flops import step_flops
from dsrl_core.app.bench.machine import matmul_gflops
from dsrl_core.app.bench.samples import bench_config, fill
from dsrl_core.app.bench.starts import Start, cold_and_warm_start
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.learner.learner import Learner
from dsrl_core.networks.batch import View
from dsrl_core.networks.noise_functions import noise_functions
from dsrl_core.random.streams import sampling_rng

PRESETS = ("reach", "aloha", "libero", "franka")  # each with the platform of its name
EPISODES, SAMPLES, DECISIONS = 16, 200, 2000
BLOCKS, BLOCK_S = 5, 2.0  # the median of so many blocks counts, each of about so long


def main() -> int:
    args = parse("learner", __doc__, PRESETS)
    try:
        starts = {name: cold_and_warm_start(name) for name in args.only}
    except DsrlError as error:
        print(f"./dsrl bench learner: {error}", file=sys.stderr)
        return 1
    figures = {"matmul_gflops": matmul_gflops()}
    for name in args.only:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        measured = measure(bench_config(name, name), starts[name], figures["matmul_gflops"])
        figures |= {f"{name}.{figure}": value for figure, value in measured.items()}
    report(figures, args.json)
    return 0


def measure(config: RunConfig, start: Start, peak_gflops: float) -> dict[str, float]:
    """The figures of one preset, without its name."""
    learner = Learner(config)
    fill(learner, EPISODES)
    learner.warm_up()
    step_s, sampling_s = step_seconds(learner), sampling_seconds(learner)
    block = {"block_step_s": block_step_seconds(learner)} if learner.steps_per_dispatch > 1 else {}
    p50, p99 = np.percentile(actor_ms(learner), [50, 99])
    flops = step_flops(config.preset, learner.shapes)
    return {
        "step_s": step_s,
        "steps_per_s": 1.0 / step_s,
        **block,
        "gflop_per_step": 1e-9 * flops,
        "peak_fraction": 1e-9 * flops / step_s / peak_gflops,
        "actor_p50_ms": float(p50),
        "actor_p99_ms": float(p99),
        "sampling_s": sampling_s,
        "sampling_fraction": sampling_s / step_s,
        "bytes_per_transition": learner.replay.nbytes / len(learner.replay),
        "first_step_s": start.cold_s,
        "second_start_s": start.warm_s,
        "compile_s": start.compile_s,
    }


def step_seconds(learner: Learner) -> float:
    """Seconds of a gradient step within a block, the median over blocks."""
    once = _seconds(lambda: _repeat(learner, learner.step, 3)) / 3
    steps = max(1, round(BLOCK_S / once))
    return median(_seconds(lambda: _repeat(learner, learner.step, steps)) / steps for _ in range(BLOCKS))


def block_step_seconds(learner: Learner) -> float:
    """The same as `step_seconds` by dispatches of several steps."""

    def seconds(dispatches: int) -> float:
        while learner.gradient_steps_due < dispatches * learner.steps_per_dispatch:
            fill(learner, 1)
        return _seconds(lambda: _repeat(learner, learner.advance, dispatches)) / dispatches

    seconds(1)  # compiles
    dispatches = max(1, round(BLOCK_S / seconds(1)))
    return median(seconds(dispatches) for _ in range(BLOCKS)) / learner.steps_per_dispatch


def sampling_seconds(learner: Learner) -> float:
    """Seconds to draw one batch, the median."""
    size, steps = learner.config.preset.sac.batch_size, iter(range(SAMPLES))
    return median(_seconds(lambda: learner.replay.sample(sampling_rng(0, next(steps)), size)) for _ in range(SAMPLES))


def actor_ms(learner: Learner) -> list[float]:
    """Milliseconds of one jitted draw of noise at batch 1, view on the host in, noise on the host out."""
    config, shapes = learner.config, learner.shapes
    sample = noise_functions(config.preset, shapes, config.platform.policy.horizon).sample
    batch = learner.replay.get(np.zeros(1, np.int64))
    view, key = View(*batch.view), jax.random.key(0)
    np.asarray(sample(learner.state.actor, view, key))
    return [1e3 * _seconds(lambda: np.asarray(sample(learner.state.actor, view, key))) for _ in range(DECISIONS)]


def _repeat(learner: Learner, train: Callable[[], object], times: int) -> None:
    for _ in range(times):
        train()
    learner.wait()


def _seconds(do: Callable[[], object]) -> float:
    started = perf_counter()
    do()
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
