"""gym-aloha's TransferCube without its images: the same physics, rewards and start poses, rendered only when asked."""

import numpy as np
from dm_control import mujoco
from dm_control.mujoco.engine import Camera
from dm_control.rl import control
from gym_aloha.constants import ASSETS_DIR, DT
from gym_aloha.tasks import sim
from gym_aloha.utils import sample_box_pose
from numpy.typing import NDArray

SUCCESS_REWARD = 4
PhysicsError = control.PhysicsError

_CUBE = "red_box"
_TABLE = "table"
_FINGERS = {"left": "vx300s_left/10_left_gripper_finger", "right": "vx300s_right/10_right_gripper_finger"}


class TransferCubeTask(sim.TransferCubeTask):
    """The stock task, except that an observation is empty and contacts are compared by number."""

    def __init__(self, physics: mujoco.Physics) -> None:
        super().__init__(random=0)  # the stock task draws nothing from it
        cube = physics.model.name2id(_CUBE, "geom")
        touched = {**_FINGERS, "table": _TABLE}
        self._pairs = {key: (cube, physics.model.name2id(name, "geom")) for key, name in touched.items()}

    def get_observation(self, physics: mujoco.Physics) -> dict[str, NDArray[np.float64]]:
        return {}

    def get_reward(self, physics: mujoco.Physics) -> int:
        """0 to 4 as the stock task: right touches, right lifts, left touches, left holds."""
        pairs = set(map(tuple, physics.data.contact.geom.tolist()))
        touch = {key: pair in pairs for key, pair in self._pairs.items()}
        if touch["left"]:
            return 3 if touch["table"] else SUCCESS_REWARD
        if touch["right"]:
            return 1 if touch["table"] else 2
        return 0


def build(fast_render: bool = False) -> control.Environment:
    """The joint-space task at 50 Hz.

    Args:
        fast_render: no shadows, no multisampling: other pixels, about six times faster, the same physics.
    """
    physics = mujoco.Physics.from_xml_path(str(ASSETS_DIR / "bimanual_viperx_transfer_cube.xml"))
    if fast_render:
        physics.model.light_castshadow[:] = 0
        physics.model.vis.quality.offsamples = 0
    return control.Environment(physics, TransferCubeTask(physics), control_timestep=DT)


def cube_pose(seed: int) -> NDArray[np.float64]:
    """Start pose of the cube [x, y, z, qw, qx, qy, qz], m, from gym-aloha's own distribution and a seed of 64 bits."""
    return sample_box_pose(np.random.SeedSequence(seed).generate_state(4))


def reset(environment: control.Environment, cube: NDArray[np.float64]) -> None:
    """Start an episode with the cube at `cube`; the stock task takes it from a variable of its module."""
    sim.BOX_POSE[0] = cube
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
