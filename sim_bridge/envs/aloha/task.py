"""gym-aloha's tasks without images in the observation: the same physics, rewards and start poses; faster to step."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from dm_control import mujoco
from dm_control.mujoco.engine import Camera
from dm_control.rl import control
from gym_aloha.constants import ASSETS_DIR, DT
from gym_aloha.tasks import sim
from gym_aloha.utils import sample_box_pose, sample_insertion_pose
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Pair = tuple[int, int]

SUCCESS_REWARD = 4
PhysicsError = control.PhysicsError

_TABLE = "table"
_FINGERS = {"left": "vx300s_left/10_left_gripper_finger", "right": "vx300s_right/10_right_gripper_finger"}
_SOCKET = ("socket-1", "socket-2", "socket-3", "socket-4")


def _pairs(physics: mujoco.Physics, of: tuple[str, ...], others: tuple[str, ...]) -> frozenset[Pair]:
    """Pairs of geometry ids, each of `of` with each of `others`, in the order in which MuJoCo lists a contact's two."""
    ids = {name: physics.model.name2id(name, "geom") for name in (*of, *others)}
    return frozenset((ids[a], ids[b]) for a in of for b in others)


def _contacts(physics: mujoco.Physics) -> set[Pair]:
    return set(map(tuple, physics.data.contact.geom.tolist()))


class TransferCubeTask(sim.TransferCubeTask):
    """The stock task, except that an observation is empty and contacts are compared by number."""

    def __init__(self, physics: mujoco.Physics) -> None:
        super().__init__(random=0)  # not used by the stock task
        touched = {**_FINGERS, "table": _TABLE}
        self._pairs = {key: _pairs(physics, ("red_box",), (name,)) for key, name in touched.items()}

    def get_observation(self, physics: mujoco.Physics) -> dict[str, F64]:
        return {}

    def get_reward(self, physics: mujoco.Physics) -> int:
        """0 to 4 as in the stock task: right touches, right lifts, left touches, left holds."""
        now = _contacts(physics)
        touch = {key: not pairs.isdisjoint(now) for key, pairs in self._pairs.items()}
        if touch["left"]:
            return 3 if touch["table"] else SUCCESS_REWARD
        if touch["right"]:
            return 1 if touch["table"] else 2
        return 0


class InsertionTask(sim.InsertionTask):
    """The stock task, except that an observation is empty and contacts are compared by number."""

    def __init__(self, physics: mujoco.Physics) -> None:
        super().__init__(random=0)
        self._left = _pairs(physics, _SOCKET, (_FINGERS["left"],))
        self._right = _pairs(physics, ("red_peg",), (_FINGERS["right"],))
        self._table = _pairs(physics, ("red_peg", *_SOCKET), (_TABLE,))
        self._meet = _pairs(physics, ("red_peg",), _SOCKET)
        self._pin = _pairs(physics, ("red_peg",), ("pin",))

    def get_observation(self, physics: mujoco.Physics) -> dict[str, F64]:
        return {}

    def get_reward(self, physics: mujoco.Physics) -> int:
        """0 to 4, as the stock task: both touched, both lifted, peg touches socket in the air, peg touches the pin."""
        now = _contacts(physics)
        if not self._pin.isdisjoint(now):
            return SUCCESS_REWARD
        lifted = self._table.isdisjoint(now)
        if lifted and not self._meet.isdisjoint(now):
            return 3
        if self._left.isdisjoint(now) or self._right.isdisjoint(now):
            return 0
        return 2 if lifted else 1


@dataclass(frozen=True, slots=True)
class Task:
    """One of gym-aloha's tasks."""

    scene: str
    make: Callable[[mujoco.Physics], control.Task]
    poses: Callable[[NDArray[np.unsignedinteger]], F64]  # start poses of its objects, from a seed's 32-bit words


TASKS = {
    "transfer_cube": Task("bimanual_viperx_transfer_cube.xml", TransferCubeTask, sample_box_pose),
    "insertion": Task(
        "bimanual_viperx_insertion.xml", InsertionTask, lambda seed: np.concatenate(sample_insertion_pose(seed))
    ),
}


def build(task: str = "transfer_cube", fast_render: bool = False) -> control.Environment:
    """A joint-space task at 50 Hz.

    Args:
        task: one of `TASKS`.
        fast_render: no shadows, no multisampling: other pixels, about six times faster, the same physics.
    """
    physics = mujoco.Physics.from_xml_path(str(ASSETS_DIR / TASKS[task].scene))
    if fast_render:
        physics.model.light_castshadow[:] = 0
        physics.model.vis.quality.offsamples = 0
    return control.Environment(physics, TASKS[task].make(physics), control_timestep=DT)


def start_pose(task: str, seed: int) -> F64:
    """Start poses of a task's objects, each [x, y, z, qw, qx, qy, qz], m, one after the other.

    Of TransferCube the cube, of Insertion peg and socket, from gym-aloha's own distribution and a seed of 64 bits.
    """
    return TASKS[task].poses(np.random.SeedSequence(seed).generate_state(4))


def cube_pose(seed: int) -> F64:
    """Start pose of TransferCube's cube, [7]."""
    return start_pose("transfer_cube", seed)


def reset(environment: control.Environment, pose: F64) -> None:
    """Start an episode with the objects at `pose`, which the stock tasks read from a module variable."""
    sim.BOX_POSE[0] = pose
    environment.reset()


def joints(physics: mujoco.Physics) -> NDArray[np.float32]:
    """f32[14]: per arm six joints in rad and the gripper, 0 closed to 1 open."""
    return sim.BimanualViperXTask.get_qpos(physics).astype(np.float32)


def view(physics: mujoco.Physics, camera: str, height: int, width: int, fovy: float) -> Camera:
    """A camera whose `render()` gives uint8[height, width, 3].

    Args:
        fovy: vertical field of view, degrees; set in the model, so the same for all views of `camera`.
    """
    physics.model.cam_fovy[physics.model.name2id(camera, "camera")] = fovy
    return Camera(physics, height, width, camera_id=camera)
