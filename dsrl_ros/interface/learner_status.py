"""Reads each robot's progress from the learner's status message; imports nothing that trains."""

from dsrl_core.errors import InvalidRequest
from dsrl_core.schedule.conductor import RobotProgress
from dsrl_core.schedule.groups import is_group
from dsrl_core.schedule.progress import GroupProgress, Progress
from dsrl_ros import msg
from dsrl_ros.interface.conversion import per_robot

COLUMNS = (
    "group_robots",
    "group_names",
    "group_episodes",
    "group_successes",
    "group_transitions",
    "group_versions",
    "group_next_indices",
    "group_to_clone",
)


def robot_progress(message: msg.LearnerStatus, robot: str) -> RobotProgress:
    """The progress of one robot, as `learner_message` wrote it.

    Raises:
        InvalidRequest: a list does not have one number per robot, the lists of groups differ in length, or a name is
            no group of a schedule.
    """

    def number(field: str, absent: int) -> int:
        return per_robot(message.robots, getattr(message, field), f"LearnerStatus.{field}").get(robot, absent)

    return RobotProgress(
        number("last_episode", -1), number("last_train_episode", -1), number("dropped", 0), _groups(message, robot)
    )


def _groups(message: msg.LearnerStatus, robot: str) -> Progress:
    columns = [getattr(message, name) for name in COLUMNS]
    lengths = [len(column) for column in columns]
    if set(lengths) != {lengths[0]}:
        raise InvalidRequest(f"LearnerStatus: expected as many of each of {', '.join(COLUMNS)}, got {lengths}")
    rows = zip(*columns, strict=True)
    return {_known(name): GroupProgress(*map(int, numbers)) for owner, name, *numbers in rows if owner == robot}


def _known(group: str) -> str:
    if not is_group(group):
        raise InvalidRequest(f"LearnerStatus.group_names: {group!r} is no group of a schedule")
    return group
