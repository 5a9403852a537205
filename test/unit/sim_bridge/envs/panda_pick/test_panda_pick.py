"""panda_pick: the published task's start, torques, rewards and criterion."""

from importlib.util import find_spec

import numpy as np
import pytest

from sim_bridge.envs.panda_pick import environment as panda

pytestmark = pytest.mark.skipif(find_spec("gym_hil") is None, reason="gym-hil is not installed")


def act(env: panda.PandaPick, *values: float) -> panda.StepResult:
    return env.step(np.array(values, np.float32))


def test_an_episode_starts_at_home_with_the_cube_where_it_may_lie(env: panda.PandaPick) -> None:
    places = []
    for seed in range(20):
        env.reset(seed)
        state = env.state()
        places.append(state[:2])
        np.testing.assert_allclose(state[3:7], [0, 0.308, 0, 0.444], atol=2e-3)
    low, high = panda.PLACES
    assert ((low <= np.array(places)) & (np.array(places) <= high)).all()
    assert np.ptp(places, axis=0).min() > 0.15


def test_torques_are_those_of_the_packages_own_controller(env: panda.PandaPick) -> None:
    from gym_hil.controllers.opspace import opspace

    env.reset(3)
    for _ in range(5):
        act(env, 0.5, 0.8, -0.6, 0.2)
        data, controller = env._data, env._controller
        wanted = opspace(
            model=env._model,
            data=data,
            site_id=env._model.site("pinch").id,
            dof_ids=env._joints,
            pos=data.mocap_pos[0],
            ori=data.mocap_quat[0],
            joint=panda.HOME,
            gravity_comp=True,
        )
        found = controller.torques(data, data.mocap_pos[0], data.mocap_quat[0])
        np.testing.assert_allclose(found, wanted, atol=1e-8)


def test_the_target_moves_by_five_centimetres_and_stops_at_the_workspace(env: panda.PandaPick) -> None:
    env.reset(0)
    start = env._data.mocap_pos[0].copy()
    act(env, 1, 0, 0, 0)
    np.testing.assert_allclose(env._data.mocap_pos[0] - start, [0.05, 0, 0], atol=1e-9)
    act(env, 8, -12, -10, 0)
    np.testing.assert_allclose(env._data.mocap_pos[0], [0.6, -0.3, 0.0])
    act(env, 0, 0, 0, 0.75)
    act(env, 0, 0, 0, 0.75)
    assert env.state()[3] == 1.0


def test_a_lifted_cube_earns_until_the_episode_succeeds(env: panda.PandaPick) -> None:
    env.reset(1)
    total, steps = 0.0, 0
    for step in range(panda.MAX_STEPS):
        cube, tool = env.state()[:3], env.state()[4:7]
        away = np.clip((cube - tool) / panda.STEP, -1, 1) * (1, 1, 0.5)
        if np.hypot(*(cube - tool)[:2]) > 0.01 and step < 40:
            away[2] = 0.0
        motion = away if step < 40 else np.array([0, 0, 0.1 if step > 50 else 0.0])
        result = act(env, *motion, 0.0 if step < 40 else 0.2)
        total, steps = total + result.reward, steps + 1
        assert result.success == (total > panda.SOLVED)
        if result.success:
            break
    assert total > panda.SOLVED
    assert 150 < steps < panda.MAX_STEPS
    env.reset(1)
    assert not act(env, 0, 0, 0, 0).success, "a reset begins a new sum"


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panda, "find_spec", lambda name: None)
    with pytest.raises(panda.ConfigError, match="panda_pick needs the package gym-hil"):
        panda.make()
