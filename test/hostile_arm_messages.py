"""Messages that an arm's executor should mistrust: sound ones of a moment, with one thing that is plausibly wrong."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from arm_node_world import ArmNodeWorld
from geometry_msgs.msg import WrenchStamped
from hypothesis import strategies as st
from message_strategies import messages
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, UInt8

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.acting.execution.takeover import Way
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c

FEEDBACK = "/franka/joint_states"
CHUNK, START, EVENT, COMMAND = "action_chunk", "start_episode", "operator_event", "operator_command"
TOPICS = (
    FEEDBACK,
    *(port.name for port in (ports.FINGERS, ports.WRENCH, ports.MODE, ports.ACTIVE)),
    *(CHUNK, START, EVENT, COMMAND),
)
HUGE = 100_000  # values of an array
VALUES = st.sampled_from([float("nan"), float("inf"), 3e38, -3e38, 1e-30]) | st.floats(-4, 4)
SHIFTS_NS = st.sampled_from([-(10**18), -(10**10), -(10**9), -(10**8), 10**8, 10**9, 10**12, 10**17])
EPISODES = st.integers(-3, 3) | st.integers(0, 2**32 - 1)  # beside the present one, or any
TEXTS = st.sampled_from(["", "a\nb\x1b[31mc", "x" * HUGE])

Draw = Callable[[st.SearchStrategy[Any]], Any]


def hostile(topic: str, world: ArmNodeWorld) -> st.SearchStrategy[Any]:
    """Messages of a topic: any fields hold anything, or one thing is wrong."""
    sound = sound_of(topic, world)
    return messages(sound) | _spoilt(sound, SPOILERS[topic])


def sound_of(topic: str, world: ArmNodeWorld) -> Any:
    """A sound message of this moment."""
    samples, arm = world.samples(), world.arm
    makers: dict[str, Callable[[], Any]] = {
        FEEDBACK: world.arm_state,
        ports.FINGERS.name: lambda: JointState(name=[arm.gripper_joint], position=[arm.gripper_width / 2]),
        ports.WRENCH.name: lambda: WrenchStamped(header=c.header(world.clock_ns())),
        ports.MODE.name: lambda: UInt8(data=2),
        ports.ACTIVE.name: lambda: Bool(data=True),
        CHUNK: samples.chunk,
        START: samples.start,
        EVENT: lambda: msg.OperatorEvent(kind=int(Kind.HELD), source="joy", **_ids(world)),
        COMMAND: lambda: msg.OperatorCommand(kind=int(Way.JOINT_VELOCITIES), values=[0.1] * arm.size, **_ids(world)),
    }
    message = makers[topic]()
    if topic == EVENT:
        message.episode = world.episode
    return message


def _ids(world: ArmNodeWorld) -> dict[str, Any]:
    return {"header": c.header(world.clock_ns()), "run_id": world.node.config.run_id, "robot": "robot0"}


@st.composite
def _spoilt(draw: Draw, sound: Any, spoilers: tuple[Callable[[Draw, Any], None], ...]) -> Any:
    message = copy.deepcopy(sound)
    draw(st.sampled_from(spoilers))(draw, message)
    return message


def _value(field: str) -> Callable[[Draw, Any], None]:
    """One value of an array is something else."""

    def spoil(draw: Draw, message: Any) -> None:
        held = getattr(message, field)
        if len(held):
            held[draw(st.integers(0, len(held) - 1))] = draw(VALUES)

    return spoil


def _length(field: str) -> Callable[[Draw, Any], None]:
    """An array is longer or shorter, or huge."""

    def spoil(draw: Draw, message: Any) -> None:
        held = list(getattr(message, field))
        length = draw(st.sampled_from([0, 1, len(held) - 1, len(held) + 1, HUGE]))
        setattr(message, field, (held * (length // max(len(held), 1) + 1))[:length])

    return spoil


def _any_of(field: str, values: st.SearchStrategy[Any]) -> Callable[[Draw, Any], None]:
    def spoil(draw: Draw, message: Any) -> None:
        setattr(message, field, draw(values))

    return spoil


def _stamp(draw: Draw, message: Any) -> None:
    """The stamp is seconds to years away."""
    shifted = c.stamp_ns(message.header.stamp) + draw(SHIFTS_NS)
    message.header.stamp = c.time_message(int(np.clip(shifted, 0, 2**31 * 10**9 - 1)))


def _elsewhere(draw: Draw, message: Any) -> None:
    """All joints are somewhere else, possibly within their range."""
    message.position = (np.asarray(message.position) + draw(st.sampled_from([-1.0, -0.2, 0.05, 0.3]))).tolist()


def _names(draw: Draw, message: Any) -> None:
    """Names are swapped, doubled, another arm's, or many."""
    names = list(message.name)
    others = [names[::-1], names[:1] * len(names), [f"panda_joint{i + 1}" for i in range(len(names))]]
    message.name = draw(st.sampled_from([*others, [*names, "x" * HUGE], [f"n{i}" for i in range(HUGE)]]))
    if draw(st.booleans()):
        message.position = [0.1] * len(message.name)


def _force(draw: Draw, message: Any) -> None:
    setattr(message.wrench.force, draw(st.sampled_from("xyz")), draw(VALUES))


def _episode(draw: Draw, message: Any) -> None:
    message.episode = min(max(message.episode + draw(EPISODES), 0), 2**32 - 1)


def _command(draw: Draw, message: Any) -> None:
    """A command of another kind, of as many values as that has."""
    message.kind = int(draw(st.sampled_from(list(Way))))
    size = 6 if message.kind == Way.TWIST else len(message.values)
    message.values = draw(st.lists(VALUES, min_size=size, max_size=size))


SPOILERS: dict[str, tuple[Callable[[Draw, Any], None], ...]] = {
    FEEDBACK: (_value("position"), _length("position"), _stamp, _elsewhere, _names),
    ports.FINGERS.name: (_value("position"), _length("position"), _names),
    ports.WRENCH.name: (_force,),
    ports.MODE.name: (_any_of("data", st.integers(0, 8)),),
    ports.ACTIVE.name: (_any_of("data", st.booleans()),),
    CHUNK: (
        *(_value("actions"), _length("actions"), _value("noise"), _length("noise"), _stamp, _episode),
        *(_any_of(name, st.integers(0, 20)) for name in ("decision", "execute", "horizon", "action_dim")),
        _any_of("noise_source", TEXTS),
    ),
    START: (_episode, _any_of("max_steps", st.integers(0, 2**31 - 1)), _any_of("purpose", TEXTS)),
    EVENT: (
        _any_of("kind", st.sampled_from([int(kind) for kind in Kind])),
        *(_any_of("kind", st.integers(0, 255)), _any_of("source", TEXTS), _episode),
    ),
    COMMAND: (_command, _value("values"), _length("values"), _any_of("gripper", VALUES), _any_of("source", TEXTS)),
}
