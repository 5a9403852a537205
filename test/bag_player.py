"""A player of merged bags over real DDS for tests: paused at first, at the recorded times, as `ros2 bag play` does.

It publishes every topic of the bag, serialised as it was recorded and with the quality of service that the bag offers.
Commands on its standard input are `play`, and `play heard`, which waits until somebody listens to its episodes.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any

READY, DONE = "ready", "done"


class BagPlayer:
    """A player in a process of its own."""

    def __init__(self, bag: Path, rate: float, environment: dict[str, str], offset: int = 0) -> None:
        """Start it, paused; `offset` is the number of messages on the Episode's topic that it leaves out at first."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(bag), str(rate), str(offset)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self._heard() == READY

    def play(self, heard: bool = True) -> None:
        """Begin: at once, or when somebody listens to its episodes, as a person who looks before pressing space."""
        self._say("play heard" if heard else "play")

    def wait(self) -> None:
        """Until the bag has been played and every subscriber has acknowledged it; then the player ends."""
        assert self._heard() == DONE
        self._say("end")
        assert self.process.wait(60) == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def _say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def _heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def played(bag: Path, offset: int) -> Iterator[tuple[float, str, bytes]]:
    """Time since the beginning in s, topic and serialised message of each message of a bag."""
    from rosbags.rosbag2 import Reader

    with Reader(bag) as reader:
        left_out, first = 0, None
        for connection, stamp_ns, raw in reader.messages():
            if left_out < offset:
                left_out += connection.topic.endswith("/episode")
                continue
            first = stamp_ns if first is None else first
            yield (stamp_ns - first) / 1e9, connection.topic, bytes(raw)


def publishers(node: Any, bag: Path) -> dict[str, Any]:
    """A publisher per topic, as reliable and as deep as the bag offers it."""
    from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
    from rosbags.rosbag2 import Reader

    made = {}
    with Reader(bag) as reader:
        for connection in reader.connections:
            offered = connection.ext.offered_qos_profiles[0]
            package, _, name = connection.msgtype.split("/")
            quality = QoSProfile(
                history=HistoryPolicy(offered.history.value),
                depth=offered.depth,
                reliability=ReliabilityPolicy(offered.reliability.value),
            )
            kind = getattr(import_module(f"{package}.msg"), name)
            made[connection.topic] = node.create_publisher(kind, connection.topic, quality)
    return made


def main(bag: Path, rate: float, offset: int) -> None:
    """Play `bag` once it is told to."""
    import rclpy
    from rclpy.duration import Duration

    rclpy.init()
    node = rclpy.create_node("bag_player")
    outs = publishers(node, bag)
    print(READY, flush=True)
    if "heard" in sys.stdin.readline():
        while not all(out.get_subscription_count() for topic, out in outs.items() if topic.endswith("/episode")):
            sleep(0.02)
    started = monotonic()
    for at_s, topic, raw in played(bag, offset):
        sleep(max(0.0, started + at_s / rate - monotonic()))
        outs[topic].publish(raw)
    for out in outs.values():
        out.wait_for_all_acked(Duration(seconds=30))
    print(DONE, flush=True)
    sys.stdin.readline()
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
