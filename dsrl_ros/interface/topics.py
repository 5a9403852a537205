"""Names and qualities of service of every topic, in one place. Names are relative to the robot's namespace."""

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
EXECUTOR_STATUS, DECISION = "executor_status", "decision"
OBSERVATION_STATE = "observation/state"
DIAGNOSTICS = "/diagnostics"  # where ROS tools look for it
LEARNER_LEASE_S = 1.0


class SubscriptionEvents(TypedDict):
    """Keywords of `create_subscription`."""

    event_callbacks: SubscriptionEventCallbacks


class PublisherEvents(TypedDict):
    """Keywords of `create_publisher`."""

    event_callbacks: PublisherEventCallbacks


def observation_image(camera: str) -> str:
    return f"observation/images/{camera}"


def of_robot(robot: str, topic: str) -> str:
    """A robot's topic, for those who stand outside its namespace."""
    return f"/{robot}/{topic}"


def run_topic(run_id: str, name: str) -> str:
    """Topics that all robots of a run share: episode, actor_params, learner_status."""
    return f"/{run_id}/{name}"


def reliable(depth: int = 1) -> QoSProfile:
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.RELIABLE)


def every() -> QoSProfile:
    """Reliable, and nothing that was published is overwritten by what follows."""
    return QoSProfile(history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE)


def latched() -> QoSProfile:
    """Reliable, and who comes late gets the last."""
    return QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def best_effort() -> QoSProfile:
    return QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


def sensor(stamps: str) -> QoSProfile:
    """Streams of the robot end: reliable in lockstep, where each one counts; best effort from hardware drivers."""
    return reliable() if stamps == "exact" else best_effort()


def alive(profile: QoSProfile, lease_s: float) -> QoSProfile:
    """`profile` with automatic liveliness: readers learn of the writer's death after `lease_s`."""
    profile.liveliness = LivelinessPolicy.AUTOMATIC
    profile.liveliness_lease_duration = Duration(seconds=lease_s)
    return profile


def unwatched() -> SubscriptionEvents:
    """Keywords of a subscription between our own nodes, whose qualities always match.

    rclpy otherwise adds two events to each, which only warn of strangers, and every wait of the node takes longer.
    """
    return {"event_callbacks": SubscriptionEventCallbacks(use_default_callbacks=False)}


def unwatched_out() -> PublisherEvents:
    """The same for a publisher."""
    return {"event_callbacks": PublisherEventCallbacks(use_default_callbacks=False)}
