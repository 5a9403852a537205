"""Values: their shapes and layers, dropout where a key is given, the noise in each layer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.learner.learner import named_leaves
from dsrl_core.networks.blocks.values import MLP, CriticHeads, StateActionValue, StateValue

X, NOISE = (jnp.asarray(np.random.default_rng(0).normal(size=(6, n)), jnp.float32) for n in (4, 2))


def _filled(module, *inputs: jax.Array):
    shapes = jax.eval_shape(module.init, jax.random.key(0), *inputs)["params"]
    rng = np.random.default_rng(1)
    return {"params": jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape), jnp.float32), shapes)}


def test_state_value_by_hand():
    model = StateValue((3,))
    params = _filled(model, X)
    layers = params["params"]["MLP_0"]
    hidden = np.asarray(X) @ layers["Dense_0"]["kernel"] + layers["Dense_0"]["bias"][None]
    hidden = (hidden - hidden.mean(axis=1, keepdims=True)) / np.sqrt(hidden.var(axis=1, keepdims=True) + 1e-6)
    hidden = np.maximum(hidden * layers["LayerNorm_0"]["scale"][None] + layers["LayerNorm_0"]["bias"][None], 0)
    expected = (hidden @ layers["Dense_1"]["kernel"] + layers["Dense_1"]["bias"][None])[:, 0]
    np.testing.assert_allclose(model.apply(params, X), expected, rtol=1e-4, atol=1e-5)


def test_each_head_is_a_critic_of_its_own():
    heads, one = CriticHeads((5, 5), 3), StateActionValue((5, 5))
    params = _filled(heads, X, NOISE)
    values = heads.apply(params, X, NOISE)
    assert values.shape == (3, 6)
    for i in range(3):
        own = {"params": jax.tree.map(lambda leaf, i=i: leaf[i], params["params"]["VmapStateActionValue_0"])}
        np.testing.assert_allclose(values[i], one.apply(own, X, NOISE), rtol=1e-5, atol=1e-6)


def test_the_noise_enters_each_hidden_layer_where_asked():
    plain, again = (_filled(StateActionValue((5, 7), reinject_action=asked), X, NOISE) for asked in (False, True))
    sizes = [
        {name: leaf.shape for name, leaf in named_leaves(p["params"]) if name.endswith("kernel")}
        for p in (plain, again)
    ]
    assert sizes[0] == {"MLP_0/Dense_0/kernel": (6, 5), "MLP_0/Dense_1/kernel": (5, 7), "MLP_0/Dense_2/kernel": (7, 1)}
    assert sizes[1] == sizes[0] | {"MLP_0/Dense_1/kernel": (7, 7)}
    cut = again["params"]["MLP_0"]["Dense_0"]
    cut["kernel"] = jnp.zeros_like(cut["kernel"])
    model = StateActionValue((5, 7), reinject_action=True)
    assert not np.allclose(model.apply(again, X, NOISE), model.apply(again, X, NOISE + 1)), "through the second layer"


def test_dropout_needs_a_key_and_drops_the_asked_share():
    dropping, plain = MLP((2000,), dropout=0.25), MLP((2000,))
    params = _filled(plain, X)
    np.testing.assert_array_equal(dropping.apply(params, X), plain.apply(params, X))
    kept = np.asarray(dropping.apply(params, X, rngs={"dropout": jax.random.key(0)}))
    whole = np.asarray(plain.apply(params, X))
    dropped = (whole > 0) & (kept == 0)
    assert dropped.sum() / (whole > 0).sum() == pytest.approx(0.25, abs=0.02)
    np.testing.assert_allclose(kept[~dropped], whole[~dropped] / 0.75, rtol=1e-5)


def test_heads_drop_different_values_and_equal_keys_the_same():
    model = CriticHeads((50,), 2, dropout=0.5)
    params = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf[:1], leaf.shape), _filled(model, X, NOISE))
    first, again, other = (model.apply(params, X, NOISE, rngs={"dropout": jax.random.key(k)}) for k in (0, 0, 1))
    assert not np.allclose(first[0], first[1]), "equal parameters, other values dropped"
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_without_dropout_a_key_changes_nothing():
    model = CriticHeads((5,), 2)
    params = _filled(model, X, NOISE)
    with_key = model.apply(params, X, NOISE, rngs={"dropout": jax.random.key(0)})
    np.testing.assert_array_equal(with_key, model.apply(params, X, NOISE))
