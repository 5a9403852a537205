"""First values of the parameters."""

import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learner_samples import SHAPES, make_preset

from dsrl_core.algorithms.shared.state import init_state
from dsrl_core.networks.actor_critic import make_networks, parameter_shapes
from dsrl_core.networks.initialise import copy, initialise


@pytest.fixture(scope="module")
def critic() -> dict:
    return initialise(parameter_shapes(make_networks(make_preset(), SHAPES), SHAPES)["critic"], 0, "critic")


@pytest.fixture(scope="module")
def actor() -> dict:
    return initialise(parameter_shapes(make_networks(make_preset(), SHAPES), SHAPES)["actor"], 0, "actor")


def _orthonormal(kernel: jax.Array, gain: float) -> bool:
    flat = np.asarray(kernel).reshape(-1, kernel.shape[-1])
    gram = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    return np.allclose(gram, gain**2 * np.eye(len(gram)), atol=1e-5)


def test_gains_of_actor_and_critic(actor: dict, critic: dict):
    assert _orthonormal(actor["encoder"]["Conv_0"]["kernel"], 2**0.5)
    assert _orthonormal(actor["network"]["MLP_0"]["Dense_0"]["kernel"], 1.0)
    assert _orthonormal(actor["network"]["Dense_0"]["kernel"], 1e-2)
    assert _orthonormal(actor["network"]["Dense_1"]["kernel"], 1e-2)
    heads = critic["network"]["VmapStateActionValue_0"]["MLP_0"]
    for layer in ("Dense_0", "Dense_1", "Dense_2"):
        assert all(_orthonormal(kernel, 1.0) for kernel in heads[layer]["kernel"])


def test_bottleneck_has_the_variance_of_xavier():
    values = initialise({"Dense_0": {"kernel": jax.ShapeDtypeStruct((300, 200), np.float32)}}, 0, "actor")
    kernel = np.asarray(values["Dense_0"]["kernel"])
    assert kernel.var() == pytest.approx(2 / 500, rel=0.03)
    assert np.abs(kernel).max() <= 2 * (2 / 500) ** 0.5 / 0.87962


def test_biases_are_zero_and_scales_one(critic: dict):
    assert not np.any(critic["Dense_0"]["bias"])
    assert np.all(np.asarray(critic["LayerNorm_0"]["scale"]) == 1)
    assert critic["Dense_0"]["kernel"].dtype == np.float32


def test_every_network_head_and_layer_has_its_own_draw(actor: dict, critic: dict):
    assert not np.allclose(actor["encoder"]["Conv_0"]["kernel"], critic["encoder"]["Conv_0"]["kernel"])
    assert not np.allclose(actor["network"]["Dense_0"]["kernel"], actor["network"]["Dense_1"]["kernel"])
    kernel = critic["network"]["VmapStateActionValue_0"]["MLP_0"]["Dense_0"]["kernel"]
    assert not np.allclose(kernel[0], kernel[1])


def test_convolutions_of_residual_blocks_keep_the_variance_of_their_input():
    shapes = {"encoder": {"Block_0": {"Conv_0": {"kernel": jax.ShapeDtypeStruct((3, 3, 40, 50), np.float32)}}}}
    kernel = np.asarray(initialise(shapes, 0, "actor")["encoder"]["Block_0"]["Conv_0"]["kernel"])
    assert kernel.var() == pytest.approx(2 / (9 * 40), rel=0.05)
    assert kernel.mean() == pytest.approx(0.0, abs=1e-3)


def test_temperatures_and_shared_deviations_start_at_one():
    scalar, vector = jax.ShapeDtypeStruct((), np.float32), jax.ShapeDtypeStruct((3,), np.float32)
    shapes = {"encoder": {"SpatialSoftmax_0": {"log_temperature": scalar}}, "network": {"log_std": vector}}
    values = initialise(shapes, 0, "actor")
    assert values["encoder"]["SpatialSoftmax_0"]["log_temperature"] == 0.0
    assert values["network"]["log_std"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("path", [("encoder", "Attention_0", "query"), ("Dense_1", "kernel"), ("head", "kernel")])
def test_a_parameter_without_a_rule_is_refused_by_its_path(path: tuple[str, ...]):
    shapes: object = jax.ShapeDtypeStruct((4, 4), np.float32)
    for name in reversed(path):
        shapes = {name: shapes}
    with pytest.raises(ValueError, match=f"parameter {'/'.join(path)} .* has no first value; known paths"):
        initialise(shapes, 0, "actor")


def test_copies_lie_in_buffers_of_their_own_and_survive_the_donation_of_their_originals():
    first = initialise({"Dense_0": {"kernel": jax.ShapeDtypeStruct((64, 64), np.float32)}}, 0, "actor")
    before, second = np.array(first["Dense_0"]["kernel"]), copy(first)
    jax.block_until_ready(jax.jit(lambda tree: jax.tree.map(lambda x: x + 1, tree), donate_argnums=0)(first))
    assert first["Dense_0"]["kernel"].is_deleted()
    np.testing.assert_array_equal(second["Dense_0"]["kernel"], before)


def test_fresh_parameters_and_optimisers_compile_nothing(caplog: pytest.LogCaptureFixture):
    preset = make_preset({"network": {"hidden_dims": (7, 5)}})  # sizes of no other test
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        jax.block_until_ready(init_state(preset, SHAPES, 0))
    assert not [record for record in caplog.messages if "compilation" in record]
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        jax.block_until_ready(jnp.zeros((7, 5, 3)) + 1)
    assert [record for record in caplog.messages if "compilation" in record]
