"""Every file in dsrl_core/networks/encoders, under each of its options, is an encoder that training can use."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from builders import make_preset
from learner_files import assert_gradients, pixels_of, stored

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.errors import ConfigError
from dsrl_core.networks.encoders.base import make_encoder
from dsrl_core.networks.initialise import initialise
from dsrl_core.plugins import ENCODERS, load_plugin, plugin_names

NAMES = plugin_names(ENCODERS)
SIDE, BATCH = 64, 3
PIXELS = pixels_of(BATCH, SIDE)
LONG = {("depth", "34")}  # many more of the same blocks, which take their time to compile


def settings_of(name: str, **options: str) -> NetworkSettings:
    return make_preset({"network": {"encoder": name, "encoder_options": options, "image_size": SIDE}}).network


def variants() -> Iterator[Any]:
    """Each encoder as it is by default, and with each of its options at each other value."""
    for name in NAMES:
        yield pytest.param(settings_of(name), id=name)
        for option, values in load_plugin(ENCODERS, name, "network.encoder").OPTIONS.items():
            for value in values[1:]:
                marks = pytest.mark.long if (option, value) in LONG else ()
                yield pytest.param(settings_of(name, **{option: value}), id=f"{name}-{option}-{value}", marks=marks)


@pytest.fixture(scope="module", autouse=True)
def _strict_ranks() -> Iterator[None]:
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="module", params=variants())
def made(request: pytest.FixtureRequest) -> SimpleNamespace:
    """An encoder with first values, and one compiled function of (parameters, pixels) to encoding and gradients."""
    encoder = make_encoder(request.param)
    shapes = jax.eval_shape(encoder.init, jax.random.key(0), PIXELS)["params"]
    params = initialise({"encoder": shapes}, 0, "actor")["encoder"]

    def loss(p: Any, pixels: jax.Array) -> tuple[jax.Array, jax.Array]:
        encoding = encoder.apply({"params": p}, pixels)
        return jnp.mean(jnp.sin(3 * encoding)), encoding

    run = jax.jit(jax.value_and_grad(loss, has_aux=True))
    (_, encoding), gradients = run(params, PIXELS)
    return SimpleNamespace(encoder=encoder, params=params, run=run, encoding=encoding, gradients=gradients)


def test_a_row_of_numbers_for_each_image(made: SimpleNamespace):
    assert made.encoding.ndim == 2
    assert made.encoding.shape[0] == BATCH
    assert made.encoding.dtype == jnp.float32
    assert np.isfinite(made.encoding).all()
    assert np.abs(made.encoding).max() < 1e3, "first values keep the scale"


def test_every_parameter_takes_part(made: SimpleNamespace):
    assert_gradients(made.gradients)


def test_an_image_is_encoded_by_itself(made: SimpleNamespace):
    (_, other), _ = made.run(made.params, PIXELS.at[1:].set(255 - PIXELS[1:]))
    np.testing.assert_allclose(other[0], made.encoding[0], rtol=1e-5, atol=1e-6)
    assert not np.allclose(other[1], made.encoding[1], rtol=1e-3, atol=1e-5), "what is seen matters"


def test_every_camera_matters(made: SimpleNamespace):
    for camera in range(2):
        dark = PIXELS.at[0, ..., 3 * camera : 3 * camera + 3].set(0)
        (_, other), _ = made.run(made.params, dark)
        assert not np.allclose(other[0], made.encoding[0], rtol=1e-3, atol=1e-5), f"camera {camera}"


def test_stored_parameters_encode_alike(made: SimpleNamespace):
    (_, again), _ = made.run(stored(made.params), PIXELS)
    np.testing.assert_array_equal(again, made.encoding)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_encoder_does_not_know_is_refused_with_what_it_knows(name: str):
    options = load_plugin(ENCODERS, name, "network.encoder").OPTIONS
    with pytest.raises(ConfigError, match=rf"encoder_options\.colour='red' is unknown to {name}; allowed: ") as error:
        make_encoder(settings_of(name, colour="red"))
    assert all(option in str(error.value) for option in options)
    for option, values in options.items():
        with pytest.raises(ConfigError, match=rf"encoder_options\.{option}='red' .* allowed: {', '.join(values)}"):
            make_encoder(settings_of(name, **{option: "red"}))


def test_an_encoder_that_is_no_file_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=rf"network\.encoder='vit' is unknown; allowed: {', '.join(NAMES)}"):
        make_encoder(settings_of("vit"))


def test_positions_need_more_than_one_pixel():
    settings = make_preset({"network": {"encoder": "resnet_v1", "image_size": 32}}).network
    with pytest.raises(ConfigError, match=r"image_size=32 leaves one pixel .* allowed: 33 or more, or head average"):
        make_encoder(settings)
