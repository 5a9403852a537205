"""Make demonstrations, for train-base and reverse, of a LeRobot dataset or of bags of a foreign robot."""

import argparse
from pathlib import Path

from dsrl_core.app.arguments import RUNS
from dsrl_core.app.compose import load_run
from dsrl_core.app.importing import import_demonstrations, open_source
from dsrl_core.config.ros_names import run_name
from dsrl_core.exchange.mapping import asked_of
from dsrl_core.run.folder import free_name
from dsrl_core.run.interrupt import check_interrupt, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="a LeRobot dataset's folder, a bag, or a folder of bags"
    )
    parser.add_argument(
        "--platform", required=True, help="by whose contract: a platform's name, or the path of a contract"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (default runs/SOURCE_demos)")
    parser.add_argument("--map", type=Path, metavar="FILE", help="YAML of the same keys as key=value")
    parser.add_argument("--failures", action="store_true", help="also episodes that the dataset calls no success")
    parser.add_argument(
        "mapping",
        nargs="*",
        metavar="key=value",
        help="what is what: cameras.front=observation.images.top state=KEY action=KEY[0,1] action_scale=0.01745",
    )


def main(args: argparse.Namespace) -> int:
    platform = load_run(args.platform, "import").platform
    source = open_source(args.source.absolute(), asked_of(args.mapping, args.map), platform)
    out = args.out or RUNS / free_name(f"{run_name(args.source.absolute().stem)}_demos", RUNS)
    for note in source.notes:
        say(f"./dsrl import: {note}")
    found = import_demonstrations(source, out.absolute(), args.failures, lambda done: check_interrupt())
    left = f"; {found.failures} that are no success were left out" if found.failures else ""
    print(
        f"{out}: {found.demonstrations} demonstrations, {found.steps} control steps{left}\n"
        f"a base from them: ./dsrl train-base {args.platform} --from {out} --out base.npz\n"
        f"for a base that is there: ./dsrl reverse {args.platform} --from {out}"
    )
    return 0
