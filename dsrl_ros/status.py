"""Messages that describe rather than carry: learner status and decisions, in plain numbers."""

from array import array

import numpy as np

from dsrl_core.assembler import Complete
from dsrl_core.conductor import RobotBooks
from dsrl_core.schedule import Progress, Tally
from dsrl_core.steering import Choice
from dsrl_core.trainer import Trainer
from dsrl_ros import msg
from dsrl_ros.conversion import EpisodeId, header, per_robot, robot_lists


def decision_message(choice: Choice, complete: Complete, who: EpisodeId, group: str) -> msg.Decision:
    """One decision for people; times in ms."""
    noise = choice.chunk.noise
    message = msg.Decision(header=header(choice.chunk.stamp_ns), run_id=who.run_id, robot=who.robot)
    message.episode, message.group, message.decision = who.episode, group, choice.decision
    message.noise_source, message.params_version = str(noise.source), noise.params_version
    message.noise_norm = float(np.sqrt(np.mean(np.square(noise.values))))
    message.q, message.last_reward = choice.q, complete.signal.reward
    message.observe_ms = 1e3 * (complete.last_s - complete.first_s)
    message.actor_ms, message.policy_ms = 1e3 * choice.actor_s, 1e3 * choice.policy_s
    message.total_ms = message.observe_ms + message.actor_ms + message.policy_ms
    return message


def learner_message(trainer: Trainer, run_id: str, state: str) -> msg.LearnerStatus:
    """What the learner has and does; also acknowledgement and progress."""
    books, metrics = trainer.books, trainer.last_metrics
    message = msg.LearnerStatus(run_id=run_id, state=state, restarts=books.restarts)
    message.robots, message.last_episode = robot_lists(books.last_episode)
    message.last_train_episode = array("q", [books.last_train_episode.get(r, -1) for r in message.robots])
    message.dropped = array("I", [books.dropped.get(r, 0) for r in message.robots])
    message.gradient_steps = trainer.learner.gradient_steps
    message.gradient_steps_due = trainer.learner.gradient_steps_due
    message.gradient_steps_per_s, message.transitions = trainer.steps_per_s, trainer.learner.transitions
    for field, name in METRICS.items():
        setattr(message, field, float(metrics.get(name, np.nan)))
    _set_progress(message, trainer)
    return message


METRICS = {  # field of the message -> name in the metrics
    "critic_loss": "critic_loss",
    "actor_loss": "actor_loss",
    "q_mean": "q",
    "entropy": "entropy",
    "temperature": "temperature",
}


def learner_books(message: msg.LearnerStatus, robot: str) -> RobotBooks:
    """The books of one robot, as `learner_message` wrote them.

    Raises:
        InvalidRequest: a list has not one number per robot.
    """

    def number(field: str, absent: int) -> int:
        return per_robot(message.robots, getattr(message, field), f"LearnerStatus.{field}").get(robot, absent)

    return RobotBooks(
        number("last_episode", -1), number("last_train_episode", -1), number("dropped", 0), _progress(message, robot)
    )


def _progress(message: msg.LearnerStatus, robot: str) -> Progress:
    rows = zip(
        message.group_robots,
        message.group_names,
        message.group_episodes,
        message.group_successes,
        message.group_transitions,
        message.group_versions,
        message.group_next_indices,
        strict=True,
    )
    return {name: Tally(*(int(n) for n in numbers)) for owner, name, *numbers in rows if owner == robot}


def _set_progress(message: msg.LearnerStatus, trainer: Trainer) -> None:
    rows = [(r, g, t) for r, groups in trainer.books.progress.items() for g, t in groups.items()]
    message.group_robots = [robot for robot, _, _ in rows]
    message.group_names = [group for _, group, _ in rows]
    message.group_episodes = array("I", [t.episodes for _, _, t in rows])
    message.group_successes = array("I", [t.successes for _, _, t in rows])
    message.group_transitions = array("I", [t.transitions for _, _, t in rows])
    message.group_versions = array("Q", [t.params_version for _, _, t in rows])
    message.group_next_indices = array("I", [t.next_index for _, _, t in rows])
