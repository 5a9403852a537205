"""What moves the arm: a controller that listens, nobody else who publishes, and a robot that may move."""

from collections.abc import Iterator

from dsrl_core.acting.execution.robot_end.interface import ACTIVE, RECOVERY, RobotMode
from dsrl_core.robot_check.facts import CommandFacts
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong

ABOUT = "commands"
REMEDIES = {
    RobotMode.GUIDING: "somebody guides the arm by hand: let go of its buttons",
    RobotMode.REFLEX: f"make the area safe, then recover: service {RECOVERY.name}, or the operator's key in a run",
    RobotMode.USER_STOPPED: "release the external activation device (user stop)",
    RobotMode.AUTOMATIC_ERROR_RECOVERY: "wait until the recovery ends; if it never does, restart the arm's controller",
}


def findings(facts: CommandFacts) -> list[Finding]:
    if not facts.topic:
        words = (
            "the topics of this action.encoder are not looked at: see that one controller listens and nobody else sends"
        )
        return [notice(ABOUT, words), *_mode(facts)]
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
    known = facts.mode in [mode.value for mode in RobotMode]
    name = RobotMode(facts.mode).name.lower().replace("_", " ") if known else str(facts.mode)
    words = f"the robot's mode is {name}"
    if known and RobotMode(facts.mode) in REMEDIES:
        yield wrong(f"{ABOUT}: mode", words, REMEDIES[RobotMode(facts.mode)])
    else:
        yield ok(f"{ABOUT}: mode", words)


def _active(facts: CommandFacts) -> Iterator[Finding]:
    if facts.active is None:
        words = f"nobody tells whether hardware and controller are active ({ACTIVE.name})"
        yield notice(
            f"{ABOUT}: active", words, "it is told by the robot end of this package or its adapter to franka_ros2"
        )
    elif facts.active:
        yield ok(f"{ABOUT}: active", "hardware and controller are active")
    else:
        remedy = "after a reflex: recover, activate the hardware component, then switch the controllers on"
        yield wrong(f"{ABOUT}: active", "hardware or controller is not active: commands have no effect", remedy)
