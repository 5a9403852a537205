"""Name and quality of service of every topic. Names are relative to the robot's namespace."""

from typing import TypedDict

from rclpy.duration import Duration
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    LivelinessPolicy,
    QoSProfile,
    ReliabilityPolicy,
)

ACTION, ACTION_CHUNK = "action", "action_chunk"
TASK_EVENT, REWARD = "task_event", "reward"
START_EPISODE, EPISODE_STATUS = "start_episode", "episode_status"
EXECUTOR_STATUS, STEERING_STATUS, DECISION = "executor_status", "steering_status", "decision"
OBSERVATION_STATE = "observation/state"
OPERATOR_EVENT, OPERATOR_COMMAND = "operator_event", "operator_command"
TASK_SUCCESS, SIM_FAULT, SCENE = "task_success", "sim_fault", "scene"  # of simulated robots in real time
DIAGNOSTICS = "/diagnostics"  # where ROS tools look for it
LEARNER_LEASE_S = 1.0
ASSERTIONS_PER_LEASE = 5.0  # how often a publisher says within one lease that it is alive
DDS_SHARE = 2 / 3  # of the lease that it offers, after which Fast DDS lets a publisher say so


class SubscriptionEvents(TypedDict):
    """Keywords of `create_subscription`."""

    event_callbacks: SubscriptionEventCallbacks


class PublisherEvents(TypedDict):
    """Keywords of `create_publisher`."""

    event_callbacks: PublisherEventCallbacks


def observation_image(camera: str) -> str:
    return f"observation/images/{camera}"


def of_robot(robot: str, topic: str) -> str:
    """The absolute name of a robot's topic, for processes outside its namespace."""
    return f"/{robot}/{topic}"


def run_topic(run_id: str, name: str) -> str:
    """The name of a topic or service that all robots of a run share: episode, actor_params, pause and the like."""
    return f"/{run_id}/{name}"


def steering_alive(run_id: str, robot: str) -> str:
    """The topic by whose liveliness the executor follows its own steering; no message is ever sent on it.

    It has the run's id in its name: another publisher of `action_chunk` cannot hide that steering has died.
    """
    return f"/{run_id}/{robot}/steering_alive"


def reliable(depth: int = 1) -> QoSProfile:
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.RELIABLE)


def every() -> QoSProfile:
    """Reliable, and every message is kept until it is delivered."""
    return QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)


def latched(depth: int = 1) -> QoSProfile:
    """Reliable, and a late subscriber gets the last message; `depth` is more where a subscriber may be busy long."""
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def best_effort(depth: int = 1) -> QoSProfile:
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.BEST_EFFORT)


def sensor(stamps: str, depth: int = 1) -> QoSProfile:
    """Streams of the robot end: reliable in lockstep, where every message is needed; best effort for drivers.

    `depth` is that of drivers: where several share a topic, one must not push the other's message out of the queue.
    """
    return reliable() if stamps == "exact" else best_effort(depth)


def alive(profile: QoSProfile, lease_s: float) -> QoSProfile:
    """`profile` of a subscriber that is told when the publisher has been silent for `lease_s`.

    Liveliness is automatic: DDS itself says that the process lives, in a thread that Python cannot hold up.
    """
    profile.liveliness = LivelinessPolicy.AUTOMATIC
    profile.liveliness_lease_duration = Duration(seconds=lease_s)
    return profile


def asserting(profile: QoSProfile, lease_s: float) -> QoSProfile:
    """`profile` of a publisher whose subscribers ask for `alive(profile, lease_s)`.

    DDS says that a process lives once in two thirds of the lease that is offered. So if both ends had the same lease,
    one such message that is a third of it late would count as a death. This publisher speaks five times per lease.
    """
    return alive(profile, lease_s / ASSERTIONS_PER_LEASE / DDS_SHARE)


def unwatched() -> SubscriptionEvents:
    """Keywords of a subscription without rclpy's default events, for topics between nodes of this package.

    These events warn of publishers with another quality of service, which such topics do not have, and each of them
    makes every wait of the node take longer.
    """
    return {"event_callbacks": SubscriptionEventCallbacks(use_default_callbacks=False)}


def unwatched_out() -> PublisherEvents:
    """The same for a publisher."""
    return {"event_callbacks": PublisherEventCallbacks(use_default_callbacks=False)}
