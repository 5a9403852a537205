"""Every file in sim_bridge/envs keeps the promises of the Environment protocol."""

import numpy as np
import pytest

from dsrl_core.errors import ConfigError, InvalidRequest
from sim_bridge.envs.base import environment_kinds, environment_module

STEPS = 12
NAMES = environment_kinds()
OPTIONAL = ("LIBERO_ASSETS", "franky-sim", "gym-hil")  # what an environment needs and a machine may lack


@pytest.fixture(scope="module", params=NAMES)
def module(request):
    return environment_module(request.param)


@pytest.fixture(scope="module")
def env(module):
    try:
        made = module.make()  # one at a time: a simulator may keep its state in its module
    except ConfigError as error:
        if not any(name in str(error) for name in OPTIONAL):
            raise
        pytest.skip(str(error))
    yield made
    made.close()


def actions(env, count=STEPS, seed=3):
    """Small moves around where the robot stands, whatever its units."""
    env.reset(0)
    rng = np.random.default_rng(seed)
    centre = env.state() if len(env.state()) == env.spec.action_dim and env.spec.action_dim > 2 else 0.0
    return (centre + 0.05 * rng.standard_normal((count, env.spec.action_dim))).astype(np.float32)


def rollout(env, seed, variant, commands, look):
    """States, rewards and successes as bytes; pictures of the last instant."""
    env.reset(seed, variant)
    trace = [env.state().tobytes()]
    for command in commands:
        if look:
            env.render()
            if hasattr(env, "render_video"):
                env.render_video()
        result = env.step(command)
        trace.append((env.state().tobytes(), result.reward, result.success))
    return trace, {name: image.tobytes() for name, image in env.render().items()}


def test_there_is_more_than_one_environment():
    assert {"reach", "aloha", "aloha_sided", "libero", "franka_sim"} <= set(NAMES)


def test_arrays_are_what_the_spec_says(env):
    spec = env.spec
    env.reset(0)
    assert spec.rate_hz > 0
    assert spec.max_steps > 0
    assert spec.variants >= 1
    assert len(set(spec.state_names)) == len(spec.state_names)
    state, images = env.state(), env.render()
    assert state.shape == (len(spec.state_names),)
    assert state.dtype == np.float32
    assert np.isfinite(state).all()
    assert images.keys() == spec.cameras.keys()
    for name, (height, width) in spec.cameras.items():
        assert images[name].shape == (height, width, 3)
        assert images[name].dtype == np.uint8
        assert images[name].std() > 1.0, "the camera sees nothing"


def test_a_step_reports_plain_finite_values(env):
    for command in actions(env):
        result = env.step(command)
        assert isinstance(result.reward, float)
        assert isinstance(result.success, bool)
        assert np.isfinite(result.reward)
        assert np.isfinite(env.state()).all()


def test_equal_seed_and_variant_give_bit_identical_episodes(env):
    commands = actions(env)
    for variant in {-1, 0, env.spec.variants - 1}:
        first = rollout(env, 7, variant, commands, look=False)
        rollout(env, 8, variant, commands[::-1], look=True)
        assert rollout(env, 7, variant, commands, look=False) == first


def test_seeds_differ(env):
    starts = set()
    for seed in range(6):
        env.reset(seed)
        starts.add(env.state().tobytes() + b"".join(image.tobytes() for image in env.render().values()))
    assert len(starts) == 6


def test_large_seeds_are_seeds_too(env):
    env.reset(2**64 - 1)
    assert np.isfinite(env.state()).all()


def test_looking_does_not_change_the_physics(env):
    commands = actions(env)
    assert rollout(env, 5, 0, commands, look=True) == rollout(env, 5, 0, commands, look=False)


def test_pictures_are_copies(env):
    env.reset(1)
    before = {name: image.copy() for name, image in env.render().items()}
    for image in env.render().values():
        image[:] = 0
    for name, image in env.render().items():
        assert (image == before[name]).all()


def test_a_picture_for_people_is_rgb(env):
    if not hasattr(env, "render_video"):
        pytest.skip("this environment has no video of its own")
    env.reset(0)
    picture = env.render_video()
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert all(side % 2 == 0 for side in picture.shape[:2]), "video codecs need even sides"


@pytest.mark.parametrize("broken", ["short", "long", "nested", "nan", "infinite"])
def test_an_impossible_action_is_refused_and_changes_nothing(env, broken):
    size = env.spec.action_dim
    env.reset(0)
    action = {
        "short": np.zeros(size - 1, np.float32),
        "long": np.zeros(size + 1, np.float32),
        "nested": np.zeros((1, size), np.float32),
        "nan": np.full(size, np.nan, np.float32),
        "infinite": np.full(size, np.inf, np.float32),
    }[broken]
    before = env.state().tobytes()
    with pytest.raises(InvalidRequest):
        env.step(action)
    assert env.state().tobytes() == before


@pytest.mark.parametrize("variant", [-2, "count"])
def test_an_unknown_variant_is_refused(env, variant):
    with pytest.raises(InvalidRequest):
        env.reset(0, env.spec.variants if variant == "count" else variant)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused_and_changes_nothing(env, seed):
    env.reset(0)
    env.step(actions(env, 1)[0])
    before = env.state().tobytes()
    with pytest.raises(InvalidRequest, match=f"seed={seed} is out of range"):
        env.reset(seed)
    assert env.state().tobytes() == before


def test_variants_look_different_and_seeds_draw_them_equally_often(env):
    if env.spec.variants == 1:
        pytest.skip("this environment has one variant")
    pictures = []
    for variant in range(env.spec.variants):
        env.reset(11, variant)
        pictures.append(b"".join(image.tobytes() for image in env.render().values()))
    assert len(set(pictures)) == env.spec.variants
    drawn = [_drawn_variant(env, seed) for seed in range(100)]
    counts = np.bincount(drawn, minlength=env.spec.variants)
    assert counts.min() > 0.5 * 100 / env.spec.variants


def _drawn_variant(env, seed):
    env.reset(seed)
    seen = env.render()
    for variant in range(env.spec.variants):
        env.reset(seed, variant)
        if all((image == seen[name]).all() for name, image in env.render().items()):
            return variant
    raise AssertionError(f"seed {seed} shows none of the variants")


def test_unknown_options_are_refused(module):
    with pytest.raises((TypeError, ConfigError)):
        module.make(no_such_option="1")


def test_demonstrations_fit_the_environment_and_repeat(module, env):
    if not hasattr(module, "demonstrations"):
        pytest.skip("this environment has no demonstrator; its base policy comes from elsewhere")
    first, again = (list(module.demonstrations(1, 4)) for _ in range(2))
    assert len(first) == len(again) >= 1
    for one, two in zip(first, again, strict=True):
        length = len(one.actions)
        starts = np.arange(length) if one.starts is None else one.starts
        seen = len(starts)
        assert sorted(set(starts)) == list(starts)
        assert 0 <= starts[0] <= starts[-1] < length
        assert one.states.shape == (seen, len(env.spec.state_names))
        assert one.actions.shape == (length, env.spec.action_dim)
        assert one.states.dtype == one.actions.dtype == np.float32
        assert {name: image.shape for name, image in one.images.items()} == {
            name: (seen, *size, 3) for name, size in env.spec.cameras.items()
        }
        assert one.states.tobytes() == two.states.tobytes()
        assert one.actions.tobytes() == two.actions.tobytes()
