"""Sizes, names and structure of the networks."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from learner_samples import SHAPES, make_batch, make_config, make_preset

from dsrl_core.algorithms.shared.state import init_state
from dsrl_core.learner.learner import named_leaves
from dsrl_core.networks.actor_critic import Inputs, PixelModel, inputs_of, make_networks
from dsrl_core.networks.batch import Batch
from dsrl_core.networks.blocks.values import StateValue
from dsrl_core.networks.encoders import cnn
from dsrl_core.networks.encoders.base import make_encoder
from dsrl_core.networks.initialise import initialise
from dsrl_core.networks.shapes import LearnerShapes

CRITIC = "network/VmapStateActionValue_0/MLP_0"


def test_shapes_follow_contract_and_preset():
    shapes = LearnerShapes.of(make_config({"noise": {"vectors": 2}}, cameras=2))
    assert dataclasses.asdict(shapes) == {
        "cameras": 2,
        "image_size": 10,
        "state_dim": 2,
        "feature_dim": 0,
        "vectors": 2,
        "noise_dim": 2,
        "camera_names": ("camera0", "camera1"),
    }
    assert shapes.image == (2, 10, 10, 3)
    assert shapes.noise == (2, 2)
    assert shapes.noise_size == 4


def test_parameters_carry_the_references_names():
    state = init_state(make_preset(), SHAPES, 0)
    actor = {name: leaf.shape for name, leaf in named_leaves(state.actor)}
    critic = {name: leaf.shape for name, leaf in named_leaves(state.critic)}
    encoder = {
        "encoder/Conv_0/kernel": (3, 3, 3, 4),
        "encoder/Conv_0/bias": (4,),
        "Dense_0/kernel": (4 * 4 * 4, 5),
        "Dense_0/bias": (5,),
        "LayerNorm_0/scale": (5,),
        "LayerNorm_0/bias": (5,),
    }
    assert actor == encoder | {
        "network/MLP_0/Dense_0/kernel": (7, 8),
        "network/MLP_0/Dense_0/bias": (8,),
        "network/MLP_0/Dense_1/kernel": (8, 8),
        "network/MLP_0/Dense_1/bias": (8,),
        "network/Dense_0/kernel": (8, 2),
        "network/Dense_0/bias": (2,),
        "network/Dense_1/kernel": (8, 2),
        "network/Dense_1/bias": (2,),
    }
    heads = {"Dense_0": (9, 8), "Dense_1": (8, 8), "Dense_2": (8, 1)}
    expected = {f"{CRITIC}/{name}/kernel": (3, *shape) for name, shape in heads.items()}
    expected |= {f"{CRITIC}/{name}/bias": (3, shape[1]) for name, shape in heads.items()}
    expected |= {f"{CRITIC}/LayerNorm_{i}/{leaf}": (3, 8) for i in range(2) for leaf in ("scale", "bias")}
    assert critic == encoder | expected


@pytest.mark.parametrize(
    "shapes",
    [
        SHAPES,
        dataclasses.replace(SHAPES, cameras=2, vectors=3),
        dataclasses.replace(SHAPES, cameras=0),
        dataclasses.replace(SHAPES, state_dim=0),
        dataclasses.replace(SHAPES, cameras=3, feature_dim=4),
        dataclasses.replace(SHAPES, cameras=0, state_dim=0, feature_dim=4),
    ],
)
def test_every_combination_of_streams_works(shapes: LearnerShapes):
    networks, params = make_networks(make_preset(), shapes), init_state(make_preset(), shapes, 0)

    def outputs(batch: Batch) -> tuple[jax.Array, ...]:
        inputs = inputs_of(batch.view)
        noise, log_prob = networks.policy(params.actor, inputs).sample(jax.random.key(0))
        return noise, log_prob, networks.values(params.critic, inputs, noise)

    sizes = [output.shape for output in jax.eval_shape(outputs, make_batch(shapes))]
    assert sizes == [(6, shapes.noise_size), (6,), (3, 6)]
    assert ("encoder" in params.actor) == ("encoder" in params.critic) == bool(shapes.cameras)


def test_a_state_value_sees_pixels_state_and_features():
    shapes = dataclasses.replace(SHAPES, cameras=2, feature_dim=4)
    model = PixelModel(make_encoder(make_preset().network), StateValue((8,)), latent_dim=5)
    inputs = inputs_of(make_batch(shapes).view)
    wanted = jax.eval_shape(model.init, jax.random.key(0), inputs)["params"]
    params = {"params": initialise(wanted, 0, "value")}
    assert params["params"]["network"]["MLP_0"]["Dense_0"]["kernel"].shape == (5 + 2 + 4, 8)
    value = model.apply(params, inputs)
    assert value.shape == (6,)
    for part in (inputs._replace(pixels=255 - inputs.pixels), inputs._replace(state=inputs.state.at[:, -1].add(1.0))):
        assert not np.allclose(model.apply(params, part), value, rtol=1e-3)


def test_cameras_are_stacked_in_order_on_the_channels():
    images = np.arange(2 * 2 * 1 * 1 * 3, dtype=np.uint8).reshape(2, 2, 1, 1, 3)
    view = make_batch().view._replace(images=images, state=np.ones((2, 1), np.float32), features=np.zeros((2, 1)))
    inputs = inputs_of(view)
    assert inputs.pixels[:, 0, 0].tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert inputs.state.tolist() == [[1, 0], [1, 0]]


def test_actor_and_critic_see_the_image():
    networks, state = make_networks(make_preset(), SHAPES), init_state(make_preset(), SHAPES, 0)

    @jax.jit
    def outputs(inputs: Inputs) -> tuple[jax.Array, jax.Array]:
        return networks.policy(state.actor, inputs).mean, networks.values(state.critic, inputs, jnp.zeros((6, 2)))

    inputs = inputs_of(make_batch().view)
    seen, blank = outputs(inputs), outputs(inputs._replace(pixels=jnp.zeros_like(inputs.pixels)))
    assert not np.allclose(seen[0], blank[0], rtol=1e-3, atol=1e-6)
    assert not np.allclose(seen[1], blank[1], rtol=1e-3)


class PlainCnn(nn.Module):
    """The small encoder out of flax's own layers."""

    features: tuple[int, ...]
    strides: tuple[int, ...]

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        x = pixels.astype(jnp.float32) / 255.0
        for features, stride in zip(self.features, self.strides, strict=True):
            x = nn.relu(nn.Conv(features, (3, 3), (stride, stride), "VALID")(x))
        return x.reshape(len(x), -1)


@pytest.mark.parametrize("strides", [(2, 1), (3, 2), (1, 3)])
@pytest.mark.parametrize("features", [(4, 6), (8, 16)], ids=["by XLA", "by compiled code"])
def test_the_small_encoder_is_the_plain_one(features: tuple[int, ...], strides: tuple[int, ...]):
    assert cnn.usable(features) == (features == (8, 16))
    pixels = jnp.asarray(make_batch().view.images[:, 0])
    model, plain = cnn.Cnn(features, strides), PlainCnn(features, strides)
    shapes = jax.eval_shape(plain.init, jax.random.key(0), pixels)
    assert jax.eval_shape(model.init, jax.random.key(0), pixels) == shapes
    params = jax.tree.map(lambda leaf: jax.random.normal(jax.random.key(0), leaf.shape), shapes)

    def result(model: nn.Module) -> object:
        return jax.jit(jax.value_and_grad(lambda p: jnp.mean(jnp.sin(model.apply(p, pixels)))))(params)

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5), result(model), result(plain))


def test_heads_differ_and_the_target_starts_as_a_copy():
    state = init_state(make_preset(), SHAPES, 0)
    kernel = state.critic["network"]["VmapStateActionValue_0"]["MLP_0"]["Dense_0"]["kernel"]
    assert not np.allclose(kernel[0], kernel[1])
    same = jax.tree.map(lambda a, b: bool((a == b).all()), state.critic, state.target_critic)
    assert all(jax.tree.leaves(same))


def test_parameters_follow_from_the_seed():
    first, again, other = (init_state(make_preset(), SHAPES, seed).actor["Dense_0"]["kernel"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
