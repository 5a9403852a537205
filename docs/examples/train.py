"""Train in twenty lines: `./dsrl exec python docs/examples/train.py [FOLDER] [key=value ...]`."""

import sys
from pathlib import Path

from dsrl_core import load_run, train


def main(folder: str = "runs/twenty_lines", *settings: str) -> None:
    config = load_run("reach", "twenty_lines", seed=0, overrides=["schedule.episodes=60", *settings])
    summary = train(config, Path(folder))
    print(f"base {summary['base_success']:.0%} -> steered {summary['final_success']:.0%}")
    print(f"report: {folder}/report.html")


if __name__ == "__main__":
    main(*sys.argv[1:])
