"""Makes the learner's status message: its counts and metrics, acknowledged episodes, and each robot's progress."""

from array import array

import numpy as np

from dsrl_core.schedule.directives import Directives
from dsrl_core.training.trainer import Trainer
from dsrl_ros import msg
from dsrl_ros.interface.conversion import robot_lists

METRICS = {  # field of the message -> name in the metrics
    "critic_loss": "critic_loss",
    "actor_loss": "actor_loss",
    "q_mean": "q",
    "entropy": "entropy",
    "temperature": "temperature",
}


def learner_message(
    trainer: Trainer, run_id: str, state: str, directives: Directives | None = None
) -> msg.LearnerStatus:
    """The status message of a trainer.

    Args:
        trainer: whose counts are told.
        run_id: of its run.
        state: what the learner is doing, in a word.
        directives: what holds in the run; None for those that it began with.
    """
    progress, metrics = trainer.progress, trainer.last_metrics
    message = msg.LearnerStatus(run_id=run_id, state=state, restarts=progress.restarts)
    message.robots, message.last_episode = robot_lists(progress.last_episode)
    message.last_train_episode = array("q", [progress.last_train_episode.get(r, -1) for r in message.robots])
    message.dropped = array("I", [progress.dropped.get(r, 0) for r in message.robots])
    message.gradient_steps = trainer.learner.gradient_steps
    message.gradient_steps_due = trainer.learner.gradient_steps_due
    message.gradient_steps_per_s, message.transitions = trainer.steps_per_s, trainer.learner.transitions
    for field, name in METRICS.items():
        setattr(message, field, float(metrics.get(name, np.nan)))
    holds = progress.directives if directives is None else directives
    message.paused, message.ending, message.directives = holds.paused, holds.ending, holds.given
    _set_progress(message, trainer)
    return message


def _set_progress(message: msg.LearnerStatus, trainer: Trainer) -> None:
    rows = [(r, g, t) for r, groups in trainer.progress.by_robot.items() for g, t in groups.items()]
    message.group_robots = [robot for robot, _, _ in rows]
    message.group_names = [group for _, group, _ in rows]
    message.group_episodes = array("I", [t.episodes for _, _, t in rows])
    message.group_successes = array("I", [t.successes for _, _, t in rows])
    message.group_transitions = array("I", [t.transitions for _, _, t in rows])
    message.group_versions = array("Q", [t.params_version for _, _, t in rows])
    message.group_next_indices = array("I", [t.next_index for _, _, t in rows])
    message.group_to_clone = array("I", [t.to_clone for _, _, t in rows])
