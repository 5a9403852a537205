"""Cloning: windows of demonstrations, equal weights from equal seeds, and a policy that learned its demonstrations."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.resolve import load_run
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.policy.flow.policy import FlowPolicy
from dsrl_core.policy.flow.weights import load_weights
from dsrl_core.train_base.fit import draw
from dsrl_core.train_base.settings import BaseSettings, load_base
from dsrl_core.train_base.train import finish, rounded, train
from dsrl_core.train_base.windows import Windows, cut
from dsrl_core.types import Observation

SETTINGS = BaseSettings(
    demos=8, steps=150, batch_size=64, channels=(4,), strides=(8,), hidden=32, blocks=1, average=0.9, learning_rate=3e-3
)


def demonstrations(count, seed, first=0):
    """From anywhere along a line, walk left or right alike."""
    for i in range(first, count):
        rng = np.random.default_rng([seed, i])
        start, side = rng.uniform(-1, 1, 2).astype(np.float32), np.float32(1 - 2 * (i % 2))
        actions = np.full((12, 2), side, np.float32) * np.array([1.0, 0.1], np.float32)
        states = start + np.cumsum(actions, axis=0, dtype=np.float32) * np.float32(0.01)
        yield Demonstration({"front": np.full((12, 64, 64, 3), 90, np.uint8)}, states, actions)


def trained(path, settings=SETTINGS, source=demonstrations):
    calls = []
    module = SimpleNamespace(demonstrations=source)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = train(load_run("reach", "test").platform, module, settings, path, lambda *call: calls.append(call))
    finish(work, path, {"zero": {"episodes": 4, "successes": 1}})
    return load_weights(path), calls


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("base") / "deep" / "w.npz")


@pytest.mark.parametrize("part", [1.0, 0.5])
def test_the_shared_part_of_training_noise_is_as_large_as_asked_and_its_variance_stays_one(part: float):
    noise, _ = draw(np.random.default_rng(0), (4000, 5, 2), repeated=1.0, part=part)
    np.testing.assert_allclose(noise.var(0), 1.0, atol=0.1)
    np.testing.assert_allclose(np.mean(noise[:, 0] * noise[:, 1], axis=0), part, atol=0.1)
    apart, _ = draw(np.random.default_rng(0), (4000, 5, 2), repeated=0.0, part=part)
    np.testing.assert_allclose(np.mean(apart[:, 0] * apart[:, 1], axis=0), 0.0, atol=0.1)


def test_levels_of_noise_are_as_noisy_as_asked():
    for beta in (1.0, 3.0):
        _, levels = draw(np.random.default_rng(0), (8000, 5, 2), repeated=0.5, beta=beta)
        assert levels.min() > 0
        assert levels.max() <= 1
        np.testing.assert_allclose(levels.mean(), beta / (beta + 1), atol=0.02)


def test_a_batch_holds_as_many_first_steps_as_asked():
    windows = Windows(np.zeros((100, 1), np.uint8), np.arange(100.0)[:, None], np.zeros((100, 1, 1)), np.array([0, 40]))
    _, states, _ = windows.draw(np.random.default_rng(0), 1000, first_share=0.3)
    assert 300 <= np.isin(states, [0, 40]).sum() < 350
    assert set(np.unique(states[:300])) == {0, 40}


def test_windows_hold_what_follows_and_repeat_the_last_action():
    states = np.arange(6, dtype=np.float32).reshape(3, 2)
    actions = np.array([[0, 5], [2, 5], [4, 5]], np.float32)
    demo = Demonstration({"front": np.zeros((3, 2, 2, 3), np.uint8)}, states, actions)
    windows, norm = cut([demo, demo], ("front",), horizon=2)
    assert windows.images.shape == (6, 2, 2, 3)
    assert windows.first.tolist() == [0, 3]
    back = windows.chunks * norm.action_std + norm.action_mean
    np.testing.assert_allclose(back[:3, :, 0], [[0, 2], [2, 4], [4, 4]], atol=1e-6)
    np.testing.assert_allclose(back[..., 1], 5.0, atol=1e-6)
    np.testing.assert_allclose(
        windows.states * norm.state_std + norm.state_mean, np.vstack([states, states]), atol=1e-5
    )


def test_windows_begin_where_a_demonstration_observed():
    actions = np.arange(10, dtype=np.float32)[:, None] * np.ones(2, np.float32)
    states = np.array([[2.0, 2.0], [7.0, 7.0]], np.float32)
    images = {"front": np.zeros((2, 8, 8, 3), np.uint8)}
    windows, norm = cut([Demonstration(images, states, actions, np.array([2, 7]))], ("front",), 5)
    chunks = windows.chunks * norm.action_std + norm.action_mean
    np.testing.assert_allclose(chunks[..., 0], [[2, 3, 4, 5, 6], [7, 8, 9, 9, 9]], atol=1e-5)
    with pytest.raises(ConfigError, match="observed steps"):
        cut([Demonstration(images, states, actions)], ("front",), 5)


def test_demonstrations_that_cannot_be_used_are_named():
    good = next(demonstrations(1, 0))
    with pytest.raises(ConfigError, match="wrist"):
        cut([good], ("wrist",), 2)
    broken = Demonstration(good.images, good.states * np.float32(np.nan), good.actions)
    with pytest.raises(ConfigError, match="finite"):
        cut([broken], ("front",), 2)


def test_equal_seeds_give_equal_weights(made, tmp_path):
    weights, _ = made
    again, _ = trained(tmp_path / "w.npz")
    assert all(again.params[name].tobytes() == value.tobytes() for name, value in weights.params.items())


def test_the_noise_decides_which_way_a_cloned_policy_goes(made):
    policy = FlowPolicy(made[0])
    seen = Observation(0, {"front": np.full((64, 64, 3), 90, np.uint8)}, np.zeros(2, np.float32))
    for side in (-1.0, 1.0):
        chunk = policy.infer(seen, np.full((10, 2), side, np.float32))
        np.testing.assert_allclose(chunk, side * np.tile([1.0, 0.1], (10, 1)), atol=0.2)


def test_progress_counts_up_to_the_end_and_the_command_tells_all_settings(made):
    weights, calls = made
    assert calls[7][:3] == ("demonstrations", 8, 8)
    assert calls[-1][1:] == (150, 150, 0.0)
    assert weights.command.startswith("./dsrl train-base reach demos=8 steps=150 seed=0 batch_size=64")
    assert "channels=[4] strides=[8]" in weights.command


def test_the_file_tells_what_was_measured_and_nothing_else_is_left(made, tmp_path):
    trained(tmp_path / "w.npz")
    assert load_weights(tmp_path / "w.npz").evaluation == {"zero": {"episodes": 4, "successes": 1}}
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_demonstrations_of_another_robot_are_refused(tmp_path):
    def wide(count, seed, first=0):
        for demo in demonstrations(count, seed, first):
            yield Demonstration(demo.images, demo.states, np.repeat(demo.actions, 2, axis=1))

    with pytest.raises(ConfigError, match="contract"):
        trained(tmp_path / "w.npz", source=wide)


def test_unknown_bases_and_settings_are_configuration_errors():
    assert load_base("reach", {"steps": 7}).steps == 7
    with pytest.raises(ConfigError, match=r"allowed: .*reach"):
        load_base("nothing")
    with pytest.raises(ConfigError, match="stepz"):
        load_base("reach", {"stepz": 7})
    with pytest.raises(ConfigError, match="strides"):
        load_base("reach", {"channels": [1, 2, 3]})


@given(st.floats(-1e6, 1e6, width=32))
def test_rounding_keeps_16_bits_and_forgets_the_others(value: float):
    (kept,) = rounded(np.array([value], np.float32))
    assert abs(kept - value) <= abs(value) * 2.0**-16 + 1e-38
    assert np.float32(kept).view(np.uint32) & 0xFF == 0
