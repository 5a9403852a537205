"""Aloha's second task: gym-aloha's own physics, start poses and rewards for a peg and a socket."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from sim_bridge.envs.aloha import environment as aloha

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

SEED = 2**63 + 6
FINGERS = [f"vx300s_{side}/10_{side}_gripper_finger" for side in ("left", "right")]
PARTS = ["red_peg", "pin", *(f"socket-{i}" for i in range(1, 5))]


@pytest.fixture(scope="module")
def env() -> Iterator[aloha.AlohaEnvironment]:
    environment = aloha.make(task="insertion", fast_render="true")
    yield environment
    environment.close()


class Contacts(list):
    """As MuJoCo's array: single contacts by index, all pairs at once by `geom`."""

    @property
    def geom(self) -> np.ndarray:
        return np.array([(c.geom1, c.geom2) for c in self], np.int32).reshape(-1, 2)


def touching(model: object, pairs: list[tuple[str, str]]) -> SimpleNamespace:
    """Physics of which only the contacts matter."""
    ids = [tuple(model.name2id(name, "geom") for name in pair) for pair in pairs]  # type: ignore[attr-defined]
    contacts = Contacts(SimpleNamespace(geom1=a, geom2=b) for a, b in ids)
    return SimpleNamespace(model=model, data=SimpleNamespace(ncon=len(contacts), contact=contacts))


def test_physics_and_start_poses_are_gym_alohas(env: aloha.AlohaEnvironment) -> None:
    from dm_control import mujoco
    from dm_control.rl import control
    from gym_aloha.constants import ASSETS_DIR
    from gym_aloha.tasks import sim
    from gym_aloha.utils import sample_insertion_pose

    class Blind(sim.InsertionTask):
        def get_observation(self, physics: mujoco.Physics) -> dict:
            return {"qpos": self.get_qpos(physics), "objects": self.get_env_state(physics)}

    physics = mujoco.Physics.from_xml_path(str(ASSETS_DIR / "bimanual_viperx_insertion.xml"))
    stock = control.Environment(physics, Blind(), control_timestep=0.02)
    words = np.random.SeedSequence(SEED).generate_state(4)
    sim.BOX_POSE[0] = np.concatenate(sample_insertion_pose(words))
    first = stock.reset().observation
    env.reset(SEED)
    np.testing.assert_array_equal(env.state(), np.float32(first["qpos"]))
    np.testing.assert_array_equal(env._environment.physics.data.qpos[16:], first["objects"])
    rng = np.random.default_rng(0)
    for action in env.state() + 0.1 * rng.standard_normal((60, 14)).cumsum(0).astype(np.float32) / 4:
        expected, ours = stock.step(action.astype(float)), env.step(action)
        assert ours.reward == expected.reward
        np.testing.assert_array_equal(env.state(), np.float32(expected.observation["qpos"]))


def test_rewards_are_gym_alohas_whatever_touches(env: aloha.AlohaEnvironment) -> None:
    from gym_aloha.tasks import sim

    physics, rng = env._environment.physics, np.random.default_rng(1)
    stock = sim.InsertionTask(random=0)
    pairs = [(part, other) for part in PARTS for other in (*FINGERS, "table")]
    pairs += [("red_peg", part) for part in PARTS[1:]] + [("table", "red_peg"), (FINGERS[0], FINGERS[1])]
    seen = []
    for chance in (0.02, 0.1, 0.3, 0.6):
        for _ in range(300):
            drawn = [pair for pair in pairs if rng.random() < chance]
            fake = touching(physics.model, drawn)
            seen.append(env._environment.task.get_reward(fake))
            assert seen[-1] == stock.get_reward(fake), drawn
    assert set(seen) == {0, 1, 2, 3, 4}


def test_seeds_place_both_objects_and_repeat(env: aloha.AlohaEnvironment) -> None:
    images = []
    for seed in (0, 1, 0):
        env.reset(seed)
        images.append(env.render()["top"].tobytes())
    assert images[0] == images[2] != images[1]


def test_success_is_the_highest_reward(env: aloha.AlohaEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    env.reset(0)
    for reward in range(5):
        monkeypatch.setattr(env._environment.task, "get_reward", lambda physics, reward=reward: reward)
        result = env.step(env.state())
        assert (result.reward, result.success) == (reward, reward == 4)
