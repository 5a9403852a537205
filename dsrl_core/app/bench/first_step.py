"""A process of its own that takes one gradient step and ends: how long a learner needs to be ready.

`python -m dsrl_core.app.bench.first_step PLATFORM PRESET` prints the seconds of compiling; its starter times the whole.
"""

import sys
from time import perf_counter

from dsrl_core.app.bench.samples import bench_config, fill
from dsrl_core.learner.learner import Learner


def main() -> None:
    platform, preset = sys.argv[1:]
    learner = Learner(bench_config(platform, preset))
    fill(learner, episodes=1)
    started = perf_counter()
    learner.warm_up()
    print(perf_counter() - started)
    learner.step()
    learner.wait()


if __name__ == "__main__":
    main()
