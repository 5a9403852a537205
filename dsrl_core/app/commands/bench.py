"""Measure speed in one run; figures as a table, or as JSON too."""

import argparse
import os
import sys
from pathlib import Path

from dsrl_core.errors import ConfigError, among

# Each in a process of its own.
MODULES = {
    "graph": "dsrl_ros.app.benchmarks.graph",
    "guard": "dsrl_core.app.bench.guard",
    "learner": "dsrl_core.app.bench.learner",
    "policy": "dsrl_core.app.bench.policy",
    "reverse": "dsrl_core.app.bench.reverse",
    "sim": "dsrl_ros.app.benchmarks.sim",
}
OPTIONS = {  # the benchmark's own, read by its process
    "runs": "guard",
    "checkpoints": "guard",
    "shared": "guard",
    "episodes": "guard and reverse",
    "seed": "reverse",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        help="graph: control steps and hops over DDS; guard: going back to the best, on simulated runs; "
        "learner: gradient steps, actor, replay; policy: a served policy; reverse: noise that follows an expert; "
        "sim: simulators as their packages step them against ours",
    )
    parser.add_argument(
        "only",
        nargs="*",
        help="a part of it: platforms of graph, reverse and sim, presets of learner, curves of guard; default: all",
    )
    for option, benchmark in OPTIONS.items():
        parser.add_argument(f"--{option}", metavar="N", help=f"of {benchmark}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object, figure name to number")


def main(args: argparse.Namespace) -> int:
    if args.name not in MODULES:
        raise ConfigError(f"{args.name!r} is not measured; {among(args.name, sorted(MODULES))}")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", MODULES[args.name], *sys.argv[3:]])
