"""Names as ROS 2 takes them: of runs and nodes, and of topics."""

import re

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError

LONGEST = 64  # of a run's name; DDS ends a topic's name at 255 characters, the run's included
TOKEN = "[A-Za-z](?:_?[A-Za-z0-9])*_?"  # what the arguments of a node take: never two underscores in a row
TOPIC = re.compile(rf"(?:~/|/)?{TOKEN}(?:/{TOKEN})*")


def run_name(text: str) -> str:
    """`text` as a ROS name: letters, digits and single underscores, begins with a letter; cut where it is very long."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text)
    return (name if name[:1].isalpha() else f"run_{name.lstrip('_')}")[:LONGEST]


def check_topic(topic: str, key: str) -> None:
    """Raise ConfigError where ROS takes no topic of this name; `key` says where it stands."""
    if not TOPIC.fullmatch(topic):
        raise ConfigError(
            f"{key}={topic!r} is no topic of ROS; allowed: letters, digits and single underscores between slashes, no "
            "part beginning with a digit, such as cameras/wrist/image_raw"
        )


def check_ros_names(platform: Platform) -> None:
    """Raise ConfigError where a camera or a topic of the contract has a name that no node can have."""
    contract = platform.observation
    for name, camera in contract.cameras.items():
        if not re.fullmatch(TOKEN, f"camera_{name}"):
            raise ConfigError(
                f"observation.cameras: {name!r} cannot be part of a node's name; allowed: letters, digits and single "
                f"underscores, such as {run_name(name)!r}"
            )
        check_topic(camera.topic, f"observation.cameras.{name}.topic")
    for source in contract.state:
        check_topic(source.topic, "observation.state.topic")
    check_topic(platform.action.feedback, "action.feedback")
