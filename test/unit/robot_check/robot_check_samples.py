"""Sound facts about a robot, of which tests change one thing each."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel, load_arm
from dsrl_core.app.compose import load_run
from dsrl_core.config.platform import Platform
from dsrl_core.robot_check.facts import CameraFacts, JointFacts, Stream
from dsrl_core.robot_check.finding import Finding, Verdict

BEGIN_NS = 1_700_000_000_000_000_000
MS = 1_000_000
ARM = load_arm("fr3")
JOINT_STATE, IMAGE = "sensor_msgs/msg/JointState", "sensor_msgs/msg/Image"


def stream(rate_hz: float = 100.0, seconds: float = 2.0, age_ms: Any = 1.0, **changes: Any) -> Stream:
    """Messages at a rate, each `age_ms` after its stamp."""
    count = changes.pop("count", round(rate_hz * seconds) + 1)
    received = BEGIN_NS + (np.arange(count) * 1e9 / rate_hz).astype(np.int64)
    stamps = received - (np.broadcast_to(np.asarray(age_ms, np.float64), (count,)) * MS).astype(np.int64)
    values = {
        "topic": "/joints",
        "kind": JOINT_STATE,
        "publishers": ("/driver",),
        "kinds": (JOINT_STATE,),
        "others": (),
        "stamps_ns": stamps,
        "received_ns": received,
    }
    return Stream(**{**values, **changes})


def joints(arm: ArmModel = ARM, **changes: Any) -> JointFacts:
    """Joint states of an arm at home whose last bits flicker."""
    of = changes.pop("stream", None) or stream()
    count = len(of.stamps_ns)
    positions = arm.home + np.random.default_rng(0).normal(0, 1e-6, (count, arm.size))
    values = {
        "stream": of,
        "wanted": arm.joints,
        "kinds": (arm.joints,),
        "positions": positions,
        "fault": "",
        "changes": count - 1,
        "senses": True,
    }
    return JointFacts(**{**values, **changes})


def gripper(opening: Any = 0.02, **changes: Any) -> JointFacts:
    of = changes.pop("stream", None) or stream(15.0)
    positions = np.full((len(of.stamps_ns), 1), opening, np.float64)
    values = {
        "stream": of,
        "wanted": (ARM.gripper_joint,),
        "kinds": ((ARM.gripper_joint, "fr3_finger_joint2"),),
        "positions": positions,
        "fault": "",
        "changes": 0,
        "senses": False,
    }
    return JointFacts(**{**values, **changes})


def picture(seed: int = 0, height: int = 240, width: int = 320) -> np.ndarray:
    """A picture u8[h, w, 3] of large random squares; each seed is another scene."""
    squares = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.kron(squares, np.ones((height // 6, width // 8, 1), np.uint8))


def camera(seed: int = 0, **changes: Any) -> CameraFacts:
    of = changes.pop("stream", None) or stream(30.0, age_ms=20.0, kind=IMAGE, kinds=(IMAGE,), topic=f"/camera{seed}")
    values = {
        "stream": of,
        "encodings": ("rgb8",),
        "sizes": ((240, 320),),
        "picture": picture(seed),
        "fault": "",
        "guess": "",
        "frozen_ms": 0.0,
    }
    return CameraFacts(**{**values, **changes})


def franka(*settings: str) -> Platform:
    """The contract of the Franka, with the policy that echoes its noise in place of a server."""
    policy = ("policy.kind=doubles.echo_policy", 'policy.endpoint=""', "policy.options={}", "policy.feature_dim=0")
    return load_run("franka", "check", 0, [*policy, *settings]).platform


def verdicts(findings: Iterable[Finding]) -> dict[str, Verdict]:
    """The verdict on each thing."""
    found = list(findings)
    told = {finding.about: finding.verdict for finding in found}
    assert len(told) == len(found), "two findings about one thing"
    for finding in found:
        assert finding.words
        assert bool(finding.remedy) or finding.verdict is not Verdict.WRONG, f"{finding.about} has no remedy"
    return told


def not_ok(findings: Iterable[Finding]) -> dict[str, str]:
    """Thing -> verdict, of all that is not as it must be."""
    return {about: str(verdict) for about, verdict in verdicts(findings).items() if verdict is not Verdict.OK}


def words(findings: Iterable[Finding], about: str) -> str:
    """What is said about one thing, with its remedy."""
    (finding,) = (each for each in findings if each.about == about)
    return f"{finding.words} -> {finding.remedy}"
