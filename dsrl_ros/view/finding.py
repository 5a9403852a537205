"""Finds runs by the names of their topics, where nobody knows their folder."""

import re
from collections.abc import Iterable, Mapping, Sequence

from rclpy.node import Node

from dsrl_core.view.values import WatchedRun

STATUS = re.compile(r"/(?P<run>[^/]+)/learner_status")
ALIVE = re.compile(r"/(?P<run>[^/]+)/(?P<robot>[^/]+)/steering_alive")
IMAGE = re.compile(r"/(?P<robot>[^/]+)/observation/images/(?P<camera>[^/]+)")
STATUS_TYPE = "dsrl_ros/msg/LearnerStatus"


def runs_heard(node: Node) -> list[WatchedRun]:
    """The runs whose topics this node sees, by their ids; discovery takes a moment."""
    return runs_among(node.get_topic_names_and_types())


def runs_among(topics: Iterable[tuple[str, Sequence[str]]]) -> list[WatchedRun]:
    """The runs that topics of these names and types are of. Every robot is taken to have all cameras of its run."""
    names = dict(topics)
    ids = [found["run"] for name, types in names.items() if STATUS_TYPE in types and (found := STATUS.fullmatch(name))]
    robots: Mapping[str, list[str]] = {run: [] for run in ids}
    for name in names:
        if (found := ALIVE.fullmatch(name)) and found["run"] in robots:
            robots[found["run"]].append(found["robot"])
    images = [found for name in names if (found := IMAGE.fullmatch(name))]
    return [
        WatchedRun(
            run,
            tuple(sorted(robots[run])),
            tuple(sorted({found["camera"] for found in images if found["robot"] in robots[run]})),
        )
        for run in sorted(ids)
    ]
