"""Rows of the tables of nodes, topics and messages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dsrl_core.app.docs.wiring import (
    CAMERA,
    FEEDBACK,
    JOY,
    OUTSIDE,
    STATE,
    TAKEOVER,
    TOPICS,
    End,
    node_files,
    node_sources,
    wiring,
)
from dsrl_core.config.resolve import load_run

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]  # head, rows
ROBOT_END, PEOPLE = "robot end", "people"
MONITOR = "dsrl_ros/app/monitor.py"
FIELD = re.compile(r"(?P<type>\S+)\s+(?P<name>\w+)(=(?P<value>\d+))?\s*(#\s*(?P<text>.*))?")
ORDER = (  # along the way of the data
    CAMERA,
    STATE,
    FEEDBACK,
    "task_event",
    "observation/",
    "reward",
    "action_chunk",
    "action",
    "start_episode",
    "episode_status",
    "executor_status",
    "steering_status",
    "operator_event",
    "operator_command",
    JOY,
    TAKEOVER,
    "task_success",
    "decision",
    "/diagnostics",
    "/<run_id>/episode",
    "/<run_id>/actor_params",
    "/<run_id>/learner_status",
)


def node_table(root: Path) -> Table:
    """Each process and the first line of its file."""
    rows: list[tuple[str, ...]] = []
    for node, path in node_files(root).items():
        doc = ast.get_docstring(ast.parse(path.read_text())) or ""
        rows.append((f"`{node}`", doc.splitlines()[0]))
    return ("node", "what it does"), rows


def topic_table(root: Path) -> Table:
    """Each topic with its type, quality of service and both ends."""
    files = {**node_sources(root), "`./dsrl up`": root / MONITOR}
    ends = wiring(files, root / TOPICS)
    rows = [_row(topic, [end for end in ends if end.topic == topic]) for topic in _sorted({end.topic for end in ends})]
    return ("topic", "type", "quality of service", "from → to"), rows


def message_tables(root: Path) -> Iterator[tuple[str, str, Table]]:
    """Name, description and fields of each message, from the comments in `msg/`."""
    for path in sorted((root / "msg").glob("*.msg")):
        lines = path.read_text().splitlines()
        text = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
        rows = [_field(line) for line in lines if line and not line.startswith("#")]
        yield path.stem, text, (("field", "type", "what it is"), rows)


def _field(line: str) -> tuple[str, ...]:
    match = FIELD.fullmatch(line)
    if match is None:
        raise ValueError(f"{line!r} is no field of a message")
    name = f"{match['name']} = {match['value']}" if match["value"] else match["name"]
    return f"`{name}`", f"`{match['type']}`", match["text"] or ""


def _row(topic: str, ends: list[End]) -> tuple[str, ...]:
    publishers = [end for end in ends if end.publishes]
    readers = [end for end in ends if not end.publishes]
    named = topic in (CAMERA, STATE, FEEDBACK)  # by the contract: drivers may publish
    described = (readers if named or topic in OUTSIDE else publishers)[0]
    return (
        f"`{_shown(topic)}`",
        " or ".join(f"`{kind}`" for kind in described.kind.split(" or ")),
        described.quality,
        f"{_nodes(publishers) or OUTSIDE[topic]} → {_nodes(readers) or PEOPLE}",
    )


def _nodes(ends: list[End]) -> str:
    names = [ROBOT_END if end.node == "sim_bridge" else end.node for end in ends]
    return ", ".join(dict.fromkeys(names))


def _sorted(topics: set[str]) -> list[str]:
    def place(topic: str) -> tuple[int, str]:
        return next((i for i, start in enumerate(ORDER) if topic.startswith(start)), len(ORDER)), topic

    return sorted(topics, key=place)


def _shown(topic: str) -> str:
    """A topic that the contract names, as the contract of `reach` names it."""
    platform = load_run("reach", "docs").platform
    name, camera = next(iter(platform.observation.cameras.items()))
    named = {
        CAMERA: camera.topic.replace(name, "<camera>"),
        STATE: platform.observation.state[0].topic,
        FEEDBACK: platform.action.feedback,
        JOY: platform.operator.joy_topic,
    }
    return named.get(topic, topic)
