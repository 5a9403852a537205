"""A block of gradient steps in one dispatch gives the numbers of single steps, to 1e-5.

Both are compiled by themselves, so that XLA may fuse and round differently: the last bits differ.
"""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from learner_samples import make_config, make_episode

from dsrl_core.learner.devices.dispatch import block_steps
from dsrl_core.learner.devices.placement import ONE_DEVICE
from dsrl_core.learner.learner import Learner
from dsrl_core.learner.replay.frames import Frames
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.storage.nested import Leaf

TOLERANCE = 1e-5


def _trained(steps_per_dispatch: int, **changes: Any) -> tuple[Learner, int]:
    """Trained on eight episodes, more than are kept; with the number of dispatches."""
    learner = Learner(make_config({"steps_per_dispatch": steps_per_dispatch, "replay_capacity": 12, **changes}))
    dispatches = 0
    for number in range(8):
        learner.ingest(make_episode(number, 1 + number % 4, terminated=number == 5))
        while learner.gradient_steps_due:
            learner.advance()
            dispatches += 1
    return learner, dispatches


def _assert_close(actual: Learner, expected: Learner) -> None:
    assert actual.gradient_steps == expected.gradient_steps == int(actual.state.step)
    for a, b in zip(jax.tree.leaves(actual.state), jax.tree.leaves(expected.state), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=TOLERANCE, atol=TOLERANCE)
    assert dict(actual.metrics) == pytest.approx(dict(expected.metrics), rel=1e-4, abs=1e-5)


@pytest.fixture(scope="module")
def single() -> Learner:
    learner, dispatches = _trained(1)
    assert dispatches == learner.gradient_steps
    return learner


@pytest.mark.parametrize("steps", [2, 3])
def test_blocks_and_a_remainder_of_single_steps_give_the_same_numbers(single: Learner, steps: int):
    learner, dispatches = _trained(steps)
    assert dispatches < single.gradient_steps
    _assert_close(learner, single)
    moved = jax.tree.leaves(single.state.actor)[0] - jax.tree.leaves(Learner(make_config()).state.actor)[0]
    assert float(np.abs(moved).max()) > 100 * TOLERANCE, "the tolerance is far below what was learned"


def test_demonstrations_are_in_the_blocks_too(tmp_path: Path):
    replay = Replay(10, Learner(make_config()).shapes, 0.9)
    replay.add(make_episode(70, 6))
    replay.save(tmp_path / "of.replay")
    shown = {"replay": {"demonstrations": str(tmp_path / "of.replay"), "demonstration_ratio": 0.5}}
    _assert_close(_trained(2, **shown)[0], _trained(1, **shown)[0])


def test_warming_up_changes_nothing(single: Learner):
    learner = Learner(make_config({"steps_per_dispatch": 3, "replay_capacity": 12}))
    before = learner.params_sha256()
    learner.warm_up()
    assert (learner.params_sha256(), learner.gradient_steps) == (before, 0)


def test_a_cpu_takes_single_steps_unless_asked():
    assert jax.default_backend() == "cpu"
    assert block_steps(make_config().preset) == 1
    assert block_steps(make_config({"steps_per_dispatch": 5}).preset) == 5


def test_the_frames_on_the_device_are_those_in_memory():
    from dsrl_core.learner.devices.dispatch import DeviceFrames

    frames = Frames({"x": Leaf((2,), np.dtype(np.float32))})
    resident = DeviceFrames(frames, 4, ONE_DEVICE)
    held: list[np.ndarray] = []
    for number in range(30):
        n = 1 + number % 5
        held.append(frames.add({"x": np.full((n, 2), number, np.float32)}))
        if number % 3 == 2:
            frames.remove(held.pop(0))
        if number % 4 == 3:
            everything = np.concatenate(held)
            np.testing.assert_array_equal(
                np.asarray(resident.sync()["x"])[everything], frames.rows.read(everything)["x"]
            )
