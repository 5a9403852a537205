"""Finished runs in one table: an arm per settings, every seed, the worst beside the mean, every episode counted."""

import argparse
import dataclasses
import json
from pathlib import Path

from dsrl_core.report.comparison import arms, read_compared, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of finished runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures of each arm")


def main(args: argparse.Namespace) -> int:
    compared = arms([read_compared(folder) for folder in args.runs])
    print(table(compared))
    inexact = sum(not run.exact for arm in compared for run in arm.runs)
    if inexact:
        print(
            f"\n{inexact} of {len(args.runs)} runs need not repeat to the bit: see not_exact_because in their summaries"
        )
    if args.json is not None:
        args.json.write_text(json.dumps([dataclasses.asdict(arm) for arm in compared], indent=2) + "\n")
    return 0
