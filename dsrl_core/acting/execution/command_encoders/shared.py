"""What encoders have in common whose controllers go to one target after another, without times."""

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.command_encoders.base import NONE, Commands, opened
from dsrl_core.config.platform import ActionContract

REACHED = 1.5  # periods after which a target counts as reached, where none follows


class TargetEncoder:
    """Between two steps nothing is sent; the robot stays at its last target."""

    homes = False  # a single target would be rushed to
    commands_joints = True

    def __init__(self, contract: ActionContract, arm: ArmModel) -> None:
        self.arm, self.gripper = arm, GripperEdges(contract.arm.gripper_dwell_s)
        self.anchored = False
        self._reached_ns = round(1e9 * REACHED / contract.rate_hz)
        self._rests_ns = 0  # from when on the last target counts as reached

    def home(self, stamp_ns: int) -> Commands:
        """Raises RuntimeError: it cannot, see `homes`."""
        raise RuntimeError("an encoder of single targets does not move the arm home")

    def open(self, stamp_ns: int) -> Commands:
        return opened(self.gripper, stamp_ns)

    def repeat(self, stamp_ns: int) -> Commands:
        return NONE

    def at_rest(self, stamp_ns: int) -> bool:
        return stamp_ns >= self._rests_ns

    def _heads(self, stamp_ns: int, span_s: float = 0.0) -> None:
        """Note that a target was sent, which takes `span_s` and at least the usual time to be reached."""
        self._rests_ns = stamp_ns + max(self._reached_ns, round(1e9 * span_s))

    def _check_anchored(self) -> None:
        if not self.anchored:
            raise RuntimeError("a step of an arm that was not anchored since it was stopped; anchor it at rest")
