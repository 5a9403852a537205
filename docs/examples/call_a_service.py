"""Call a service of a running run: `./dsrl exec python docs/examples/call_a_service.py /reach_seed0/pause`.

Works without a ROS distribution. The run says its ROS_DOMAIN_ID as it starts; set it for this process, too.
"""

import sys

import rclpy
from std_srvs.srv import Trigger

PATIENCE_S = 60.0  # a learner answers between two gradient steps, not while it compiles


def call(name: str) -> tuple[bool, str]:
    """Whether the run did what `name` asks for, and its answer in words.

    Raises:
        TimeoutError: nobody offers the service in this domain, or nobody answers.
    """
    rclpy.init()
    node = rclpy.create_node("caller")
    client = node.create_client(Trigger, name)
    try:
        if not client.wait_for_service(PATIENCE_S):
            raise TimeoutError(f"nobody offers {name}: is ROS_DOMAIN_ID that of the run?")
        future = client.call_async(Trigger.Request())
        rclpy.spin_until_future_complete(node, future, timeout_sec=PATIENCE_S)
        answer = future.result()
        if answer is None:
            raise TimeoutError(f"{name} gave no answer")
        return answer.success, answer.message
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    done, text = call(sys.argv[1])
    print(text)
    sys.exit(0 if done else 1)
