"""`./dsrl up`: the graph as processes of this machine: start, watch, end."""

import argparse
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from dsrl_core.app.arguments import asked_run
from dsrl_core.app.commands import up
from dsrl_core.app.outcome import out_again, print_outcome
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.interrupt import Interrupt, check_interrupt, say
from dsrl_core.run.progress import note_death
from dsrl_core.run.role import Role, take_place
from dsrl_ros.app.hosts import Joining, join_run, lead_run
from dsrl_ros.app.start import RunStart, start_run
from dsrl_ros.app.supervisor import AskedToEnd, Supervisor
from dsrl_ros.interface.exit_codes import DONE, FAILED, INTERRUPTED, USAGE_ERROR

POLL_S = 0.1
LAST_LOOK_S = 1.0  # after a death, so that the executor holds by itself and says so before all is ended


@dataclass(frozen=True, slots=True)
class Play:
    """What a command plays in the graph."""

    command: str  # as people call it
    begin: Callable[[], RunStart]  # opens the run
    conclude: Callable[[RunStart], int]  # once it is complete; gives the exit code
    from_a_bag: bool = False  # whether a person plays a bag into its learner, instead of robots
    page: tuple[str, ...] | None = None  # arguments of the live page beside it, None for no page


def main(interrupt: Interrupt) -> int:
    """Run the graph that the command line asks for, to its end or until a signal; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dsrl up", description=up.__doc__)
    up.add_arguments(parser)
    parser.set_defaults(seed=None)  # a host that joins a run takes the learner's, unless one was given
    args = parser.parse_intermixed_args()
    page = (f"--port={args.view_port or 0}",) if up.asks_for_page(args) else None
    return play(Play("./dsrl up", lambda: _start(args), _outcome, page=page), interrupt)


def _start(args: argparse.Namespace) -> RunStart:
    """The run that the command line asks for, or this host's part of it."""
    place, args.settings = take_place(args.settings)
    if place.role.joins:
        episodes = [] if args.episodes is None else [f"schedule.episodes={args.episodes}"]
        return join_run(Joining(args.platform, place, (*args.settings, *episodes), args.seed, args.out))
    args.seed = args.seed or 0
    return (lead_run if place.role is Role.LEARNER else start_run)(*asked_run(args))


def play(what: Play, interrupt: Interrupt) -> int:
    """Run a graph to its end or until a signal; returns the exit code."""
    interrupt.begin()
    start: RunStart | None = None
    try:
        start = _begin(what.begin)
        with closing(start), interrupt.deferred():
            _run(start, interrupt, what)
            return what.conclude(start)
    except (KeyboardInterrupt, AskedToEnd) as asked:
        where = f"; to go on, give the same command with {start.domain_again}{out_again(start.folder)}" if start else ""
        say(f"\n{asked}\nstopped{where}" if str(asked) else f"\nstopped{where}")
        return INTERRUPTED
    except (DsrlError, OSError) as error:
        say(f"\n{what.command}: {error}")
        return USAGE_ERROR if isinstance(error, ConfigError) else FAILED


def _begin(begin: Callable[[], RunStart]) -> RunStart:
    """Open the run. What fails because it was interrupted was interrupted: imports wrap the exception."""
    try:
        return begin()
    except Exception:
        check_interrupt()
        raise


def _run(start: RunStart, interrupt: Interrupt, what: Play) -> None:
    """Until the run is complete; no process of it remains, however this ends."""
    folder, domain = start.folder, start.domain
    for note in start.notes:
        say(f"{what.command}: {note}")
    where = "" if domain is None else f"ROS_DOMAIN_ID={domain}, "
    say(f"run {start.config.run_id}: {folder.path} ({where}logs in {folder.logs})")
    supervisor = Supervisor(start.specs, folder.logs, start.environment, partial(note_death, folder))
    interrupt.at_second = supervisor.kill
    if what.page is not None:
        several = () if start.place.role is Role.ALL else ("--several-hosts",)
        supervisor.show(folder, (*what.page, *several))
    try:
        _watch(supervisor, start, interrupt, what.from_a_bag)
    finally:
        supervisor.stop()


def _outcome(start: RunStart) -> int:
    if start.place.role.joins:
        print(f"the run {start.config.run_id} is complete; its record and report are on the learner's host")
        print(f"here: {start.folder.path}")
    else:
        print_outcome(start.folder)
    return DONE


def _watch(supervisor: Supervisor, start: RunStart, interrupt: Interrupt, from_a_bag: bool) -> None:
    from dsrl_ros.app.following import following  # rclpy reads the environment at its import: not before it is settled

    with following(start.config, start.environment, from_a_bag, start.awaits) as followed:
        try:
            while not supervisor.poll():
                interrupt.check()
                followed.look(POLL_S)
                for notice in supervisor.notices:
                    followed.line.note(notice)
                supervisor.notices.clear()
        except DsrlError:
            followed.look(LAST_LOOK_S)
            raise
