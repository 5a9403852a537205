"""What moves the arm: a controller that listens, nobody else who publishes, and a robot that may move."""

from collections.abc import Iterator

from dsrl_core.robot_check.facts import CommandFacts
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong

ABOUT = "commands"
TRAJECTORY = "/joint_trajectory_controller/joint_trajectory"
MODE, ACTIVE = "/franka/robot_mode", "/franka/active"  # latched: UInt8, Bool
MODES = ("other", "idle", "move", "guiding", "reflex", "user stopped", "automatic error recovery")  # libfranka's
REMEDIES = {
    3: "somebody guides the arm by hand: let go of its buttons",
    4: "make the area safe, then recover: service /franka/error_recovery, or the operator's key in a run",
    5: "release the external activation device (user stop)",
    6: "wait until the recovery ends; if it never does, restart the arm's controller",
}


def findings(facts: CommandFacts) -> list[Finding]:
    return [*_listener(facts), *_publisher(facts), *_mode(facts), *_active(facts)]


def _listener(facts: CommandFacts) -> Iterator[Finding]:
    if facts.listeners:
        yield ok(f"{ABOUT}: controller", f"{', '.join(sorted(facts.listeners))} listens to {facts.topic}")
        return
    remedy = (
        "start the trajectory controller: ros2 control list_controllers must show it active; or the robot end of this "
        "package, which listens there, too"
    )
    yield wrong(f"{ABOUT}: controller", f"nobody listens to {facts.topic}", remedy)


def _publisher(facts: CommandFacts) -> Iterator[Finding]:
    if facts.publishers:
        words = f"{', '.join(sorted(facts.publishers))} may publish {facts.topic}"
        yield wrong(f"{ABOUT}: publisher", words, "end it (MoveIt, rqt, another run): only one may move the arm")
        return
    yield ok(f"{ABOUT}: publisher", f"nobody else publishes {facts.topic}")


def _mode(facts: CommandFacts) -> Iterator[Finding]:
    if facts.mode is None:
        return
    name = MODES[facts.mode] if facts.mode < len(MODES) else str(facts.mode)
    if facts.mode in REMEDIES:
        yield wrong(f"{ABOUT}: mode", f"the robot's mode is {name}", REMEDIES[facts.mode])
    else:
        yield ok(f"{ABOUT}: mode", f"the robot's mode is {name}")


def _active(facts: CommandFacts) -> Iterator[Finding]:
    if facts.active is None:
        words = "nobody tells whether hardware and controller are active (/franka/active)"
        yield notice(
            f"{ABOUT}: active", words, "it is told by the robot end of this package or its adapter to franka_ros2"
        )
    elif facts.active:
        yield ok(f"{ABOUT}: active", "hardware and controller are active")
    else:
        remedy = "after a reflex: recover, activate the hardware component, then switch the controllers on"
        yield wrong(f"{ABOUT}: active", "hardware or controller is not active: commands have no effect", remedy)
