"""Faults of a robot on demand: which hold now, and for how long. Asked for as text, `camera_freeze wrist 2.5`."""

from dataclasses import dataclass

from dsrl_core.errors import InvalidRequest, among

FAULTS = {
    "camera_drop": "no images of a camera",
    "camera_freeze": "a camera repeats its last image, with new stamps",
    "camera_late": "images of a camera come 0.3 s after their stamp",
    "joints_stale": "no joint states",
    "joints_frozen": "joint states repeat the last positions, with new stamps",
    "joints_nan": "the first joint of the arm is NaN",
    "clock_jump": "stamps of joint states are an hour ahead",
    "reflex": "the arm brakes, and all its state topics stop until it is recovered",
    "user_stop": "the arm brakes and says so in its mode, until it is recovered",
    "commands_lost": "trajectories do not reach the robot",
    "commands_late": "trajectories reach the robot 60 ms late",
    "gripper_stuck": "the gripper does not move",
}
OF_A_CAMERA = tuple(name for name in FAULTS if name.startswith("camera_"))
UNTIL_RECOVERED = ("reflex", "user_stop")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was asked for."""

    name: str
    of: str = ""  # camera, of those faults that are a camera's
    seconds: float = float("inf")


def fault_of(text: str, cameras: tuple[str, ...]) -> Fault:
    """The fault that a text asks for: name, then camera or nothing, then seconds or nothing (for ever).

    Raises:
        InvalidRequest: name, camera or number is unknown; says what is allowed.
    """
    name, *words = text.split() or [""]
    if name not in FAULTS:
        raise InvalidRequest(f"fault {name!r} is unknown; {among(name, FAULTS)}")
    of = ""
    if name in OF_A_CAMERA:
        of, words = (words[0], words[1:]) if words else ("", [])
        if of not in cameras:
            raise InvalidRequest(f"fault {text!r} must name a camera after {name}; {among(of, cameras)}")
    try:
        seconds = float(words[0]) if words else float("inf")
    except ValueError as error:
        raise InvalidRequest(f"fault {text!r}: {words[0]!r} must be a number of seconds") from error
    if len(words) > 1 or not seconds > 0:
        raise InvalidRequest(f"fault {text!r} must be a name, a camera's where it is one of its, and seconds above 0")
    return Fault(name, of, seconds)


class Faults:
    """The faults that hold."""

    def __init__(self) -> None:
        self._until_s: dict[tuple[str, str], float] = {}

    def add(self, fault: Fault, now_s: float) -> None:
        """Let a fault hold from now on; one that holds already is prolonged or shortened."""
        self._until_s[fault.name, fault.of] = now_s + fault.seconds

    def holds(self, name: str, now_s: float, of: str = "") -> bool:
        """Whether a fault holds."""
        return now_s < self._until_s.get((name, of), float("-inf"))

    def recover(self) -> None:
        """End those faults that last until the robot is recovered."""
        for name in UNTIL_RECOVERED:
            self._until_s.pop((name, ""), None)
