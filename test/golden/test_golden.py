"""The learner reproduces the reference, and the check that says so can say no."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check
import numpy as np
import pytest
import synthetic
from golden_file import Golden, GoldenError
from reproduce import Numbers, reproduce

from dsrl_core.algorithms.shared.keys import split_keys
from dsrl_core.networks.encoders import cnn

FILE = Path(__file__).with_name("learner_mean_1cam.npz")
REAL_ROBOT: dict[str, Any] = {
    "encoder": "small",
    "cnn_features": [4, 4],
    "cnn_strides": [2, 1],
    "cnn_padding": "VALID",
    "latent_dim": 5,
    "hidden_dims": [8, 8],
    "num_qs": 3,
    "critic_reduction": "min",
    "actor_lr": 1e-3,
    "critic_lr": 3e-3,
    "temperature_lr": 3e-4,
    "tau": 0.01,
    "crop_padding": 2,
    "color_jitter": True,
    "augment_next": True,
    "action_magnitude": 2.5,
    "noise_dim": 3,
    "state_dim": 2 + 5,
    "num_cameras": 3,
    "image_size": 14,
    "target_entropy": 0.0,
}


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden.load(FILE)


@pytest.fixture(scope="module", params=[True, False], ids=["compiled code", "XLA"])
def actual(golden: Golden, request: pytest.FixtureRequest) -> Iterator[Numbers]:
    """What the learner makes of it, its convolutions computed in either way."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cnn, "usable", lambda features: asked.append(features) or request.param)
        yield reproduce(golden)
    assert asked, "an earlier compilation was used"


@pytest.fixture(scope="module")
def real_robot() -> Numbers:
    return synthetic.make(REAL_ROBOT)


def _failed(golden: Golden, actual: Numbers) -> set[str]:
    return {finding.group for finding in check.compare(golden, actual) if not finding.passed}


def _changed(golden: Golden, **changes: Any) -> Golden:
    """The file with the entries below each prefix replaced by what a function makes of (name, value)."""
    arrays = dict(golden.arrays)
    for prefix, change in changes.items():
        for name in golden.arrays:
            if name.startswith(prefix):
                arrays[name] = change(name, golden[name])
    return Golden(arrays)


def test_every_number_of_the_reference_is_reproduced(golden: Golden, actual: Numbers):
    assert _failed(golden, actual) == set()
    assert [name for name in check.absent(golden, actual) if not name.startswith("full/target_critic/")] == []
    assert check.unchecked(golden, actual) == []


def test_the_learner_draws_in_the_order_of_the_reference(golden: Golden):
    keys, _ = golden.full_keys()
    assert all((a == b).all() for a, b in zip(keys, split_keys(golden.key("full/rng_in")), strict=True))


@pytest.mark.parametrize("part", ["actor", "critic", "target_critic", "temp"])
def test_unchanged_parameters_fail(golden: Golden, actual: Numbers, part: str):
    unchanged = _changed(golden, **{f"after/{part}/": lambda name, _: golden[name.replace("after/", "params/")]})
    assert _failed(unchanged, actual) == {"after"}


@pytest.mark.parametrize("part", ["actor", "critic", "temp"])
def test_an_update_that_changes_nothing_fails(golden: Golden, actual: Numbers, part: str):
    unchanged = _changed(golden, **{f"full/{part}/": lambda name, _: golden[name.replace("full/", "params/")]})
    assert _failed(unchanged, actual) == {f"full/{part}"}


def test_a_learner_that_changes_nothing_fails(golden: Golden, actual: Numbers):
    idle = {
        name: golden["params/" + name.split("/", 1)[1]] if name.startswith(("after/", "full/")) else value
        for name, value in actual.items()
        if "params/" + name.split("/", 1)[1] in golden or not name.startswith(("after/", "full/"))
    }
    assert {"after", "full/actor", "full/critic", "full/temp"} <= _failed(golden, idle)


@pytest.mark.parametrize("part", ["actor", "critic", "target_critic"])
def test_sign_flipped_parameters_fail(golden: Golden, part: str):
    flipped = _changed(golden, **{f"params/{part}/": lambda _, value: -value})
    assert {"out", "after"} <= _failed(flipped, reproduce(flipped))


@pytest.mark.parametrize("group", ["out", "grad/critic", "grad/actor", "after", "full/actor", "full/critic"])
def test_sign_flipped_results_fail(golden: Golden, actual: Numbers, group: str):
    flipped = _changed(golden, **{group: lambda _, value: -value})
    assert group in _failed(flipped, actual)


@pytest.mark.parametrize("group", ["in/critic_eps", "out/q_batch", "after/critic/Dense_0", "full/info/entropy"])
def test_what_is_not_finite_fails(golden: Golden, actual: Numbers, group: str):
    broken = _changed(golden, **{group: lambda _, value: value * np.float32("nan")})
    assert len(_failed(broken, actual)) == 1


def test_one_wrong_pixel_of_the_crop_and_two_levels_of_jitter_fail(golden: Golden, actual: Numbers):
    def off(by: int) -> Any:
        return lambda _, value: np.where(np.arange(value.size).reshape(value.shape) == 7, value ^ by, value)

    assert _failed(_changed(golden, **{"aug/crop": off(1)}), actual) == {"aug/crop"}
    assert _failed(_changed(golden, **{"aug/jitter": off(16)}), actual) == {"aug/jitter"}


def test_another_configuration_is_read_from_the_file(real_robot: Numbers, tmp_path: Path, capsys: Any):
    np.savez(tmp_path / "other.npz", **real_robot)
    assert check.main([str(tmp_path / "other.npz")]) == 0
    assert "full/info" in capsys.readouterr().out
    shapes, preset = Golden(real_robot).shapes(), Golden(real_robot).preset()
    assert (shapes.cameras, shapes.state_dim, preset.network.num_qs) == (3, 7, 3)
    assert (preset.sac.critic_reduction, preset.sac.target_entropy) == ("min", 0.0)


def test_jitter_may_be_off(real_robot: Numbers):
    off = synthetic.make(REAL_ROBOT | {"color_jitter": False}, keys=("full/rng_in",))
    assert _failed(Golden(off), reproduce(Golden(off))) == set()
    assert "full/critic" in {finding.group for finding in check.compare(Golden(off), off)}
    assert (off["full/critic/Dense_0/kernel"] != real_robot["full/critic/Dense_0/kernel"]).any()


def test_the_heads_may_be_reduced_either_way(golden: Golden, actual: Numbers):
    config = str(golden.arrays["meta/config"]).replace('"mean"', '"min"')
    wanted = {name: value for name, value in golden.arrays.items() if not name.startswith(("full/", "aug/"))}
    other = reproduce(Golden(wanted | {"meta/config": np.asarray(config)}))
    assert {"out", "grad/critic", "grad/actor", "after"} <= _failed(golden, other)


def test_absent_entries_are_named_and_the_rest_is_checked(golden: Golden, tmp_path: Path, capsys: Any):
    present = {name: value for name, value in golden.arrays.items() if not name.startswith(("full/", "aug/", "grad/"))}
    np.savez(tmp_path / "part.npz", **present)
    assert check.main([str(tmp_path / "part.npz")]) == 0
    printed = capsys.readouterr().out
    assert "absent: aug/key, full/rng_in, grad/actor/*, grad/critic/*\n" in printed
    assert {finding.group for finding in check.compare(Golden(present), reproduce(Golden(present)))} == {
        "in",
        "out",
        "after",
    }


def test_what_cannot_be_checked_is_said(golden: Golden, tmp_path: Path, capsys: Any):
    with pytest.raises(GoldenError, match="encoder='resnet'"):
        Golden({"meta/config": np.asarray('{"encoder": "resnet"}')})
    with pytest.raises(GoldenError, match="no action_magnitude"):
        Golden({"meta/config": np.asarray("{}")})
    with pytest.raises(GoldenError, match="asks for"):
        Golden(golden.arrays | {"params/actor/Dense_0/bias": np.zeros(3, np.float32)}).state()
    shutil.copy(__file__, tmp_path / "no.npz")
    assert check.main([str(tmp_path / "no.npz")]) == 2
    np.savez(tmp_path / "empty.npz", a=np.zeros(1))
    assert check.main([str(tmp_path / "empty.npz")]) == 2
    assert "meta/config is missing" in capsys.readouterr().err
