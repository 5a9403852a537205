"""`python listen_decisions.py FILE`: times of every decision that is heard in the domain, one JSON line each."""

import json
import sys
from pathlib import Path
from time import monotonic

import rclpy
from rclpy.node import Node

from dsrl_ros import msg
from dsrl_ros.interface import topics


def main() -> None:
    rclpy.init()
    node = Node("listen_decisions")
    with Path(sys.argv[1]).open("w", buffering=1) as file:

        def heard(message: msg.Decision) -> None:
            times = {hop: getattr(message, hop) for hop in ("observe_ms", "actor_ms", "policy_ms", "total_ms")}
            line = {"at_s": monotonic(), "episode": message.episode, "decision": message.decision, **times}
            file.write(json.dumps(line) + "\n")

        node.create_subscription(msg.Decision, topics.of_robot("robot0", topics.DECISION), heard, topics.reliable(10))
        rclpy.spin(node)


if __name__ == "__main__":
    main()
