"""What noise can do with a base policy: success under untrained noises, the ceiling of steering, the golden ticket.

On an arm: the same question in a few episodes that a person labels.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from dsrl_core.acting.golden_ticket import GoldenTicket, write_ticket
from dsrl_core.acting.player import Player
from dsrl_core.app import labelled
from dsrl_core.app.compose import environment_module, load_run, make_environment
from dsrl_core.config.overrides import word
from dsrl_core.config.paths import names
from dsrl_core.config.ros_names import run_name
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError, DsrlError, SteeringUnsupported
from dsrl_core.preflight.follower import Follower
from dsrl_core.preflight.measure import Measurement
from dsrl_core.preflight.plan import (
    EPISODES,
    VECTORS,
    Arm,
    Size,
    followed_arm,
    golden_arm,
    make_size,
    noise_arms,
    range_arms,
    vector_arms,
)
from dsrl_core.preflight.result import ASKED, TICKET, Result, asked_of, write_result
from dsrl_core.preflight.result import EPISODES as LOG
from dsrl_core.preflight.table import as_text
from dsrl_core.preflight.verdict import NO_EXPERT, evaluate, golden_column
from dsrl_core.reversal.base import make_reverser
from dsrl_core.run.folder import RunFolder, free_name
from dsrl_core.run.interrupt import block_until_listening
from dsrl_core.run.lock import LOCK
from dsrl_core.run.refusal import starting
from dsrl_core.storage.durable import write_atomic

LOG_PERIOD_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whose = f"whose base policy: {', '.join(names('platforms'))}, or the path of a contract"
    parser.add_argument("platform", help=whose)
    parser.add_argument("--starts", type=int, metavar="N", help="starts for the constant vectors (default about 20)")
    parser.add_argument(
        "--vectors", type=int, metavar="M", help=f"constant vectors ({VECTORS}; on an arm {labelled.VECTORS})"
    )
    untrained = f"under each untrained noise ({EPISODES}); on an arm: at most in all ({labelled.EPISODES})"
    parser.add_argument("--episodes", type=int, metavar="N", help=untrained)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="all randomness follows from it (default 0)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder (default runs/preflight_PLATFORM); goes on there"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object of figures")
    parser.add_argument("settings", nargs="*", metavar="key=value", help="such as noise.vectors=5, policy.endpoint=...")


def main(args: argparse.Namespace) -> int:
    platform = run_name(Path(args.platform).stem)
    config = load_run(args.platform, f"preflight_{platform}", args.seed, args.settings)
    if config.platform.on_an_arm:
        return _on_an_arm(args)
    size = _size(config, args)
    asked = asked_of(config, size)
    folder = args.out or _default_folder(platform, asked)
    with ExitStack() as held:
        with starting(RunFolder(folder), held, makes=(ASKED,)):
            _open(folder, asked)
            environment = held.enter_context(closing(make_environment(config.platform)))
            player = held.enter_context(closing(Player(config, environment, folder)))
        result = _measure(config, size, folder, player, _expert(config, environment))
    print(as_text(result))
    print(f"\nkept in {folder}; golden ticket: {word('schedule.golden', str(folder / TICKET))}")
    if args.json:
        args.json.write_text(json.dumps(result.figures(), indent=2) + "\n")
    if result.verdict.word == "refused":
        raise DsrlError(f"refused to steer this base: {result.verdict.reason}")
    return 0


def _expert(config: RunConfig, environment: Environment) -> Expert | None:
    """The task's scripted expert, where it has one."""
    make = getattr(environment_module(config.platform), "make_expert", None)
    return None if make is None else make(environment)


def _measure(config: RunConfig, size: Size, folder: Path, player: Player, expert: Expert | None) -> Result:
    """Play, judge and keep."""
    follower, unfollowed = _follower(config, player, expert)
    with closing(Measurement(config, player, folder / LOG, follower)) as measurement:
        followed = [] if follower is None else [followed_arm(config, size)]
        arms = [*noise_arms(config, size), *vector_arms(config, size), *range_arms(config, size), *followed]
        line = CountDown(arms, size, measurement)
        measurement.play(arms, line.show)
        best = golden_column(measurement.outcomes, size)
        measurement.play([golden_arm(config, size, best)], line.show)
        line.end()
    result = evaluate(config, size, measurement.outcomes, unfollowed)
    write_result(folder, result)
    write_ticket(folder / TICKET, _ticket(config, size, result))
    return result


def _follower(config: RunConfig, player: Player, expert: Expert | None) -> tuple[Follower | None, str]:
    """Who plays after the expert; None where nobody can, and why."""
    if expert is None:
        return None, NO_EXPERT
    try:  # by asking: as close as by derivatives, without their long compilation
        reverser = make_reverser(config, player.steering.policy, "cross_entropy")
    except SteeringUnsupported as error:
        return None, str(error)
    return Follower(config, player, expert, reverser), ""


class CountDown:
    """One line that stays up to date in a terminal, a line now and then in a log."""

    def __init__(self, arms: list[Arm], size: Size, measurement: Measurement) -> None:
        self._measurement = measurement
        self._of = sum(len(arm.starts) for arm in arms) + len(size.other_starts)
        self._known = len(measurement.outcomes)
        self._started_s = monotonic()
        self._shown_s = -LOG_PERIOD_S

    def show(self, arm: str) -> None:
        """Before an episode under `arm`."""
        terminal, now = sys.stderr.isatty(), monotonic()
        if now - self._shown_s < (0.1 if terminal else LOG_PERIOD_S):
            return
        self._shown_s = now
        done = len(self._measurement.outcomes)
        played, spent_s = done - self._known, now - self._started_s
        left = f"{spent_s / played * (self._of - done):.0f} s left" if played else ""
        text = f"episode {done}/{self._of}  {arm:12s}  {left}"
        sys.stderr.write(f"\r\x1b[2K{text}" if terminal else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\n")


def _on_an_arm(args: argparse.Namespace) -> int:
    """Tell the result of a pre-flight that is complete; else play it, in the graph."""
    asked, folder = labelled.asked_labelled(args)
    known = labelled.finished(asked, folder)
    if known is None:
        _become_supervisor()
    labelled.tell(known, folder, args.json)  # nothing starts, nothing moves
    return 0


def _become_supervisor() -> NoReturn:
    """Let this process become the graph's supervisor, which lives in `dsrl_ros` as nothing here may import ROS."""
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError("a pre-flight on an arm needs ROS 2 and this package in a workspace, or a checkout's ./dsrl")
    # The arguments were parsed for their errors and help; the supervisor parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.preflight", *sys.argv[2:]])


def _size(config: RunConfig, args: argparse.Namespace) -> Size:
    if config.platform.robot_end.kind != "simulation":
        raise ConfigError(
            f"{config.platform.name} is a robot without action.arm.model: nobody labels its episodes, so that a "
            "pre-flight cannot be played on it"
        )
    vectors = VECTORS if args.vectors is None else args.vectors
    episodes = EPISODES if args.episodes is None else args.episodes
    return make_size(config.platform.episode.variants, args.starts, vectors, episodes)


def _default_folder(platform: str, asked: Mapping[str, Any]) -> Path:
    """The pre-flight of the same settings, or a new folder."""
    root = Path("runs")
    for path in sorted(root.glob(f"preflight_{platform}*/{ASKED}")):
        if _read_asked(path) == asked:
            return path.parent
    return root / free_name(f"preflight_{platform}", root)


def _read_asked(path: Path) -> Any:
    """What a pre-flight was asked for; None where the file is damaged."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return None


def _open(folder: Path, asked: Mapping[str, Any]) -> None:
    """Make the folder a pre-flight's, or see that it is one of the same settings."""
    path = folder / ASKED
    if path.exists():
        found = _read_asked(path)
        if found is None:
            raise ConfigError(f"{path} cannot be read as the settings of a pre-flight; choose another --out")
        if found != asked:
            raise ConfigError(f"{folder} holds a pre-flight of other settings or weights; choose another --out")
    elif any(entry.name != LOCK for entry in folder.iterdir()):
        raise ConfigError(f"{folder} is not empty and holds no pre-flight; choose another --out")
    else:
        write_atomic(path, json.dumps(asked, indent=1) + "\n")


def _ticket(config: RunConfig, size: Size, result: Result) -> GoldenTicket:
    vector = vector_arms(config, size)[result.golden_vector].constant
    assert vector is not None, "the arms of the matrix are constant"
    return GoldenTicket(
        platform=result.platform,
        policy=result.policy,
        noise=vector.tolist(),
        chosen_on=size.starts,
        success=result.row("golden_chosen").success,
        success_elsewhere=result.row("golden").success,
        search_episodes=result.row("constant").episodes,
    )
