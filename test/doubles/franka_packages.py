"""franka_msgs and controller_manager_msgs for tests, with the drivers behind them.

Messages have the fields of the real definitions and no others, so that a field that does not exist is an error. The
drivers answer as the real ones do: at a reflex the robot's state falls silent and the hardware is unconfigured, goals
of the gripper end when the test says so.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

from rclpy.task import Future

FLAGS = ("joint_velocity_violation", "cartesian_reflex", "communication_constraints_violation")  # some of the 41
GRIPPER_ERROR = SimpleNamespace(status=6, result=SimpleNamespace(success=False, error="libfranka gripper: blocked"))
CANCELED = SimpleNamespace(status=5, result=SimpleNamespace(success=False, error="canceled"))
SUCCEEDED = SimpleNamespace(status=4, result=SimpleNamespace(success=True, error=""))


class Message:
    """A message of the fields `_fields`, each with what makes its default."""

    _fields: ClassVar[dict[str, Callable[[], Any]]] = {}

    def __init__(self, **given: Any) -> None:
        for name, make in self._fields.items():
            object.__setattr__(self, name, make())
        for name, value in given.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        object.__setattr__(self, name, value)

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        return dict.fromkeys(cls._fields, "boolean")


def kind(title: str, /, **fields: Callable[[], Any]) -> type[Message]:
    return type(title, (Message,), {"_fields": fields})


Errors = kind("Errors", **dict.fromkeys(FLAGS, bool))
Epsilon = kind("GraspEpsilon", inner=lambda: 0.005, outer=lambda: 0.005)
State = kind("FrankaRobotState", robot_mode=int, current_errors=Errors, last_motion_errors=Errors)
Lifecycle = kind("State", id=int, label=str)
Part = kind("HardwareComponentState", name=str, state=Lifecycle)
Controller = kind("ControllerState", name=str, state=str)
Activity = kind("ControllerManagerActivity", controllers=list, hardware_components=list)
Timeout = kind("Duration", sec=int, nanosec=int)
SwitchRequest = kind(
    "SwitchController_Request",
    activate_controllers=list,
    deactivate_controllers=list,
    strictness=int,
    activate_asap=bool,
    timeout=Timeout,
)
SwitchRequest.STRICT = 2  # type: ignore[attr-defined]


def packages() -> dict[str, ModuleType]:
    """The modules by name."""
    goals = {
        "Grasp": kind("Grasp_Goal", width=float, epsilon=Epsilon, speed=float, force=float),
        "Move": kind("Move_Goal", width=float, speed=float),
        "Homing": kind("Homing_Goal"),
        "ErrorRecovery": kind("ErrorRecovery_Goal"),
    }
    requests = {
        "ListHardwareComponents": kind("ListHardwareComponents_Request"),
        "ListControllers": kind("ListControllers_Request"),
        "SetHardwareComponentState": kind("SetHardwareComponentState_Request", name=str, target_state=Lifecycle),
        "SwitchController": SwitchRequest,
    }
    content = {
        "franka_msgs": {},
        "franka_msgs.action": {name: SimpleNamespace(Goal=goal) for name, goal in goals.items()},
        "franka_msgs.msg": {"FrankaRobotState": State},
        "controller_manager_msgs": {},
        "controller_manager_msgs.srv": {name: SimpleNamespace(Request=made) for name, made in requests.items()},
        "controller_manager_msgs.msg": {"ControllerManagerActivity": Activity},
    }
    made = {}
    for name, members in content.items():
        made[name] = ModuleType(name)
        vars(made[name]).update(members)
    return made


@contextmanager
def installed() -> Iterator[None]:
    """The packages can be imported within the block."""
    made = packages()
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


@dataclass
class Goal:
    """A goal that was sent, and its end."""

    name: str
    goal: Any
    result: Future = field(default_factory=Future)

    @property
    def handle(self) -> Any:
        return SimpleNamespace(accepted=True, get_result_async=lambda: self.result)


@dataclass
class Drivers:
    """The drivers: a transport for the adapter, with what was asked of it."""

    goals: list[Goal] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    listeners: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    mute: set[str] = field(default_factory=set)  # services that never answer
    hardware: str = "active"
    controllers: dict[str, str] = field(default_factory=dict)
    recovers: bool = True
    stops: bool = True

    def __post_init__(self) -> None:
        names = ("joint_state_broadcaster", "franka_robot_state_broadcaster", "joint_trajectory_controller")
        self.controllers = self.controllers or dict.fromkeys(names, "active")

    def listen(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: Any) -> None:
        self.listeners[topic] = callback

    def sample(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: Any, period_s: float) -> None:
        self.listeners[topic] = callback

    def client(self, kind: Any, name: str) -> Any:
        return SimpleNamespace(
            service_is_ready=lambda: name not in self.absent, call_async=lambda request: self._called(name, request)
        )

    def action(self, kind: Any, name: str) -> Any:
        return SimpleNamespace(
            server_is_ready=lambda: name not in self.absent, send_goal_async=lambda goal: self._sent(name, goal)
        )

    def robot(self, mode: int, *errors: str) -> None:
        """A message of the robot's state arrives, unless its broadcaster is off."""
        if self.controllers["franka_robot_state_broadcaster"] == "active":
            state = State(robot_mode=mode, current_errors=Errors(**dict.fromkeys(errors, True)))
            self.listeners["/franka_robot_state_broadcaster/robot_state"](state)

    def activity(self) -> None:
        """The controller manager publishes what is active."""
        parts = [Part(name=name, state=Lifecycle(label=state)) for name, state in self.controllers.items()]
        hardware = [Part(name="FrankaHardwareInterface", state=Lifecycle(label=self.hardware))]
        self.listeners["/controller_manager/activity"](Activity(controllers=parts, hardware_components=hardware))

    def reflex(self) -> None:
        """The hardware and its controllers are off; nothing is published."""
        self.hardware = "unconfigured"
        self.controllers = dict.fromkeys(self.controllers, "inactive")

    def last(self, name: str) -> Goal:
        return [goal for goal in self.goals if goal.name == name][-1]

    def _sent(self, name: str, goal: Any) -> Future:
        sent, taken = Goal(name, goal), Future()
        self.goals.append(sent)
        taken.set_result(sent.handle)
        if name.endswith("error_recovery"):
            sent.result.set_result(SimpleNamespace(status=4 if self.recovers else 6, result=SimpleNamespace()))
        return taken

    def _called(self, name: str, request: Any) -> Future:
        self.calls.append((name, request))
        answered = Future()
        if name not in self.mute:
            answered.set_result(getattr(self, f"_{name.rpartition('/')[2]}")(request))
        return answered

    def _stop(self, request: Any) -> Any:
        return SimpleNamespace(success=self.stops, message="" if self.stops else "no connection")

    def _list_hardware_components(self, request: Any) -> Any:
        return SimpleNamespace(component=[Part(name="FrankaHardwareInterface", state=Lifecycle(label=self.hardware))])

    def _list_controllers(self, request: Any) -> Any:
        return SimpleNamespace(controller=[Controller(name=n, state=s) for n, s in self.controllers.items()])

    def _set_hardware_component_state(self, request: Any) -> Any:
        known = request.name == "FrankaHardwareInterface" and request.target_state.label == "active"
        self.hardware = "active" if known and self.recovers else self.hardware
        return SimpleNamespace(ok=self.hardware == "active", state=Lifecycle(label=self.hardware))

    def _switch_controller(self, request: Any) -> Any:
        already = [name for name in request.activate_controllers if self.controllers[name] == "active"]
        if already or request.strictness != SwitchRequest.STRICT or self.hardware != "active":
            return SimpleNamespace(ok=False, message=f"refused: {already}")
        self.controllers |= dict.fromkeys(request.activate_controllers, "active")
        return SimpleNamespace(ok=True, message="")
