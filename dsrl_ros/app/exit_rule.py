"""What the end of a process means for the run: one rule for `./dsrl up` and for `ros2 launch`."""

from enum import StrEnum

from dsrl_core.run.held import ASKING
from dsrl_ros.app.graph import NodeSpec
from dsrl_ros.interface.exit_codes import DONE, FINAL, INTERRUPTED, NO_DISK, STOPPED

COMPLETING = ("learner", "completion")  # executables that end by themselves when the run is complete


class Verdict(StrEnum):
    """What follows."""

    RESTART = "restart"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAIL = "fail"
    GO_ON = "go on without it"


def on_exit(node: NodeSpec, code: int, restarts: int) -> Verdict:
    """What follows when a process of the graph ends.

    Args:
        node: whose process it was.
        code: its exit code; negative is the number of the signal that ended it.
        restarts: how often it was started again before.
    Returns:
        COMPLETE where the learner ends by itself, or what waits for that on a host without it. INTERRUPTED where
        somebody asked this process alone to end, by a signal, or the run by a service: it has saved what it holds, and
        the run ends, to be resumed. RESTART where the node may be started again and its error is not one that would
        only come again, else FAIL: the run ends. One that only looks on is never more than restarted: GO_ON.
    """
    if node.observer:
        dies = code not in (DONE, INTERRUPTED, FINAL, NO_DISK) and -code not in ASKING
        return Verdict.RESTART if dies and restarts < node.restarts else Verdict.GO_ON
    if node.executable in COMPLETING and code == DONE:
        return Verdict.COMPLETE
    if code in (INTERRUPTED, STOPPED) or -code in ASKING:
        return Verdict.INTERRUPTED
    if code not in (FINAL, NO_DISK) and restarts < node.restarts:
        return Verdict.RESTART
    return Verdict.FAIL


def asked(node: NodeSpec, code: int) -> str:
    """Who asked the run to end, in words, where the verdict is INTERRUPTED."""
    if code == STOPPED:
        return "the run ends after the episode, as stop_after_episode asked; what was played is trained on"
    return f"{node.name} of {node.namespace} was asked to end, so the run ends"
