"""The description that a robot serves, with the limits of an arm's table."""

from dsrl_core.acting.execution.arm.model import ArmModel


def urdf(arm: ArmModel, share: float = 1.0) -> str:
    """A description with the arm's limits, positions narrowed to a share of them."""
    joints = "".join(
        f'<joint name="{name}" type="revolute"><limit lower="{share * low}" upper="{share * high}" velocity="{speed}"/>'
        "</joint>"
        for name, low, high, speed in zip(arm.joints, arm.position_min, arm.position_max, arm.speed_max, strict=True)
    )
    return f'<robot name="{arm.name}">{joints}</robot>'
