"""`./dsrl preflight` on an arm: the graph that trains plays a few episodes that a person labels; they are judged."""

import argparse

from dsrl_core.app.commands import preflight
from dsrl_core.app.labelled import asked_labelled, conclude, tell
from dsrl_core.run.interrupt import Interrupt, say
from dsrl_ros.app.running import Play, play
from dsrl_ros.app.start import RunStart, start_run
from dsrl_ros.interface.exit_codes import DONE

COMMAND = "./dsrl preflight"


def main(interrupt: Interrupt) -> int:
    """Play what the command line asks for, or go on with it; returns the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=preflight.__doc__)
    preflight.add_arguments(parser)
    args = parser.parse_intermixed_args()

    def begin() -> RunStart:
        start = start_run(*asked_labelled(args))
        say(f"{COMMAND}: put the scene alike for all episodes of a start; the group is preflight_START_NOISE")
        return start

    def end(start: RunStart) -> int:
        tell(conclude(start.config, start.folder), start.folder, args.json)
        return DONE

    return play(Play(COMMAND, begin, end), interrupt)
