"""franka_sim itself: what is seen, what counts, how actions move the arm, and what its demonstrations are made for."""

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.kinematics import jacobian, tool_pose
from dsrl_core.app.compose import load_run
from dsrl_core.environment.simulated_robot import check_contract
from dsrl_core.errors import ConfigError, EnvironmentFailed
from dsrl_core.types import F32, U8
from sim_bridge.envs import franka_sim
from sim_bridge.envs.franka_sim import arm as arm_model
from sim_bridge.envs.franka_sim import expert, scene
from sim_bridge.envs.franka_sim.environment import MAX_STEPS, FrankaSim, draw_places

pytestmark = pytest.mark.skipif(find_spec("franky_sim") is None, reason="franky-sim is not installed")
STILL = np.zeros(8, np.float32)
LEARNER = 16  # pixels, network.image_size of the preset


@pytest.fixture(scope="module")
def env() -> Iterator[FrankaSim]:
    made = franka_sim.make()
    yield made
    made.close()


def drive(env: FrankaSim, goal: int) -> int:
    """Follow the expert to a block; the step at which the episode succeeded, 0 if it did not."""
    demonstrator = expert.Demonstrator(env, goal)
    for step in range(1, MAX_STEPS + 1):
        if env.step(demonstrator.action(env.state())).success:
            return step
    return 0


def small(picture: U8) -> F32:
    """A picture at the size that the learner sees, in [0, 255]."""
    side = len(picture) // LEARNER
    return picture.reshape(LEARNER, side, LEARNER, side, 3).mean(axis=(1, 3)).astype(np.float32)


def test_the_contract_fits_and_the_task_has_words(env: FrankaSim) -> None:
    platform = load_run("franka_sim", "test").platform
    check_contract(env.spec, platform)
    assert platform.policy.prompt == "Pick up the lit block"
    assert platform.episode.max_steps == env.spec.max_steps


def test_only_the_cameras_tell_which_block_is_lit_at_the_learners_size_too(env: FrankaSim) -> None:
    states, pictures = set(), []
    for lit in range(scene.BLOCKS):
        env.reset(4, lit)
        env.step(STILL)
        states.add(env.state().tobytes())
        pictures.append({name: small(image) for name, image in env.render().items()})
    assert len(states) == 1
    for one, other in combinations(pictures, 2):
        for name in ("left", "right"):
            assert np.abs(one[name] - other[name]).max() > 50


def test_kinematics_of_the_arms_file_are_the_models(env: FrankaSim) -> None:
    import mujoco

    rng, data, hand = np.random.default_rng(0), mujoco.MjData(env.model), env.model.body("hand").id
    for _ in range(20):
        joints = rng.uniform(env.arm.position_min, env.arm.position_max)
        data.qpos[:7] = joints
        mujoco.mj_forward(env.model, data)
        turn = data.xmat[hand].reshape(3, 3)
        place = data.xpos[hand] + turn @ (0.0, 0.0, 0.1034)
        linear, angular = np.zeros((2, 3, env.model.nv))
        mujoco.mj_jac(env.model, data, linear, angular, place, hand)
        for ours, theirs in zip(tool_pose(env.arm, joints), (place, turn), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
        np.testing.assert_allclose(jacobian(env.arm, joints), np.vstack([linear, angular])[:, :7], atol=1e-6)


def test_limits_of_the_arms_file_are_the_models(env: FrankaSim) -> None:
    ranges = np.stack([env.model.joint(name).range for name in env.arm.joints])
    np.testing.assert_allclose(ranges.T, [env.arm.position_min, env.arm.position_max])


def test_blocks_lie_at_other_places_in_each_episode_and_a_hand_fits_between_them() -> None:
    places = np.stack([draw_places(np.random.default_rng(seed)) for seed in range(200)])
    assert (places.std(axis=0) > [0.02, 0.012]).all()
    assert (np.abs(places - scene.CENTRES).max(axis=(0, 1)) <= scene.SPREAD).all()
    assert np.diff(places[..., 1], axis=1).min() > 0.15


@pytest.mark.parametrize("goal", range(scene.BLOCKS))
def test_the_expert_lifts_the_lit_block_in_six_decisions_of_ten_steps(env: FrankaSim, goal: int) -> None:
    env.reset(20 + goal, goal)
    steps = drive(env, goal)
    assert 40 <= steps <= 70
    assert env.block(goal)[2] > 0.10
    assert env.reflexes == 0


def test_lifting_another_block_is_no_success(env: FrankaSim) -> None:
    env.reset(20, 1)
    assert drive(env, 0) == 0
    assert env.block(0)[2] > 0.10


def test_an_action_moves_its_joint_by_droids_step_times_the_scale(env: FrankaSim) -> None:
    env.reset(0)
    before = env.state()
    for _ in range(12):
        env.step(np.array([0, 0, 0, 0, 0.5, 0, 0, 0], np.float32))
    moving = env.setpoints.planner.setpoint.velocities
    np.testing.assert_allclose(moving, [0, 0, 0, 0, 0.5 * 0.2 * 15 * 0.42, 0, 0], atol=1e-6)
    moved = env.state() - before
    assert moved[4] == pytest.approx(12 / 15 * 0.63, rel=0.2)
    assert np.abs(np.delete(moved, 4)).max() < 0.02


def test_what_is_beyond_one_counts_as_one(env: FrankaSim) -> None:
    ends = []
    for size in (1.0, 50.0):
        env.reset(0)
        for _ in range(4):
            env.step(np.array([size, 0, 0, 0, 0, 0, 0, 0], np.float32))
        ends.append(env.state().tobytes())
    assert ends[0] == ends[1]


def test_the_gripper_closes_above_a_half_and_opens_again(env: FrankaSim) -> None:
    env.reset(0)
    openings = []
    for closed in (0.5, 0.51, 0.5):
        for _ in range(15):
            env.step(np.array([0, 0, 0, 0, 0, 0, 0, closed], np.float32))
        openings.append(float(env.state()[7]))
    assert openings == pytest.approx([0.04, 0.0, 0.04], abs=0.003)


def test_the_arm_follows_its_setpoint(env: FrankaSim) -> None:
    env.reset(0)
    rng, apart = np.random.default_rng(0), []
    for _ in range(30):
        env.step(np.concatenate([rng.uniform(-0.6, 0.6, 7), [0]]).astype(np.float32))
        apart.append(np.abs(env.setpoints.planner.setpoint.positions - env.state()[:7]).max())
    assert max(apart) < 0.05


def test_a_reflex_is_counted_and_ends_the_episode(env: FrankaSim, monkeypatch: pytest.MonkeyPatch) -> None:
    env.reset(0)
    jump = SimpleNamespace(positions=env.arm.home + 0.05, velocities=np.zeros(7))
    monkeypatch.setattr(env.setpoints.planner, "step", lambda velocities: jump)
    before, counted = env.state().tobytes(), env.reflexes
    with pytest.raises(EnvironmentFailed, match=r"reflex: acceleration of fr3_joint\d is "):
        env.step(STILL)
    assert env.reflexes == counted + 1
    assert env.state().tobytes() == before
    monkeypatch.undo()
    env.reset(0)
    env.step(STILL)


def test_demonstrations_go_from_each_start_to_every_block_under_one_light(env: FrankaSim) -> None:
    demos = list(expert.demonstrations(env, range(3, 6), 2))
    lifted = set()
    for goal, demo in enumerate(demos):
        assert np.abs(demo.actions[-1][:7]).max() == 0.0, "a demonstration must end at rest"
        assert demo.actions[-1][7] == 1.0
        lifted.add(goal if demo.states[-1][7] > 0.015 else -1)
    assert lifted == {0, 1, 2}, "the fingers hold something at the end"
    seen = [demo for demo in demos if demo.starts is not None and demo.starts[0] == 0]
    assert len(seen) >= 2
    assert len({demo.states[0].tobytes() for demo in seen}) == 1
    assert len({demo.images["left"][0].tobytes() for demo in seen}) == 1


def test_no_cloned_chunk_meets_a_push(env: FrankaSim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expert, "PUSH_SHARE", 1.0)
    draws = np.random.default_rng([5, 0, 0])  # of the demonstration number 0 of seed 5
    draws.random()
    push = int(draws.integers(expert.PUSHED))
    demo = next(expert.demonstrations(env, range(1), 5))
    assert demo.starts is not None
    chunks = demo.starts[:, None] + np.arange(expert.CHUNK)
    assert not np.isin(chunks, push + np.arange(expert.PUSH_STEPS)).any()
    assert demo.starts[-1] > push, "the way back is observed"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": "4"}, r"image_size='4' must be a number in \[8, 480\]"),
        ({"velocity_scale": "two"}, "velocity_scale='two' must be a number"),
    ],
)
def test_an_option_out_of_range_is_refused(options: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        franka_sim.make(**options)


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arm_model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs the package franky-sim.*requirements-franka-sim\.txt"):
        franka_sim.make()
