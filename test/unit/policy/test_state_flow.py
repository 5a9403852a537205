"""Published flow policies on the state: their file, the midpoint rule, and what is said of missing weights."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.policy.base import Policy, make_decoder, make_policy
from dsrl_core.reversal.base import EXACT, make_reverser
from dsrl_core.types import Observation

VARIABLE = "PANDA_PICK_POLICY"
STATE = np.linspace(-1, 1, 10).astype(np.float32)
SIZES = (43, 16, 16, 16, 32)


def write(path: Path, change: dict[str, np.ndarray] | None = None, scale: float = 0.3) -> Path:
    """Weights as those that are published, but small."""
    rng, arrays = np.random.default_rng(0), dict[str, np.ndarray]()
    for i, (inputs, outputs) in enumerate(pairwise(SIZES)):
        arrays[f"fm1003.w{i}"] = (scale * rng.standard_normal((inputs, outputs))).astype(np.float32)
        arrays[f"fm1003.b{i}"] = rng.standard_normal(outputs).astype(np.float32)
    arrays = {name: array for name, array in {**arrays, **(change or {})}.items() if array.size}
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write(tmp_path / "weights.npz")
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def make(*settings: str) -> Policy:
    return make_policy(load_run("panda_pick", "test", overrides=settings).platform)


def seen(state: np.ndarray = STATE) -> Observation:
    return Observation(0, {}, state, "")


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((8, 4)).astype(np.float32)


def by_hand(path: Path, x: np.ndarray, steps: int) -> np.ndarray:
    """The midpoint rule in float64."""
    from math import erf

    with np.load(path) as file:
        layers = [(file[f"fm1003.w{i}"].astype(float), file[f"fm1003.b{i}"].astype(float)) for i in range(4)]
    gelu = np.vectorize(lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2))))

    def velocity(x: np.ndarray, t: float) -> np.ndarray:
        y = np.concatenate([x, STATE, [t]])
        for i, (w, b) in enumerate(layers):
            y = y @ w + b
            y = gelu(y) if i < 3 else y
        return y

    x = x.reshape(-1).astype(float)
    for i in range(steps):
        half = x + velocity(x, i / steps) / (2 * steps)
        x = x + velocity(half, (i + 0.5) / steps) / steps
    return x.reshape(8, 4)


@pytest.mark.parametrize("steps", [1, 10])
def test_a_chunk_is_the_midpoint_rules(weights: Path, steps: int) -> None:
    policy = make(f"policy.options.steps={steps}")
    np.testing.assert_allclose(policy.infer(seen(), noise()), by_hand(weights, noise(), steps), rtol=1e-3, atol=1e-4)


def test_many_noises_at_once_and_the_decoder_give_the_same_chunks(weights: Path) -> None:
    platform = load_run("panda_pick", "test").platform
    policy, decoder = make_policy(platform), make_decoder(platform)
    one = policy.infer(seen(), noise())
    many = policy.infer_many(seen(), np.stack([noise(1), noise()]))  # type: ignore[attr-defined]
    np.testing.assert_allclose(many[1], one, rtol=1e-5, atol=1e-6)
    context = decoder.encode(np.zeros((1, 0, 1, 1, 3), np.uint8), STATE[None])  # type: ignore[arg-type]
    np.testing.assert_allclose(decoder.decode(context, noise()[None])[0], one, rtol=1e-5, atol=1e-6)  # type: ignore[arg-type]
    assert decoder.context_dim == 10


def test_a_flow_that_diverges_is_answered_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path / "wild.npz", scale=1e4)))
    assert not np.isfinite(make().infer(seen(), noise())).all()


def test_unsound_inputs_are_refused(weights: Path) -> None:
    policy = make()
    with pytest.raises(InvalidRequest, match="noise"):
        policy.infer(seen(), np.zeros((1, 4), np.float32))
    with pytest.raises(InvalidRequest, match=r"state must be float32\[10\]"):
        policy.infer(seen(STATE[:9]), noise())


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=f"the environment variable {VARIABLE} is not set; set it to the file"):
        make()


def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.npz"))
    with pytest.raises(ConfigError, match=r"none\.npz are missing"):
        make()
    (tmp_path / "text.npz").write_text("no weights")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "text.npz"))
    with pytest.raises(ConfigError, match="is no npz of flow policies"):
        make()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fm1003.w2": np.zeros(0)}, "layer w2 is missing"),
        ({"fm1003.b1": np.full(16, np.nan, np.float32)}, "all layers must be finite float32"),
        ({"fm1003.w1": np.zeros((9, 16), np.float32)}, "do not fit together"),
        ({"fm1003.w0": np.zeros((40, 16), np.float32)}, r"the weights take and give \(40, 32\) values"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, np.ndarray], message: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path / "weights.npz", change)))
    with pytest.raises(ConfigError, match=message):
        make()


def test_a_checkpoint_that_is_not_there_is_refused_with_those_that_are(weights: Path) -> None:
    with pytest.raises(ConfigError, match=r"policy\.options\.checkpoint='1009' is unknown; .*1003"):
        make("policy.options.checkpoint='1009'")


def test_noise_is_found_behind_its_chunks_without_a_camera(weights: Path) -> None:
    config = load_run("panda_pick", "test")
    policy, played = make_policy(config.platform), np.array([[0.2, -0.3, 0.1, 0.4]], np.float32)
    chunk = policy.infer(seen(), np.repeat(played, 8, axis=0))
    found = make_reverser(config, policy, "levenberg_marquardt", EXACT).reverse(seen(), chunk)
    np.testing.assert_allclose(found.noise, played, atol=1e-3)


@pytest.mark.parametrize("stds", ["1 2", "1 1 1 0", "1 1 1 a"])
def test_deviations_of_its_actions_must_fit(weights: Path, stds: str) -> None:
    with pytest.raises(ConfigError, match="action_std"):
        make(f"policy.options.action_std={stds}")
