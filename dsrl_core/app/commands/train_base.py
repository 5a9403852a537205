"""Clone demonstrations, of the scripted expert or in files, into a small flow policy."""

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dsrl_core.app.compose import environment_module, make_environment
from dsrl_core.config.overrides import pairs
from dsrl_core.config.paths import names, share
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.run.refusal import without_trace
from dsrl_core.schedule.tally import success_interval
from dsrl_core.train_base.evaluate import Evaluation, evaluate
from dsrl_core.train_base.files import DemonstrationFiles
from dsrl_core.train_base.settings import load_base
from dsrl_core.train_base.train import finish, train
from dsrl_core.train_base.work import MADE_FIRST, Work, has_demonstrations, work_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", help=f"platform: {', '.join(names('bases'))}; with --from any platform or the path of a contract"
    )
    parser.add_argument(
        "--from",
        dest="paths",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="demonstrations in files in place of the expert's: a folder or one npz; may be given again",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="weights to write (default: the platform's own)")
    parser.add_argument("settings", nargs="*", metavar="key=value", help="demos=100, steps=3000, seed=0, ...")


def main(args: argparse.Namespace) -> int:
    asked = pairs(args.settings)
    settings = load_base(args.name, asked, of_files=bool(args.paths))
    config = load_run(args.name, "base")
    platform, files, made_of = config.platform, None, ""
    if args.paths:
        files = DemonstrationFiles(args.paths, platform)
        made_of = files.made_of
        settings = replace(settings, demos=min(asked.get("demos", len(files.files)), len(files.files)))
    out = _out(args, platform)
    with without_trace(work_folder(out), MADE_FIRST, unless=lambda: has_demonstrations(out)):
        work = train(platform, files or environment_module(platform), settings, out, show, made_of)
    evaluation = _evaluated(config, work, settings.eval_episodes) if _plays(platform) else {}
    finish(work, out, evaluation)
    print(f"\n{out}: {out.stat().st_size / 1e6:.2f} MB", file=sys.stderr)
    print(table(evaluation))
    return 0


def _out(args: argparse.Namespace, platform: Platform) -> Path:
    if args.out is None and args.paths:
        raise ConfigError("--out FILE.npz is missing: a base from --from is not to replace the platform's own")
    out: Path = args.out or share() / "config" / platform.policy.endpoint
    return out


def _plays(platform: Platform) -> bool:
    """Whether this contract's simulator can be played with a small flow policy; on a robot nothing moves by itself."""
    return platform.robot_end.kind == "simulation" and platform.policy.kind == "flow"


def _evaluated(config: RunConfig, work: Work, episodes: int) -> Evaluation:
    with closing(make_environment(config.platform)) as environment:
        return evaluate(config, environment, work, episodes, show)


def table(evaluation: Evaluation) -> str:
    """What the base does under noise that nobody trained, with 95 % intervals."""
    lines = [f"{'noise':10s}  success  95 % interval"]
    for noise, found in evaluation.items():
        if found["episodes"]:
            share_, (low, high) = found["successes"] / found["episodes"], success_interval(**found)
            lines.append(f"{noise:10s}  {100 * share_:5.0f} %  {100 * low:4.0f} to {100 * high:.0f} %")
    return "\n".join(lines)


def show(phase: str, done: int, of: int, seconds_left: float) -> None:
    """One line that stays up to date in a terminal, a line per call in a log."""
    text = f"{phase}  {done}/{of}  {seconds_left:.0f} s left"
    terminal = sys.stderr.isatty()
    sys.stderr.write(f"\r\x1b[2K{text}" if terminal else f"{text}\n")
    sys.stderr.flush()
