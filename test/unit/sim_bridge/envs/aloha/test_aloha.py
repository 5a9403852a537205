"""Aloha: gym-aloha's own physics and rewards, rendering that costs only who looks, an expert that succeeds."""

from collections.abc import Iterator

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.environment.simulated_robot import check_contract
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.types import F32
from sim_bridge.envs.aloha import environment as aloha

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

SEED = 2**63 + 6


@pytest.fixture(scope="module")
def env() -> Iterator[aloha.AlohaEnvironment]:
    environment = aloha.make(fast_render="true")
    yield environment
    environment.close()


@pytest.fixture(scope="module")
def handover() -> F32:
    """Joint targets f32[T, 14] that hand the cube of `SEED` over."""
    from sim_bridge.envs.aloha.expert import plan

    return plan(SEED, np.zeros(3))


def wander(steps: int, seed: int = 0) -> F32:
    """Targets f32[steps, 14] around the start pose."""
    rng = np.random.default_rng(seed)
    start = np.array([0, -0.96, 1.16, 0, -0.3, 0, 0.1] * 2)
    return (start + 0.1 * rng.standard_normal((steps, 14)).cumsum(0) / 4).astype(np.float32)


def play(environment: aloha.AlohaEnvironment, actions: F32, render_every: int = 0) -> tuple[F32, list[float]]:
    states, rewards = [], []
    for i, action in enumerate(actions):
        if render_every and i % render_every == 0:
            environment.render()
            environment.render_video()
        rewards.append(environment.step(action).reward)
        states.append(environment.state())
    return np.stack(states), rewards


def test_equal_seeds_give_equal_episodes_whatever_came_before(env: aloha.AlohaEnvironment, handover: F32) -> None:
    env.reset(SEED)
    first, rewards = play(env, handover[:200])
    image = env.render()["top"]
    env.reset(1)
    play(env, wander(30))
    env.reset(SEED)
    again, rewards_again = play(env, handover[:200])
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(image, env.render()["top"])
    assert rewards == rewards_again
    assert max(rewards) == 2


def test_seeds_place_the_cube_differently(env: aloha.AlohaEnvironment) -> None:
    images = []
    for seed in range(4):
        env.reset(seed)
        images.append(env.render()["top"].tobytes())
    assert len(set(images)) == 4


def test_rendering_changes_nothing(env: aloha.AlohaEnvironment) -> None:
    env.reset(3)
    states, rewards = play(env, wander(40))
    seen = env.render()
    env.reset(3)
    watched, watched_rewards = play(env, wander(40), render_every=1)
    np.testing.assert_array_equal(states, watched)
    assert rewards == watched_rewards
    np.testing.assert_array_equal(seen["top"], env.render()["top"])


def test_physics_rewards_and_states_are_gym_alohas(env: aloha.AlohaEnvironment, handover: F32) -> None:
    from dm_control import mujoco
    from dm_control.rl import control
    from gym_aloha.constants import ASSETS_DIR
    from gym_aloha.tasks import sim

    from sim_bridge.envs.aloha.task import cube_pose

    class Blind(sim.TransferCubeTask):
        def get_observation(self, physics: mujoco.Physics) -> dict:
            return {"qpos": self.get_qpos(physics)}

    physics = mujoco.Physics.from_xml_path(str(ASSETS_DIR / "bimanual_viperx_transfer_cube.xml"))
    stock = control.Environment(physics, Blind(), control_timestep=0.02)
    sim.BOX_POSE[0] = cube_pose(SEED)
    stock.reset()
    expected = [stock.step(action.astype(float)) for action in handover]
    env.reset(SEED)
    states, rewards = play(env, handover)
    assert rewards == [step.reward for step in expected]
    assert set(rewards) == {0, 1, 2, 4}
    np.testing.assert_array_equal(states, np.float32([step.observation["qpos"] for step in expected]))


def test_image_is_the_top_camera(env: aloha.AlohaEnvironment) -> None:
    env.reset(0)
    image = env.render()["top"]
    assert image.shape == (64, 64, 3)
    assert image.dtype == np.uint8
    red = (image[..., 0] > 150) & (image[..., 1] < 100)
    assert 9 <= red.sum() <= 100, "the cube of 4 cm is a few pixels wide"
    assert env.render_video().shape == (240, 320, 3)


def test_wrong_actions_and_variants_are_refused(env: aloha.AlohaEnvironment) -> None:
    env.reset(0)
    before = env.state()
    for action in (np.zeros(13, np.float32), np.full(14, np.nan, np.float32)):
        with pytest.raises(InvalidRequest, match="14 finite"):
            env.step(action)
    with pytest.raises(InvalidRequest, match="variant=1"):
        env.reset(0, variant=1)
    np.testing.assert_array_equal(before, env.state())


@pytest.mark.parametrize(
    "options",
    [{"image_size": "big"}, {"image_size": "4"}, {"fovy": "0"}, {"fast_render": "yes"}, {"task": "peg_in_hole"}],
)
def test_wrong_options_are_config_errors(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        aloha.make(**options)


def test_environment_fits_its_contract(env: aloha.AlohaEnvironment) -> None:
    platform = load_run("aloha", "test").platform
    spec = env.spec
    assert {name: (c.height, c.width) for name, c in platform.observation.cameras.items()} == spec.cameras
    assert platform.observation.state[0].names == spec.state_names == platform.action.names
    assert (platform.action.rate_hz, platform.episode.max_steps) == (spec.rate_hz, spec.max_steps)
    env.reset(0)
    low, high = platform.action.bounds()
    assert ((low <= env.state()) & (env.state() <= high)).all()


def test_environment_fits_the_contract_for_pi0() -> None:
    """openpi's policies of this task saw gym-aloha's own picture, 480 by 640."""
    platform = load_run("aloha", "test", 0, ["policy.endpoint=ws://127.0.0.1:9"]).platform
    wide = aloha.make(**platform.robot_end.options)
    try:
        check_contract(wide.spec, platform)
        wide.reset(3)
        assert wide.render()["top"].shape == (480, 640, 3)
    finally:
        wide.close()
