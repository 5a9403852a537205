"""Joint states of the gripper: slower than the arm's, and half the opening in m."""

from dataclasses import replace

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.robot_check import streams
from dsrl_core.robot_check.facts import JointFacts
from dsrl_core.robot_check.finding import Finding, ok, wrong

WANTED_HZ, LEAST_HZ = 10.0, 5.0  # franka_ros2 gives 15 Hz at most; older than 200 ms delays decisions
MARGIN_M = 0.002
START = "start the drivers with load_gripper:=true, and home the gripper once"


def findings(about: str, facts: JointFacts, arm: ArmModel | None) -> list[Finding]:
    found = streams.source(about, facts.stream, streams.drivers(facts.kinds))
    if any(finding.remedy for finding in found):
        return [replace(finding, remedy=f"{START}; {finding.remedy}") for finding in found]
    present = {name for kind in facts.kinds for name in kind}
    missing = [name for name in facts.wanted if name not in present]
    if missing:
        words = f"{', '.join(missing)} missing; messages have {', '.join(sorted(present)) or 'no joints'}"
        return [*found, wrong(f"{about}: names", words, "name the finger's joint in the contract as the driver does")]
    remedy = "below 5 Hz decisions wait for the gripper: look at its driver's log and at the network to the arm"
    found += [streams.too_slow(about, facts.stream, WANTED_HZ, LEAST_HZ, remedy), *_clock(about, facts)]
    if facts.fault:
        return [*found, wrong(f"{about}: values", facts.fault, "the driver publishes unsound messages: start it again")]
    return [*found, *_opening(about, facts, arm)]


def _clock(about: str, facts: JointFacts) -> list[Finding]:
    """Its offset; the jitter of a slow stream says nothing."""
    return [found for found in streams.clock(about, facts.stream) if not found.about.endswith("jitter")]


def _opening(about: str, facts: JointFacts, arm: ArmModel | None) -> list[Finding]:
    if arm is None or arm.gripper_joint not in facts.wanted:
        return []
    opening = facts.positions[:, facts.wanted.index(arm.gripper_joint)]
    opening = opening[np.isfinite(opening)]
    if not len(opening):
        return []
    half, low, high = arm.gripper_width / 2, float(opening.min()), float(opening.max())
    words = f"{arm.gripper_joint} is between {low:.4f} and {high:.4f} m; half the opening is 0 to {half:g} m"
    if low >= -MARGIN_M and high <= half + MARGIN_M:
        return [ok(f"{about}: range", words)]
    if low >= -MARGIN_M and high <= arm.gripper_width + MARGIN_M:
        words += ", so this may be the whole opening"
    elif low >= -MARGIN_M and high <= 1e3 * arm.gripper_width + MARGIN_M:
        words += ", so these may be mm"
    return [
        wrong(
            f"{about}: range", words, "the policy takes it for half the opening in m, 0 closed: mend driver or contract"
        )
    ]
