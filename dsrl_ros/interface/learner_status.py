"""Reads each robot's progress from the learner's status message; imports nothing that trains."""

from dsrl_core.schedule.conductor import RobotProgress
from dsrl_core.schedule.schedule import GroupProgress, Progress
from dsrl_ros import msg
from dsrl_ros.interface.conversion import per_robot


def robot_progress(message: msg.LearnerStatus, robot: str) -> RobotProgress:
    """The progress of one robot, as `learner_message` wrote it.

    Raises:
        InvalidRequest: a list does not have one number per robot.
    """

    def number(field: str, absent: int) -> int:
        return per_robot(message.robots, getattr(message, field), f"LearnerStatus.{field}").get(robot, absent)

    return RobotProgress(
        number("last_episode", -1), number("last_train_episode", -1), number("dropped", 0), _groups(message, robot)
    )


def _groups(message: msg.LearnerStatus, robot: str) -> Progress:
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
    return {name: GroupProgress(*(int(n) for n in numbers)) for owner, name, *numbers in rows if owner == robot}
