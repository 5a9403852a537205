"""Aloha's scripted expert: exact kinematics, success, and demonstrations that leave something to steer."""

from collections.abc import Iterator

import numpy as np
import pytest

from sim_bridge.envs import aloha_sided
from sim_bridge.envs.aloha import demonstrations
from sim_bridge.envs.aloha import environment as aloha
from sim_bridge.envs.aloha.arm import joint_targets, solve
from sim_bridge.envs.aloha.waypoints import LEFT_BASE, RIGHT_BASE

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

FINGERS = 0.205 - 0.069744  # from the model's gripper link to where the fingers meet, m


@pytest.fixture(scope="module")
def env() -> Iterator[aloha.AlohaEnvironment]:
    environment = aloha.make(fast_render="true")
    yield environment
    environment.close()


@pytest.mark.parametrize(("side", "base"), [("left", LEFT_BASE), ("right", RIGHT_BASE)])
def test_kinematics_are_the_models(side: str, base: np.ndarray) -> None:
    from sim_bridge.envs.aloha.task import build

    physics = build().physics
    rng = np.random.default_rng(0)
    inward = -np.sign(base[0])
    offset = np.stack(
        [inward * rng.uniform(0.3, 0.5, 20), rng.uniform(-0.1, 0.1, 20), rng.uniform(0.1, 0.3, 20)], axis=1
    )
    pitch, roll = rng.uniform(0, 1, 20), rng.uniform(-1, 1, 20)
    start = 0 if side == "left" else 8
    for i, joints in enumerate(joint_targets(offset, pitch, roll, np.zeros(20))):
        with physics.reset_context():
            physics.data.qpos[start : start + 6] = joints[:6]
        link = physics.named.data.xpos[f"vx300s_{side}/gripper_link"]
        forward = physics.named.data.xmat[f"vx300s_{side}/gripper_link"].reshape(3, 3)[:, 0]
        np.testing.assert_allclose(link + FINGERS * forward, base + offset[i], atol=1e-5)
        assert np.arcsin(-forward[2]) == pytest.approx(pitch[i], abs=1e-6)


def test_out_of_reach_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        solve(np.array([0.9]), np.array([0.2]), np.array([0.0]))


@pytest.mark.parametrize("speed", [1.0, 1.6])
def test_expert_hands_over(env: aloha.AlohaEnvironment, speed: float) -> None:
    from sim_bridge.envs.aloha.expert import plan

    for seed in range(4):
        env.reset(seed)
        successes = [env.step(action).success for action in plan(seed, np.zeros(3), speed)]
        assert successes.index(True) == pytest.approx(300 / speed, abs=15)


def test_a_grasp_beside_the_cube_fails(env: aloha.AlohaEnvironment) -> None:
    from sim_bridge.envs.aloha.expert import plan

    env.reset(0)
    assert not any(env.step(action).success for action in plan(0, np.array([0.0, 0.03, 0.0]), 1.6))


def test_demonstrations_repeat_and_observe_around_decisions(env: aloha.AlohaEnvironment) -> None:
    first, again, other = (
        list(demonstrations(count, seed, fast_render="true")) for count, seed in ((3, 5), (2, 5), (1, 6))
    )
    assert len(first) == 3
    for a, b in zip(first, again, strict=False):
        np.testing.assert_array_equal(a.images["top"], b.images["top"])
        np.testing.assert_array_equal(a.states, b.states)
        np.testing.assert_array_equal(a.actions, b.actions)
    assert not np.array_equal(first[0].actions, other[0].actions)
    low, high = np.array([-np.pi] * 6 + [0]), np.array([np.pi] * 6 + [1])
    for demo in first:
        assert demo.starts is not None
        assert {0, 1, 2, 48, 49, 50, 51, 52} <= set(demo.starts.tolist())
        assert demo.images["top"].shape == (len(demo.starts), 64, 64, 3)
        assert demo.states.shape == (len(demo.starts), 14)
        assert ((np.tile(low, 2) <= demo.actions) & (demo.actions <= np.tile(high, 2))).all()


def test_sided_demonstrations_miss_towards_the_middle() -> None:
    from sim_bridge.envs.aloha.expert import inward, one_sided

    left, right = np.array([0.1, 0.45, 0.05]), np.array([0.1, 0.55, 0.05])
    assert inward(left)[1] == -inward(right)[1] > 0
    assert (one_sided(left) == one_sided(right)).all()


def test_sided_demonstrations_are_alohas_but_for_the_side() -> None:
    same, sided = (list(make(8, 5, fast_render="true")) for make in (demonstrations, aloha_sided.demonstrations))
    for a, b in zip(same, sided, strict=True):
        np.testing.assert_array_equal(a.images["top"][0], b.images["top"][0])
    equal = [
        a.actions.shape == b.actions.shape and bool((a.actions == b.actions).all())
        for a, b in zip(same, sided, strict=True)
    ]
    assert True in equal
    assert False in equal


@pytest.mark.long
@pytest.mark.parametrize(("speed", "least"), [(1.0, 95), (1.6, 90)])
def test_the_experts_rate(env: aloha.AlohaEnvironment, speed: float, least: int) -> None:
    from sim_bridge.envs.aloha.expert import plan

    successes = 0
    for seed in range(10**6, 10**6 + 100):
        env.reset(seed)
        successes += any(env.step(action).success for action in plan(seed, np.zeros(3), speed))
    assert successes >= least
