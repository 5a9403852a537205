"""LIBERO: stepped exactly as the benchmark steps it, rendered when asked, with errors that say what to do."""

import os
import shutil
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from libero_samples import assets_or_skip

from dsrl_core.config.resolve import load_run
from dsrl_core.environment.simulated_robot import check_contract
from dsrl_core.errors import ConfigError, EnvironmentFailed, InvalidRequest
from sim_bridge.envs.libero import environment as libero
from sim_bridge.envs.libero import task as libero_task
from sim_bridge.envs.libero.package import find_task
from sim_bridge.envs.libero.states import initial_states
from sim_bridge.process.child import ChildEnvironment

ASSETS = assets_or_skip()
TASK = find_task("libero_90", "57")
SEED = 2**63 + 6


@pytest.fixture(scope="module")
def env():
    environment = libero.make(image_size="32")
    yield environment
    environment.close()


def moves(count, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 7)).astype(np.float32)


def sight(environment):
    return b"".join(image.tobytes() for image in environment.render().values())


def play(environment, actions, seed=SEED):
    """States, rewards and pictures of every step as bytes."""
    environment.reset(seed)
    trace = [environment.state().tobytes() + sight(environment)]
    for action in actions:
        reward = environment.step(action).reward
        trace.append((reward, environment.state().tobytes(), sight(environment)))
    return trace


def test_looking_changes_no_bit(env):
    actions = moves(4)
    always = play(env, actions)
    env.reset(SEED)
    for action in actions:
        reward = env.step(action).reward
    assert (reward, env.state().tobytes(), sight(env)) == always[-1]


def observed_state(seen):
    """As openpi's evaluation makes it of the stock observation."""
    from robosuite.utils.transform_utils import quat2axisangle

    rotation = quat2axisangle(seen["robot0_eef_quat"].copy())
    return np.concatenate([seen["robot0_eef_pos"], rotation, seen["robot0_gripper_qpos"]]).astype(np.float32)


def test_states_images_and_rewards_are_the_benchmarks_own(env):
    """Against the stock environment: compiled anew at the reset, both cameras rendered at every step."""
    actions = moves(6)
    stock = libero_task.build(TASK, ASSETS.folder, stock_size=32, hard_reset=True)
    with libero_task.seeded(SEED):
        stock.reset()
    expected = []
    for action in (*[libero_task.WAIT] * 10, *actions.astype(np.float64)):
        seen, reward, _, _ = stock.step(action)
        images = b"".join(seen[f"{name}_image"].tobytes() for name in libero_task.CAMERAS.values())
        expected.append((reward, observed_state(seen), images))
    stock.close()
    env.reset(SEED)
    for action, (reward, state, images) in zip(actions, expected[10:], strict=True):
        assert env.step(action).reward == reward
        np.testing.assert_array_equal(env.state(), state)
        assert sight(env) == images


def test_computing_each_physics_step_once_changes_no_bit(env):
    """Down to the table and over it, with contacts."""
    actions = 0.5 * moves(40).cumsum(0).clip(-1, 1) + [0, 0, -0.7, 0, 0, 0, 0]

    def trace(step):
        env.reset(SEED)
        sim, data = env.task.env.sim, env.task.env.sim.data
        return [(step(action), sim.get_state().flatten().tobytes(), data.xpos.tobytes()) for action in actions]

    assert trace(env.task.step) == trace(lambda action: bool(env.task.env.step(action)[2]))


def test_fast_rendering_changes_pixels_and_nothing_else(env):
    fast, actions = libero.make(image_size="32", fast_render="true"), moves(4)
    for environment in (env, fast):
        environment.reset(SEED)
        for action in actions:
            environment.step(action)
    difference = fast.render()["agentview"].astype(int) - env.render()["agentview"]
    same_physics = env.state().tobytes() == fast.state().tobytes()
    fast.close()
    assert same_physics
    assert difference.any()
    assert np.abs(difference).mean() < 20


def test_objects_rest_when_an_episode_begins(env):
    env.reset(3)
    before = env.task.position("cream_cheese_1")
    env.step(libero_task.WAIT.astype(np.float32))
    assert np.abs(env.task.position("cream_cheese_1") - before).max() < 1e-3


def test_goal_reached_is_success(env):
    env.reset(1)
    joint = env.task.env.get_object("cream_cheese_1").joints[-1]
    x, y, z = env.task.position("wooden_tray_1")
    env.task.env.sim.data.set_joint_qpos(joint, [x, y, z + 0.03, 1, 0, 0, 0])
    results = [env.step(libero_task.WAIT.astype(np.float32)) for _ in range(10)]
    assert results[-1].success
    assert results[-1].reward == 1.0


def test_the_benchmarks_initial_states_are_start_variants(env):
    states = initial_states(TASK)
    spec = replace(env.spec, variants=len(states))
    held = libero.LiberoEnvironment(spec, env.task, states, settle_steps=0)
    for variant in (0, 49):
        held.reset(5, variant)
        np.testing.assert_array_equal(env.task.env.sim.get_state().flatten(), states[variant])
    with pytest.raises(InvalidRequest, match="variant=50 is unknown; allowed: -1 to 49"):
        held.reset(5, 50)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(env, seed):
    with pytest.raises(InvalidRequest, match=r"seed=.* is out of range; allowed: 0 to 2\*\*64 - 1"):
        env.reset(seed)


def test_global_random_numbers_are_left_alone(env):
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)
    env.reset(0)
    assert np.random.random() == expected


def test_an_impossible_placement_ends_after_some_tries(env, monkeypatch):
    from robosuite.utils.errors import RandomizationError

    def fail():
        raise RandomizationError("no room")

    monkeypatch.setattr(env.task.env, "reset", fail)
    with pytest.raises(EnvironmentFailed, match="no placement of the objects in 20 tries: no room"):
        env.reset(0)


def test_physics_that_blow_up_end_the_episode(env, monkeypatch):
    env.reset(0)
    monkeypatch.setattr(env.task, "state", lambda: np.full(8, np.nan, np.float32))
    with pytest.raises(EnvironmentFailed, match="physics became unstable"):
        env.step(np.zeros(7, np.float32))


@pytest.mark.parametrize("name", ["cream_cheese.xml", "cream_cheese/texture_map.png"])
def test_a_missing_asset_is_named_and_where_to_get_it(tmp_path, monkeypatch, name):
    shutil.copytree(ASSETS.folder, tmp_path / "assets", copy_function=os.symlink)
    lost = next((tmp_path / "assets").rglob(name))
    lost.unlink()
    monkeypatch.setenv("LIBERO_ASSETS", str(tmp_path))
    with pytest.raises(ConfigError, match=rf"{name}.*set LIBERO_ASSETS to a folder or zip"):
        libero.make()


def test_without_a_renderer_the_error_names_it(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "egl")
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", os.devnull)  # of libglvnd: no driver at all
    with pytest.raises((EnvironmentFailed, ConfigError), match="MUJOCO_GL=egl"):
        ChildEnvironment("libero", {}, 60.0)


@pytest.mark.parametrize("devices", ["", "3,5", "GPU-8a2b5a2e", "MIG-GPU-8a2b5a2e/1/0"])
def test_it_renders_whatever_devices_the_learner_may_use(devices, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)
    monkeypatch.setenv("MUJOCO_EGL_DEVICE_ID", "0")
    monkeypatch.setenv("PYOPENGL_PLATFORM", "glx")
    with closing(ChildEnvironment("libero", {}, 60.0)) as child:
        child.reset(0)
        assert all(image.any() for image in child.render().values())


def test_the_platform_fits():
    contract = load_run("libero", "run").platform
    environment = libero.make(**contract.robot_end.options)
    check_contract(environment.spec, contract)
    environment.close()


def test_facts_are_known_before_anything_is_built():
    facts = libero.task_facts(**load_run("libero", "run").platform.robot_end.options)
    assert facts.instruction == "pick up the cream cheese and put it in the tray"
    assert facts.stand_in_assets == bool(ASSETS.stand_ins)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": "7"}, r"image_size='7' must be a whole number in \[8, 1024\]"),
        ({"settle_steps": "-1"}, "settle_steps='-1' must be a whole number"),
        ({"placement": "table"}, "placement='table' is unknown; allowed: bddl, benchmark"),
        ({"fast_render": "yes"}, "fast_render='yes' is unknown; allowed: true, false"),
        ({"suite": "robocasa"}, "suite='robocasa' is unknown; allowed: libero_spatial"),
        ({"task": "90"}, "libero_90 has tasks 0 to 89"),
    ],
)
def test_an_option_out_of_range_says_what_is_allowed(options, message):
    with pytest.raises(ConfigError, match=message):
        libero.make(**options)
