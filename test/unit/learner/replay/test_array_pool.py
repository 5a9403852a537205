"""The array pool reuses an array once nothing refers to it, and never before."""

import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsrl_core.learner.replay.array_pool import LEAST_BYTES, MOST, ArrayPool
from dsrl_core.learner.replay.frames import Rows
from dsrl_core.storage.nested import Leaf

SHAPE, BYTE = (4, LEAST_BYTES), np.dtype(np.uint8)


def test_an_unreferenced_array_is_reused():
    pool = ArrayPool()
    first = weakref.ref(pool.take(SHAPE, BYTE))
    assert pool.take((2, LEAST_BYTES), BYTE) is not first(), "another shape"
    assert pool.take(SHAPE, np.dtype(np.int8)) is not first(), "another type"
    assert pool.take(SHAPE, BYTE) is first()


@pytest.mark.parametrize("hold", [lambda a: a, lambda a: a[1:, ::2], memoryview, lambda a: {"images": a}])
def test_a_referenced_array_is_not_reused(hold):
    pool = ArrayPool()
    held = hold(pool.take(SHAPE, BYTE))
    other = pool.take(SHAPE, BYTE)
    other[:] = 1
    assert not np.shares_memory(np.asarray(held["images"] if isinstance(held, dict) else held), other)


def test_an_array_that_jax_reads_is_not_reused():
    """Its own array, and one that a computation under way still reads."""
    pool, product = ArrayPool(), jax.jit(lambda x: (x.astype(jnp.float32) @ x.T.astype(jnp.float32)).sum())
    first = pool.take(SHAPE, BYTE)
    first[:] = 1
    given, computed = jnp.asarray(first), product(first)
    del first
    pool.take(SHAPE, BYTE)[:] = 7
    assert int(given.max()) == 1
    assert float(computed) == SHAPE[0] ** 2 * SHAPE[1]


def test_small_arrays_are_not_kept_and_of_large_ones_few():
    pool = ArrayPool()
    small = weakref.ref(pool.take((2,), BYTE))
    assert small() is None
    held = [weakref.ref(array) for array in [pool.take(SHAPE, BYTE) for _ in range(MOST + 3)]]
    assert sum(array() is not None for array in held) == MOST


def test_only_batches_are_read_into_used_memory():
    rows = Rows({"image": Leaf((2**11, 2**10), BYTE)})
    kept = weakref.ref(rows.read(np.arange(2), reuse=True)["image"])
    assert kept() is not None
    assert rows.read(np.arange(2), reuse=True)["image"] is kept()
    assert rows.read(np.arange(2))["image"] is not kept()


def test_large_rows_of_several_blocks_are_read_in_order():
    layout = {"large": Leaf((300, 300, 3), BYTE), "small": Leaf((2,), np.dtype(np.float32))}
    rows, rng = Rows(layout), np.random.default_rng(0)
    number = 300  # of 270 kB: more than a block
    values = {
        "large": rng.integers(0, 256, (number, 300, 300, 3), np.uint8),
        "small": rng.random((number, 2), np.float32),
    }
    rows.write(np.arange(number), values)
    for _ in range(3):  # into memory that was used before
        picked = rng.integers(0, number, 50)
        for path, array in rows.read(picked, reuse=True).items():
            np.testing.assert_array_equal(array, values[path][picked])


@pytest.mark.parametrize("side", [4, 300])
def test_rows_that_were_never_written_are_zero(side: int):
    rows = Rows({"image": Leaf((side, side), BYTE)})
    assert not rows.read(np.zeros(3, np.int64))["image"].any()
