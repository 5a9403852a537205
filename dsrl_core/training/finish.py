"""Finishes a run: merges the bag for `ros2 bag play`, writes summary and report."""

import logging
from collections.abc import Sequence

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import RecordError
from dsrl_core.record.digest import bag_sha256
from dsrl_core.record.merge import merge_segments
from dsrl_core.report.report import write_report
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import read_metrics
from dsrl_core.run.progress import RunProgress, train_wall_s
from dsrl_core.run.summary import LearnerFacts, RunFacts, summarise, write_summary


def finish(
    config: RunConfig,
    folder: RunFolder,
    progress: RunProgress,
    *,
    learner: LearnerFacts,
    inexact: Sequence[str] = (),
) -> None:
    """Write merged bag, summary and report. If the bag cannot be merged, that is a warning: its segments are there.

    Args:
        config: of the run.
        folder: of the run.
        progress: its counts.
        learner: its gradient steps, digest and restarts.
        inexact: what happened that a repetition of the run need not reproduce.
    Raises:
        OSError: the summary or the report could not be written.
    """
    try:
        merge_segments(folder.bag, folder.bag_merged)
    except RecordError as error:
        logging.getLogger(__name__).warning("%s", error)
    facts = RunFacts(
        wall_s=progress.wall_s(),
        train_wall_s=train_wall_s(read_metrics(folder.metrics)),
        transitions_sha256=bag_sha256(folder.bag),
        dropped_episodes=sum(progress.dropped.values()),
        robot_steps=progress.env_steps,
        resumed=progress.resumed,
        inexact=inexact,
    )
    write_summary(folder.summary, summarise(config, progress.tallies, learner, facts))
    write_report(folder.path)
