"""Write a run's recorded episodes as a LeRobot dataset, as tables (CSV), or as films (MP4)."""

import argparse
from pathlib import Path

from dsrl_core.app.arguments import RUNS
from dsrl_core.app.exporting import Exported, Format, export
from dsrl_core.config.ros_names import run_name
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.dataset_frames import Frames
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.played import Wanted
from dsrl_core.run.folder import free_name
from dsrl_core.run.interrupt import check_interrupt
from dsrl_core.training.recordings import open_recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, complete or not, or a merged bag alone")
    parser.add_argument("--format", required=True, choices=[str(kind) for kind in Format], help="what to write")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (default runs/RUN_FORMAT)")
    parser.add_argument(
        "--group", action="append", default=[], help="episodes of this group alone, such as train; may be given again"
    )
    parser.add_argument("--successes", action="store_true", help="successful episodes alone")
    parser.add_argument(
        "--frames",
        choices=[str(kind) for kind in Frames],
        help="lerobot: a frame per decision, its action the chunk, or per control step",
    )
    parser.add_argument("--images", choices=["video", "png"], help="lerobot: pictures as H.264, or to the bit as PNG")
    parser.add_argument("--task", metavar="TEXT", help="lerobot: the task in words (default: the policy's prompt)")


def main(args: argparse.Namespace) -> int:
    kind, form = Format(args.format), _form(args)
    source = open_recording(args.run)
    out = args.out or RUNS / free_name(f"{run_name(source.path.name)}_{kind}", RUNS)
    wanted = Wanted(tuple(args.group), args.successes)
    found = export(source, wanted, kind, form, out.absolute(), lambda done: check_interrupt())
    print(outcome(found, kind, form, out))
    return 0


def _form(args: argparse.Namespace) -> Form:
    asked = {name: getattr(args, name) for name in ("frames", "images", "task") if getattr(args, name) is not None}
    if asked and args.format != Format.LEROBOT:
        raise ConfigError(f"--{next(iter(asked))} is for --format lerobot; leave it out with {args.format}")
    frames = Frames(asked.get("frames", Frames.DECISIONS))
    return Form(frames, films=asked.get("images", "video") == "video", task=asked.get("task", ""))


def outcome(found: Exported, kind: Format, form: Form, out: Path) -> str:
    """What was written, for a terminal."""
    lines = [f"{out}: {found.episodes} episodes, {found.successes} of them successes, {found.steps} control steps"]
    if kind is not Format.CSV:
        lines.append(f"pictures: {found.pictures}; at decisions only, which is when they are recorded")
    if kind is Format.LEROBOT and form.frames is Frames.STEPS:
        lines.append("between decisions state and pictures are old: train on the frames with age_steps = 0")
    return "\n".join(lines)
