"""MuJoCo's model of the FR3 with its hand, from the package franky-sim, with actuators that track a setpoint."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsrl_core.errors import ConfigError

if TYPE_CHECKING:
    import mujoco

JOINTS = tuple(f"fr3_joint{number}" for number in range(1, 8))
FINGERS = ("finger_joint1", "finger_joint2")
HAND_ACTUATOR = "hand"
STIFFNESS = (600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0)  # N m/rad, as libfranka's joint impedance example
DAMPING = (30.0, 30.0, 30.0, 30.0, 10.0, 10.0, 5.0)  # N m s/rad
VISUAL, COLLISION = 2, 3  # groups of geometries in the model
GRIP = (1000.0, 60.0)  # N/m and N s/m of the hand: it holds a block of 4 cm with 20 N
SHELL, FINGERTIP = (0.86, 0.87, 0.89, 1.0), (0.16, 0.17, 0.20, 1.0)


def arm_spec() -> "mujoco.MjSpec":
    """The arm on the floor of an empty world, without gravity on its links, as its controller compensates it.

    Each joint has two actuators, `<joint>_position` and `<joint>_velocity`, whose controls are the setpoint.

    Raises:
        ConfigError: the package franky-sim is not installed.
    """
    import mujoco

    folder = package_folder() / "assets"
    spec = mujoco.MjSpec.from_file(str(folder / "fr3.xml"))
    spec.meshdir = str(folder / "meshes")
    for actuator in [a for a in spec.actuators if a.name in JOINTS]:
        spec.delete(actuator)
    for joint, stiffness, damping in zip(JOINTS, STIFFNESS, DAMPING, strict=True):
        _track(spec, joint, "position", stiffness)
        _track(spec, joint, "velocity", damping)
    _grip(spec)
    for body in spec.bodies:
        if body.name != "world":
            body.gravcomp = 1.0
    _collision(spec)
    return spec


def package_folder() -> Path:
    """Where franky-sim is installed; it is found and not imported, as its code wants packages that its model does not.

    Raises:
        ConfigError: it is not installed.
    """
    spec = importlib.util.find_spec("franky_sim")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            "franka_sim needs the package franky-sim, which has the arm's model. ./dsrl installs it when a command "
            "names franka_sim; otherwise: pip install --no-deps -r requirements-franka-sim.txt"
        )
    return Path(spec.submodule_search_locations[0])


def _track(spec: Any, joint: str, what: str, gain: float) -> None:
    """An actuator with the torque gain * (control - the joint's position or velocity)."""
    import mujoco

    actuator = spec.add_actuator(name=f"{joint}_{what}", target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    actuator.gaintype, actuator.biastype = mujoco.mjtGain.mjGAIN_FIXED, mujoco.mjtBias.mjBIAS_AFFINE
    actuator.gainprm[0] = gain
    actuator.biasprm[1 if what == "position" else 2] = -gain


def _grip(spec: Any) -> None:
    """A hand whose control is half the opening, m; the model gives the fingers the friction of an arm's joint."""
    hand = spec.actuator(HAND_ACTUATOR)
    hand.gainprm[0], hand.biasprm[1], hand.biasprm[2] = GRIP[0], -GRIP[0], -GRIP[1]
    hand.inheritrange, hand.ctrlrange = 0.0, (0.0, 0.04)
    for name in FINGERS:
        finger = spec.joint(name)
        finger.frictionloss, finger.armature = 0.0, 0.1


def _collision(spec: Any) -> None:
    """The plain geometry is what the policy's cameras see, as it renders fast; of it hand and fingers touch things."""
    for geom in spec.geoms:
        if geom.group == COLLISION or geom.classname.name == "collision":
            geom.rgba = FINGERTIP if "finger" in geom.parent.name else SHELL
        if geom.parent.name.startswith("fr3_link"):
            geom.contype = geom.conaffinity = 0
