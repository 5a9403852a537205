"""Finishes a run: merges the bag for `ros2 bag play`, writes summary and report."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dsrl_core.acting.golden_ticket import search_episodes
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import RecordError, StorageError
from dsrl_core.record.digest import bag_sha256
from dsrl_core.record.merge import PARAMS, merge_segments
from dsrl_core.record.names import Names
from dsrl_core.report.report import write_report
from dsrl_core.run.arm_record import total
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.progress import RunProgress, train_wall_s
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.run.summary import LearnerFacts, RunFacts, summarise, write_summary
from dsrl_core.storage.disk import why
from dsrl_core.training.replayed import changed, facts_of
from dsrl_core.training.segment_writer import played_with


def finish(
    config: RunConfig,
    folder: RunFolder,
    progress: RunProgress,
    *,
    learner: LearnerFacts,
    inexact: Sequence[str] = (),
) -> None:
    """Write merged bag, summary and report. If the bag cannot be merged, that is a warning: its segments are there.

    A replay has no merged bag: the run that it replays has it.

    Args:
        config: of the run.
        folder: of the run.
        progress: its counts.
        learner: its gradient steps, digest and restarts.
        inexact: what happened that a repetition of the run need not reproduce.
    Raises:
        StorageError: the summary or the report could not be written.
    """
    replayed = facts_of(folder, learner.params_sha256)
    if replayed is None:
        _merge(config, folder, learner)
    lines = read_sound(folder.metrics).lines
    facts = RunFacts(
        wall_s=progress.wall_s(),
        train_wall_s=train_wall_s(lines),
        transitions_sha256=bag_sha256(folder.bag),
        dropped_episodes=sum(progress.dropped.values()),
        robot_steps=progress.env_steps,
        resumed=progress.resumed,
        inexact=changed(replayed) or [*inexact, *progress.reasons()],
        search_episodes=search_episodes(config),
        arm=total(lines),
        replayed=replayed,
    )
    with _told(folder.summary):
        write_summary(folder.summary, summarise(config, progress.tallies, learner, facts))
    with _told(folder.report):
        write_report(folder.path)


def _merge(config: RunConfig, folder: RunFolder, learner: LearnerFacts) -> None:
    """Merge the bag; it says by itself how it was played, so that it can be replayed without the run's folder."""
    facts = played_with(folder) | ({PARAMS: learner.params_sha256} if learner.params_sha256 else {})
    try:
        merge_segments(folder.bag, folder.bag_merged, Names.of(config.platform), facts)
    except RecordError as error:
        logging.getLogger(__name__).warning("%s", error)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} could not be written ({why(error, path)}); every episode and the final checkpoint are kept: free "
            "space or make the folder writable, then start the run again with the same folder"
        ) from error
