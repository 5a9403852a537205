"""Move one joint of an arm by ±0.1 rad at 0.1 rad/s and back, by the topics of its robot end: an arm's first motion.

`./dsrl exec python docs/examples/move_one_joint.py fr3_joint7` says what it would do; with `--move` it does that.
Nobody else may command the arm meanwhile; somebody holds the user stop.
"""

import sys
import time

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

STATES, COMMANDS = "/franka/joint_states", "/joint_trajectory_controller/joint_trajectory"
STEP, SPEED = 0.1, 0.1  # rad, rad/s at the fastest
PEAK = 1.875  # of a quintic from rest to rest, over its mean speed
WAIT_S = 5.0


def there_and_back(positions: list[float], joint: int) -> list[tuple[float, list[float]]]:
    """Seconds and positions of the turning points: +0.1 rad, -0.1 rad, where it began."""
    points, at_s, last = [], 0.0, 0.0
    for offset in (STEP, -STEP, 0.0):
        at_s += PEAK * abs(offset - last) / SPEED
        points.append((at_s, [q + offset * (number == joint) for number, q in enumerate(positions)]))
        last = offset
    return points


def message(node: Node, names: list[str], points: list[tuple[float, list[float]]]) -> JointTrajectory:
    """The trajectory, which begins in 0.1 s; at rest in each point, with accelerations, so that quintics are taken."""
    still = [0.0] * len(names)
    out = JointTrajectory(joint_names=names)
    out.header.stamp = (node.get_clock().now() + Duration(seconds=0.1)).to_msg()
    for seconds, positions in points:
        point = JointTrajectoryPoint(positions=positions, velocities=still, accelerations=still)
        point.time_from_start = Duration(seconds=seconds).to_msg()
        out.points.append(point)
    return out


def main(joint: str, move: bool) -> int:
    rclpy.init()
    node, heard = Node("move_one_joint"), []
    node.create_subscription(JointState, STATES, heard.append, qos_profile_sensor_data)
    publisher = node.create_publisher(JointTrajectory, COMMANDS, 1)
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and not (heard and publisher.get_subscription_count()):
        rclpy.spin_once(node, timeout_sec=0.1)
    others = node.count_publishers(COMMANDS) - 1
    if not heard or not publisher.get_subscription_count() or others:
        wrong = f"{others} others publish {COMMANDS}" if others else f"nobody publishes {STATES} or reads {COMMANDS}"
        return told(f"{wrong}: nothing is moved", 1)
    arm = {name: q for name, q in zip(heard[-1].name, heard[-1].position, strict=True) if "joint" in name}
    arm = {name: q for name, q in arm.items() if "finger" not in name}
    if joint not in arm:
        return told(f"{joint} is no joint of {STATES}; those are {', '.join(arm)}", 2)
    points = there_and_back(list(arm.values()), list(arm).index(joint))
    plan = f"{joint} from {arm[joint]:.3f} rad to +{STEP}, -{STEP} and back, {points[-1][0]:.1f} s"
    if not move:
        return told(f"would move {plan}; with --move it does", 0)
    print(f"moving {plan}")
    publisher.publish(message(node, list(arm), points))
    until = time.monotonic() + points[-1][0] + 1.0
    while time.monotonic() < until:
        rclpy.spin_once(node, timeout_sec=0.1)
    now = dict(zip(heard[-1].name, heard[-1].position, strict=True))
    return told(f"{joint} is {now[joint] - arm[joint]:+.4f} rad from where it was", 0)


def told(text: str, code: int) -> int:
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main(next(word for word in sys.argv[1:] if not word.startswith("-")), "--move" in sys.argv))
