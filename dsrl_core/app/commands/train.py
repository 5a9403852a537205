"""Train in one process: the fastest way to experiment, equal to the graph to the last bit."""

import argparse
from collections.abc import Callable
from dataclasses import replace

from dsrl_core.app.arguments import add_run_arguments, asked_run
from dsrl_core.app.outcome import out_again, print_outcome
from dsrl_core.app.training import train
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.interrupt import INTERRUPTED, check_interrupt, say
from dsrl_core.run.progress_line import ProgressLine, Snapshot, snapshot
from dsrl_core.training.trainer import Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)


def main(args: argparse.Namespace) -> int:
    config, folder = asked_run(args)
    if not watched(folder, lambda progress: train(config, folder.path, progress=progress)):
        return INTERRUPTED
    print_outcome(folder)
    return 0


def snapshot_of(trainer: Trainer) -> Snapshot:
    """Where an in-process run is."""
    return replace(
        snapshot(trainer.config, trainer.progress.by_robot),
        gradient_steps=trainer.learner.gradient_steps,
        steps_per_s=trainer.steps_per_s,
        waiting_for="gradient steps" if trainer.busy else "",
    )


def watched(
    folder: RunFolder,
    run: Callable[[Callable[[Trainer], None]], object],
    shown_of: Callable[[Trainer], Snapshot] = snapshot_of,
) -> bool:
    """Show how a run goes that is given a `progress`; whether it came to its end, and was not stopped."""
    line = ProgressLine()
    shown = 0

    def progress(trainer: Trainer) -> None:
        nonlocal shown
        check_interrupt()
        progress = trainer.progress
        for group, success in progress.outcomes[shown:]:
            line.settled(group, success)
        shown = len(progress.outcomes)
        line.show(shown_of(trainer))

    try:
        run(progress)
    except KeyboardInterrupt:
        say(f"\nstopped; to go on, give the same command with {out_again(folder)}")
        return False
    line.end()
    return True
