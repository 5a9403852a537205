"""All findings about a robot, in the order in which to mend what is wrong: what later ones rest on comes first."""

from collections.abc import Iterator

from dsrl_core.acting.execution.arm.model import ArmModel, load_arm
from dsrl_core.config.paths import names
from dsrl_core.config.platform import Platform
from dsrl_core.robot_check import cameras, command, gripper, joints, limits, network, policy, spread, versions
from dsrl_core.robot_check.facts import Facts, JointFacts
from dsrl_core.robot_check.finding import Finding, Verdict, notice


def judge(facts: Facts, platform: Platform) -> list[Finding]:
    """Network, arm, gripper, cameras, commands, limits, policy, versions."""
    arm = arm_of(platform)
    return [
        *network.findings(facts.network),
        *_joints(facts.joints, arm),
        *_poses(platform),
        *cameras.findings(facts.cameras, platform),
        *spread.findings(facts.joints, list(facts.cameras.values()), platform),
        *command.findings(facts.command),
        *limits.findings(facts.description, arm),
        *policy.findings(facts.policy, platform),
        *versions.findings(facts.versions),
    ]


def arm_of(platform: Platform) -> ArmModel | None:
    """The arm that the contract names, else the table of `config/arms` with its joints; None where there is none."""
    if platform.action.arm.model:
        return load_arm(platform.action.arm.model)
    named = {*platform.action.names, *platform.state_names}
    arms = [load_arm(name) for name in names("arms")]
    return next((arm for arm in arms if named.issuperset(arm.joints)), None)


def passed(findings: list[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.verdict is not Verdict.WRONG for finding in findings)


def is_gripper(wanted: tuple[str, ...], arm: ArmModel | None) -> bool:
    """Whether a topic is that of a gripper alone: none of its joints is the arm's, and one is a finger's."""
    fingers = [name for name in wanted if "finger" in name or (arm is not None and name == arm.gripper_joint)]
    return bool(fingers) and (arm is None or not set(wanted) & set(arm.joints))


def _poses(platform: Platform) -> list[Finding]:
    poses = [source.topic for source in platform.observation.state if source.type == "pose"]
    return [notice("poses", f"{', '.join(poses)}: topics of poses are not looked at")] if poses else []


def _joints(facts: tuple[JointFacts, ...], arm: ArmModel | None) -> Iterator[Finding]:
    """The arm's topics, each by its name, then the gripper's."""
    of_arm = [each for each in facts if not is_gripper(each.wanted, arm)]
    for each in of_arm:
        about = "arm" if len(of_arm) == 1 else f"arm {each.stream.topic}"
        yield from joints.findings(about, each, arm)
    for each in facts:
        if is_gripper(each.wanted, arm):
            yield from gripper.findings("gripper", each, arm)
