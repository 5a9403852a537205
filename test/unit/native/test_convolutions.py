"""The compiled convolutions are XLA's, on every kind of vector, and repeat whatever the number of threads."""

import hashlib
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.native import convolutions as native
from dsrl_core.native.convolutions import convolutions, usable
from dsrl_core.networks.encoders.cnn import xla_convolutions

Layers = list[tuple[jax.Array, jax.Array]]
SHAPES = {  # images, side, channels, features, strides
    "one layer": (1, 5, 3, (8,), (1,)),
    "reach": (5, 16, 3, (8, 16), (2, 1)),
    "widths that mix vectors": (3, 17, 6, (24, 40, 8), (1, 2, 1)),
    "strides that leave a rest": (2, 30, 9, (32, 32), (3, 2)),
    "more images than chunks": (70, 12, 3, (16, 32), (2, 1)),
}
REPORT = """
import sys
sys.path[:0] = {paths!r}
from test_convolutions import SHAPES, digest, worst
print(digest(), max(worst(*shape) for shape in SHAPES.values()))
"""


def layers(channels: int, features: tuple[int, ...]) -> Layers:
    rng, made = np.random.default_rng(0), []
    for n in features:
        kernel = rng.standard_normal((3, 3, channels, n)) / np.sqrt(9 * channels)
        made.append((jnp.asarray(kernel, jnp.float32), jnp.asarray(0.1 * rng.standard_normal(n), jnp.float32)))
        channels = n
    return made


def images(number: int, side: int, channels: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).integers(0, 256, (number, side, side, channels), np.uint8))


def outcome(apply, pixels: jax.Array, params: Layers, strides: tuple[int, ...]) -> list[jax.Array]:
    """The result, and the gradient of a smooth function of it."""
    gradient = jax.grad(lambda params: jnp.mean(jnp.sin(3.0 * apply(pixels, params, strides))))
    return [jax.jit(apply, static_argnums=2)(pixels, params, strides), *jax.tree.leaves(jax.jit(gradient)(params))]


def worst(number: int, side: int, channels: int, features: tuple[int, ...], strides: tuple[int, ...]) -> float:
    """The largest difference from XLA's, relative to the largest value."""
    pixels, params = images(number, side, channels), layers(channels, features)
    ours, theirs = (outcome(apply, pixels, params, strides) for apply in (convolutions, xla_convolutions))
    return max(float(jnp.abs(a - b).max() / jnp.abs(b).max()) for a, b in zip(ours, theirs, strict=True))


def digest() -> str:
    arrays = outcome(convolutions, images(70, 20, 3), layers(3, (32, 32)), (2, 1))
    return hashlib.sha256(b"".join(np.asarray(array).tobytes() for array in arrays)).hexdigest()


@pytest.fixture(autouse=True)
def _there() -> None:
    assert usable((8,)), "./dsrl builds it"


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_results_and_gradients_are_xlas(shape):
    assert worst(*shape) < 1e-5


@pytest.mark.parametrize("lanes", ["8", "4"])
def test_narrower_vectors_do_the_same(lanes: str):
    assert _elsewhere(DSRL_NATIVE_LANES=lanes)[1] < 1e-5


def test_results_repeat_on_one_thread_and_on_several():
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("this machine has one core")
    assert _elsewhere(command=["taskset", "-c", str(cores[0])])[0] == _elsewhere()[0] == digest()


def test_it_works_within_a_loop_and_over_a_further_axis():
    pixels, params = images(6, 12, 3), layers(3, (8, 8))
    whole = convolutions(pixels, params, (2, 1))
    parts = pixels.reshape(3, 2, *pixels.shape[1:])
    looped = jax.lax.map(lambda part: convolutions(part, params, (2, 1)), parts)
    mapped = jax.vmap(lambda part: convolutions(part, params, (2, 1)))(parts)
    np.testing.assert_array_equal(looped.reshape(whole.shape), whole)
    np.testing.assert_array_equal(mapped.reshape(whole.shape), whole)


def test_maps_between_the_layers_are_kept_for_a_gradient_only():
    pixels, params = images(2, 12, 3), layers(3, (8, 8))
    alone = str(jax.make_jaxpr(lambda params: convolutions(pixels, params, (2, 1)))(params))
    with_gradient = str(jax.make_jaxpr(jax.grad(lambda params: convolutions(pixels, params, (2, 1)).sum()))(params))
    assert "f32[2,0]" in alone
    assert f"f32[2,{5 * 5 * 8}]" in with_gradient


def test_a_number_that_is_none_does_not_get_lost():
    pixels, params = images(2, 12, 3), layers(3, (8, 8))
    broken = [(params[0][0].at[0, 0, 0, 0].set(jnp.nan), params[0][1]), params[1]]
    for apply in (convolutions, xla_convolutions):
        assert np.isnan(apply(pixels, broken, (2, 1))).any()


def test_a_batch_of_no_images_has_no_gradient():
    pixels, params = images(0, 12, 3), layers(3, (8, 8))
    result, *gradients = outcome(lambda *args: convolutions(*args).sum(), pixels, params, (2, 1))
    assert result == 0
    assert not any(np.nan_to_num(gradient).any() for gradient in gradients)


@pytest.mark.parametrize(
    ("side", "params", "features", "strides", "maps"),
    [
        (5, 7, [8], [1], 0),  # parameters
        (5, 9 * 3 * 8 + 8, [8], [1], 5),  # maps that no gradient asks for
        (5, 9 * 3 * 12 + 12, [12], [1], 0),  # channels
        (5, 9 * 3 * 8 + 8, [8], [0], 0),  # a stride
        (5, 9 * 3 * 8 + 8, [8], [1, 1], 0),  # strides
        (5, 0, [], [], 0),  # no layer
        (2, 9 * 3 * 8 + 8, [8], [1], 0),  # an image smaller than a window
    ],
)
def test_arrays_of_other_sizes_are_refused(side, params, features, strides, maps):
    shapes = [jax.ShapeDtypeStruct((1, 3, 3, 8), np.float32), jax.ShapeDtypeStruct((1, maps), np.float32)]
    call = jax.ffi.ffi_call(native.FORWARD, shapes)
    with pytest.raises(jax.errors.JaxRuntimeError, match="do not have the sizes"):
        call(images(1, side, 3), jnp.zeros(params), features=np.int64(features), strides=np.int64(strides))


def test_a_gradient_without_the_maps_between_is_refused():
    sizes = {"features": np.array([8, 8]), "strides": np.array([1, 1])}
    params, y = jnp.zeros(9 * 3 * 8 + 8 + 9 * 8 * 8 + 8), jnp.zeros((1, 8, 8, 8))
    call = jax.ffi.ffi_call(native.BACKWARD, jax.ShapeDtypeStruct(params.shape, np.float32))
    with pytest.raises(jax.errors.JaxRuntimeError, match="do not have the sizes"):
        call(images(1, 12, 3), params, y, jnp.zeros((1, 0)), y, **sizes)


def test_what_it_cannot_do_is_said():
    assert not usable((8, 12)), "channels are a multiple of the narrowest vector"
    assert not usable(())
    with pytest.raises(RuntimeError, match=r"cannot do layers of \(12,\) channels"):
        convolutions(images(1, 5, 3), layers(3, (12,)), (1,))


def _elsewhere(command: list[str] | None = None, **environment: str) -> tuple[str, float]:
    """Digest and worst difference in a process of its own."""
    program = REPORT.format(paths=[os.path.dirname(__file__), *sys.path])
    done = subprocess.run(
        [*(command or []), sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found, difference = done.stdout.split()
    return found, float(difference)
