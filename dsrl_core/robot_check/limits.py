"""The limits of the URDF that a robot serves, against those of the arm's table."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong

ABOUT = "limits"
DESCRIPTION = "/robot_description"  # latched: String
SAME = 2e-3  # rad or rad/s: tables are rounded


@dataclass(frozen=True, slots=True)
class JointLimit:
    """Of one joint: positions in rad, speed in rad/s; infinite where the URDF tells none."""

    low: float
    high: float
    speed: float


def findings(description: str | None, arm: ArmModel | None) -> list[Finding]:
    """`description` is the text of the URDF, None where nobody serves one."""
    if arm is None:
        return [notice(ABOUT, "config/arms has no table for these joints: the URDF was not looked at")]
    table = f"those of config/arms/{arm.name}.yaml hold"
    if not description:
        return [notice(ABOUT, f"nobody serves a URDF on /robot_description: {table}")]
    try:
        served = joint_limits(description)
    except (ElementTree.ParseError, ValueError) as error:
        return [notice(ABOUT, f"the URDF cannot be read ({error}): {table}")]
    if not set(arm.joints) & served.keys():
        first = ", ".join(list(served)[:3]) or "none"
        remedy = "is it the arm that the contract names? Panda's limits on an FR3, or the reverse, draw reflexes"
        return [wrong(ABOUT, f"the URDF has no joint of {arm.name} (it has {first})", remedy)]
    return list(_compared(served, arm))


def joint_limits(description: str) -> dict[str, JointLimit]:
    """The limits in a URDF by joint; raises ParseError or ValueError where it cannot be read."""
    found = {}
    for joint in ElementTree.fromstring(description).iter("joint"):
        limit, name = joint.find("limit"), joint.get("name")
        if limit is None or name is None:
            continue
        low, high = (float(limit.get(key, sign * math.inf)) for key, sign in (("lower", -1), ("upper", 1)))
        found[name] = JointLimit(low, high, float(limit.get("velocity", math.inf)))
    return found


def _compared(served: dict[str, JointLimit], arm: ArmModel) -> Iterator[Finding]:
    wider, narrower = [], []
    for index, name in enumerate(arm.joints):
        limit = served.get(name)
        if limit is None:
            continue
        low, high, speed = (float(values[index]) for values in (arm.position_min, arm.position_max, arm.speed_max))
        by = np.array([low - limit.low, limit.high - high, limit.speed - speed])  # positive: the URDF's are wider
        wider += [name] if (by > SAME).any() else []
        narrower += [f"{name} {limit.low:g} to {limit.high:g} rad, {limit.speed:g} rad/s"] if (by < -SAME).any() else []
    if wider:
        words = f"the URDF allows more than config/arms/{arm.name}.yaml for {', '.join(wider)}: the narrower ones hold"
        yield notice(f"{ABOUT}: wider", words)
    if narrower:
        words = f"the URDF allows less than config/arms/{arm.name}.yaml: {'; '.join(narrower)}"
        remedy = "copy that file, narrow it to the URDF's limits, and name the copy: action.arm.model=FILE.yaml"
        yield wrong(f"{ABOUT}: narrower", words, remedy)
    if not wider and not narrower:
        yield ok(ABOUT, f"the URDF's are those of config/arms/{arm.name}.yaml")
