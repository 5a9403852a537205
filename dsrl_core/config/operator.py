"""The contract of the person at a robot: what device says what, and what proves that somebody is there."""

from collections.abc import Mapping
from dataclasses import dataclass

from dsrl_core.config.setting import setting
from dsrl_core.errors import ConfigError, among

AXES = ("x", "y", "z", "rx", "ry", "rz")  # of a twist in the base frame
EVENTS = ("arm", "success", "failure", "stop", "discard", "confirm_reset", "take_back", "held")
KEYS = {
    "a": "arm",
    "s": "success",
    "f": "failure",
    "space": "stop",
    "d": "discard",
    "enter": "confirm_reset",
    "backspace": "take_back",
}
BUTTONS = {"0": "success", "1": "stop", "2": "take_back", "3": "failure", "6": "discard", "7": "confirm_reset"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptContract:
    delay_s: float = setting(0.5, doc="mean time until the script does what is waited for, s", ge=0)
    mistakes: float = setting(0.05, doc="share of labels that are wrong at first and then taken back", ge=0, le=1)
    forgets: float = setting(0.0, doc="share of labels that are not given", ge=0, le=1)
    releases: float = setting(0.0, doc="how often it lets go of the dead-man, per second", ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertContract:
    delay_s: float = setting(0.0, doc="it acts on what it saw so long ago; its last action is held meanwhile, s", ge=0)
    noise: float = setting(0.0, doc="standard deviation of its aim's error, drawn per decision, of half a range", ge=0)
    bias: float = setting(0.0, doc="error of its aim that is the same at every decision, of half a range", ge=0)
    useless: float = setting(0.0, doc="share of its decisions at which it hesitates: one action is held", ge=0, le=1)
    failures: float = setting(
        0.0, doc="share of its episodes in which it asks for the middle of every range, which does no task", ge=0, le=1
    )
    takeovers: int = setting(0, doc="decisions of an episode at most that are its own; 0: all", ge=0)
    wrong_labels: float = setting(0.0, doc="share of training episodes that are labelled wrongly", ge=0, le=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorContract:
    episodes: int = setting(
        0,
        doc="of the training episodes, the first so many are the operator's: what it does is reversed into noise, and "
        "the actor begins as a clone of it",
        ge=0,
    )
    kind: str = setting(
        "auto",
        doc="who it is in these. expert: the scripted expert of a simulated task, which says at each decision what it "
        "would do; person: takes over with the device of `takeover`; auto: expert in simulation, unless on an arm",
        choices=("auto", "expert", "person"),
    )
    recording: str = setting(
        "", doc="a run's folder or recorded segments: their operator's episodes are learned from too; empty: none"
    )
    reversal: str = setting(
        "auto",
        doc="how its actions become noise: levenberg_marquardt (policies that are decoded here), cross_entropy (any), "
        "auto: the first where it can be, none: decisions in which a person took over keep the policy's noise",
        choices=("auto", "levenberg_marquardt", "cross_entropy", "none"),
    )
    pull: float = setting(
        4e-5,
        doc="towards noise 0, in squared errors of an action value: many noises do nearly the same, and alike "
        "situations must get alike noise, or an actor learns their mean, which does something else",
        ge=0,
    )
    max_residual: float = setting(
        1.0,
        doc="decisions that are reversed with a greater residual are not cloned, standard deviations of the actions",
        ge=0,
    )
    expert: ExpertContract = setting(ExpertContract(), doc="imperfections of the scripted expert")
    source: str = setting(
        "devices", doc="who it is: a person with devices, or a script (simulation)", choices=("devices", "script")
    )
    deadman: str = setting(
        "hold",
        doc="hold: a button or pedal is held, 0.25 s; presence: any key within 10 s; none (simulation)",
        choices=("hold", "presence", "none"),
    )
    guided: bool = setting(True, doc="whether the arm moves home, with confirmations, before each episode")
    label_s: float = setting(60.0, doc="a label counts for so long after the end of an episode, s", ge=1)
    keys: dict[str, str] = setting(KEYS, doc="key of the terminal, or of a pedal that types, -> event")
    buttons: dict[str, str] = setting(BUTTONS, doc="number of a joystick's button -> event")
    deadman_button: int = setting(4, doc="number of the joystick's button that is the dead-man", ge=0)
    takeover: str = setting(
        "none",
        doc="device whose commands replace the policy's while its dead-man is held",
        choices=("none", "joy", "twist", "leader"),
    )
    takeover_button: int = setting(5, doc="number of the joystick's button that is held to take over", ge=0)
    gripper_button: int = setting(8, doc="number of the joystick's button that closes the gripper while held", ge=0)
    axes: dict[str, str] = setting(
        {"x": "1", "y": "0", "z": "4", "rz": "3"},
        doc="x, y, z, rx, ry or rz -> number of an axis; - turns it round",
    )
    takeover_speed: float = setting(0.1, doc="of the tool at a full axis of the joystick, m/s", ge=0, le=0.5)
    takeover_turn: float = setting(0.5, doc="of the tool at a full axis of the joystick, rad/s", ge=0, le=2)
    joy_topic: str = setting("/joy", doc="joystick, relative topic or absolute")
    takeover_topic: str = setting("", doc="twist, or joint states of a leader arm; empty: that of takeover: joy")
    script: ScriptContract = setting(ScriptContract(), doc="habits of the script")


def check_operator(operator: OperatorContract, hardware: bool, where: str) -> None:
    """Check what fits alone but not together.

    Raises:
        ConfigError: an event of a key or button is unknown, hardware is to run without a dead-man or with a script, or
            a takeover has no topic.
    """
    for name in ("keys", "buttons"):
        _check_events(getattr(operator, name), f"{where}: operator.{name}")
    if hardware and operator.deadman == "none":
        raise ConfigError(f"{where}: operator.deadman='none' is for simulation; allowed on hardware: hold, presence")
    if hardware and operator.source == "script":
        raise ConfigError(f"{where}: operator.source='script' is for simulation; allowed on hardware: devices")
    if operator.takeover in ("twist", "leader") and not operator.takeover_topic:
        raise ConfigError(f"{where}: operator.takeover={operator.takeover!r} needs operator.takeover_topic")


def _check_events(events: Mapping[str, str], where: str) -> None:
    for key, name in events.items():
        if name not in EVENTS:
            raise ConfigError(f"{where}.{key}={name!r} is no event of the operator; {among(name, EVENTS)}")
