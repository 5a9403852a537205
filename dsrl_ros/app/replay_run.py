"""`./dsrl replay BAG --live`: the learner of the graph alone, to which a person plays the bag with `ros2 bag play`."""

import argparse
import shlex
from contextlib import ExitStack
from pathlib import Path

from dsrl_core.app.replay_arguments import add_arguments, bag_of, folder_of, outcome
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.interrupt import Interrupt, say
from dsrl_core.run.recorded import check_recorded
from dsrl_core.run.refusal import starting
from dsrl_core.run.role import Place
from dsrl_core.training.recordings import Recording, open_recording
from dsrl_core.training.replayed import await_player, check_apart
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment, learner
from dsrl_ros.app.running import Play, play
from dsrl_ros.app.start import RunStart, settle_environment
from dsrl_ros.interface import topics
from dsrl_ros.interface.exit_codes import DONE

COMMAND = "./dsrl replay"


def main(interrupt: Interrupt) -> int:
    """Start the learner that the command line asks for, or go on with it; returns the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    add_arguments(parser)
    args = parser.parse_intermixed_args()

    def begin() -> RunStart:
        source = open_recording(args.run)
        bag = bag_of(source, args)
        start = start_replay(source, bag, folder_of(source, args.out))
        say(f"{COMMAND}: type this in another terminal, and press space there once the learner waits for an episode:")
        say(f"\n  {player_command(start, bag)}\n")
        return start

    def end(start: RunStart) -> int:
        print(outcome(start.folder))
        return DONE

    return play(Play(COMMAND, begin, end, from_a_bag=True), interrupt)


def start_replay(source: Recording, bag: Path, folder: RunFolder) -> RunStart:
    """Make or resume the folder of a live replay, lock it, and take a domain.

    It is alone on this machine, also where the bag is that of a robot: what is played looks like the robot's topics.

    Args:
        source: of the bag.
        bag: the merged bag that is to be played.
        folder: where the replay lies or is to lie.
    Raises:
        ConfigError: the folder is in use or holds something else or other settings, or a variable of the environment
            cannot work. A folder that was made for this is gone again.
        RecordError: a recorded episode of the replay is damaged.
        DsrlError: no domain is free.
    """
    notes = settle_environment(simulated=True)
    check_apart(source, folder, bag)
    with ExitStack() as held:
        with starting(folder, held):
            opened = open_run(source.config, folder.path)
            check_recorded(opened.folder, opened.config)
            with source.left_alone():
                await_player(source, bag, opened.folder)
            domain, lock = take_domain()
            held.enter_context(lock)
            specs = [learner(opened.config, opened.folder.config)]
        environment = domain_environment(domain, simulation=True)
        return RunStart(opened, specs, domain, environment, notes, Place(), held.pop_all())


def player_command(start: RunStart, bag: Path) -> str:
    """What a person types to play the bag: paused until space is pressed, and to its end until everything is taken.

    The bag offers each topic reliably, as the learner asks for it, so that no quality of service is to be named. The
    topics that only people look at are left out.
    """
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in start.environment.items())
    topic = topics.run_topic(start.config.run_id, "episode")
    return (
        f"{variables} ./dsrl exec ros2 bag play {shlex.quote(str(bag))} --start-paused --wait-for-all-acked 0 "
        f"--topics {topic}"
    )
