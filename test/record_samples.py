"""Episodes to record: small fixed ones, and any that the type allows."""

import dataclasses
from typing import Any

import builders
import numpy as np
from hypothesis import strategies as st

from dsrl_core.types import Episode, NoiseSource, Purpose


def make_episode(number: int = 3, n: int = 4, size: int = 32, **changes: Any) -> Episode:
    """n decisions of two steps each, one camera of `size` pixels, success at the end."""
    own: dict[str, Any] = {
        "run_id": "reach_s0",
        "seed": 2**64 - 1 - number,
        "stamps_ns": np.arange(n + 1, dtype=np.int64) * 200_000_000,
        "noise_sources": (NoiseSource.ACTOR_SAMPLE,) * n,
        "params_versions": np.full(n, 7, np.int64),
        "actions": np.random.default_rng(number).normal(size=(2 * n, 2)).astype(np.float32),
        "n_executed": np.full(n, 2, np.int32),
        "rewards": np.append(np.full(n - 1, -1), 0).astype(np.float32),
        "terminated": True,
        "truncated": False,
        "success": True,
    }
    shapes = dataclasses.replace(builders.SHAPES, image_size=size, state_dim=3)
    return builders.make_episode(number, n, shapes, **{**own, **changes})


def assert_equal(actual: Episode, expected: Episode) -> None:
    for field in dataclasses.fields(Episode):
        got, want = getattr(actual, field.name), getattr(expected, field.name)
        if isinstance(want, np.ndarray):
            assert got.dtype == want.dtype, field.name
            assert got.shape == want.shape, field.name
            assert got.tobytes() == want.tobytes(), field.name  # bits, as NaN and -0.0 count too
        else:
            assert got == want, field.name
            assert type(got) is type(want), field.name


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    """Any shape, words of any script, every bit pattern of a float32."""
    n = draw(st.integers(1, 4))
    cameras, features, vectors = draw(st.integers(0, 3)), draw(st.integers(0, 3)), draw(st.integers(1, 3))
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    executed = np.array(draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)), np.int32)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return Episode(
        run_id=draw(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)),
        robot=draw(st.from_regex(r"[a-z][a-z0-9_]{0,8}(/[a-z][a-z0-9_]{0,8})?", fullmatch=True)),
        episode=draw(st.integers(0, 2**32 - 1)),
        purpose=draw(st.sampled_from(Purpose)),
        group=draw(st.text(max_size=10)),
        index=draw(st.integers(0, 2**32 - 1)),
        seed=draw(st.integers(0, 2**64 - 1)),
        stamps_ns=np.append(0, rng.integers(1, 2**40, n).cumsum()).astype(np.int64),
        images=rng.integers(0, 256, (n + 1, cameras, height, width, 3), np.uint8),
        states=_floats(rng, n + 1, draw(st.integers(0, 5))),
        features=_floats(rng, n + 1, features),
        noises=_floats(rng, n, vectors, draw(st.integers(1, 4))),
        noise_sources=tuple(draw(st.lists(st.sampled_from(NoiseSource), min_size=n, max_size=n))),
        params_versions=rng.integers(0, 2**40, n),
        actions=_floats(rng, int(executed.sum()), draw(st.integers(1, 5))),
        n_executed=executed,
        rewards=_floats(rng, n),
        terminated=draw(st.booleans()),
        truncated=draw(st.booleans()),
        success=draw(st.booleans()),
        dropped_before=draw(st.integers(0, 2**32 - 1)),
        actors=draw(st.sampled_from([None, rng.integers(0, 2, int(executed.sum())).astype(np.uint8)])),
        residuals=draw(st.sampled_from([None, _floats(rng, n)])),
        policy_images=draw(st.sampled_from([None, rng.integers(0, 256, (n + 1, 2, height, width, 3), np.uint8)])),
    )


def _floats(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 2**32, shape, np.uint32).view(np.float32)
