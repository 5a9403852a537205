"""The command line of a benchmark, and its figures as a table or as JSON."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from dsrl_core.errors import among


def parse(name: str, doc: str | None, parts: Sequence[str]) -> argparse.Namespace:
    """The command line of one benchmark: `only`, those of `parts` that were asked for or all, and `json`."""
    parser = argparse.ArgumentParser(prog=f"./dsrl bench {name}", description=doc)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object of figures")
    parser.add_argument("only", nargs="*", default=parts, metavar="PART", help=f"of {', '.join(parts)}; default: all")
    args = parser.parse_intermixed_args()
    if unknown := sorted(set(args.only) - set(parts)):
        parser.error(f"{unknown[0]!r} is not measured; {among(unknown[0], parts)}")
    return args


def report(figures: Mapping[str, float], path: Path | None) -> None:
    """Print figures as a table and write them to `path`, if one is given."""
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:{width}s}  {value:10.4g}")
    if path is not None:
        path.write_text(json.dumps(dict(figures), indent=2) + "\n")
