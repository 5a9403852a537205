"""openpi's policy made steerable: what is passed on, what is pooled, what is refused."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from doubles import openpi_package
from doubles.openpi_package import IMAGE_TOKENS, PROMPT_TOKENS, A, D, H

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, InvalidRequest, SteeringUnsupported
from dsrl_core.policy.backends import openpi_local
from dsrl_core.policy.base import check_policy, infer_many, make_policy
from dsrl_core.policy.embodiments import libero
from dsrl_core.policy.server.openpi import OpenpiPolicy, check_like, embodiment_of, load_openpi
from dsrl_core.types import Observation, PolicySpec

NOISE = np.random.default_rng(0).standard_normal((H, D)).astype(np.float32)
STATE = np.linspace(0.5, 1.5, 8, dtype=np.float32)
LOCAL = (
    "policy.kind=openpi_local",
    "policy.endpoint=checkpoint",
    "policy.options.config=pi0_libero",
    "policy.options.embodiment=libero",
    f"policy.horizon={H}",
    f"policy.noise_dim={D}",
    f"policy.execute={H}",
    "policy.feature_dim=3",
)


@pytest.fixture(autouse=True)
def _openpi() -> Iterator[None]:
    with openpi_package.installed():
        yield


@pytest.fixture
def policy() -> OpenpiPolicy:
    return load_openpi("checkpoint", "pi0_libero")


def read_only(request: dict[str, object]) -> dict[str, object]:
    for value in request.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return request


def test_shapes_come_from_the_model_and_from_a_first_inference(policy: OpenpiPolicy):
    assert policy.spec == PolicySpec((H, D), (H, A), 3)
    assert policy.metadata == {"reset_pose": [0, 1], "config": "pi0_libero", "embodiment": "libero"}


def test_noise_decides_the_chunk(policy: OpenpiPolicy):
    seen = read_only(libero.example())
    actions = policy.infer(seen, NOISE)
    np.testing.assert_allclose(actions, NOISE[:, :A] * seen["observation/state"][:A], rtol=1e-6)  # type: ignore[index]
    assert actions.dtype == np.float32
    assert actions.flags.writeable


def test_many_noises_give_the_chunks_of_one_by_one_and_the_observation_is_looked_at_once(policy: OpenpiPolicy):
    noises, seen = np.stack([NOISE, -NOISE, 2 * NOISE]), {**libero.example(), "observation/state": STATE}
    before = policy._policy.seen
    chunks = policy.infer_many(read_only(seen), noises)
    policy.infer_many(seen, noises)
    assert policy._policy.seen == before + 1
    np.testing.assert_allclose(chunks, [policy.infer(seen, noise) for noise in noises], rtol=1e-6)
    other = policy.infer_many({**seen, "observation/state": 2 * STATE}, np.repeat(noises, 30, axis=0))
    np.testing.assert_allclose(other, 2 * np.repeat(chunks, 30, axis=0), rtol=1e-6)
    assert policy.many
    assert policy.one_at_a_time == ""
    for wrong in (noises * np.nan, noises[:, :3], np.zeros((policy.many + 1, 1, D))):
        with pytest.raises(InvalidRequest, match="noises must"):
            policy.infer_many(seen, wrong)
    with pytest.raises(InvalidRequest, match="observation/state"):
        policy.infer_many({**seen, "observation/state": STATE[:3]}, noises)


def test_where_openpi_decodes_otherwise_or_in_pytorch_noises_are_decoded_one_by_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    with monkeypatch.context() as patch:
        patch.setattr(openpi_package.Model, "action_out_proj", lambda self, out: 0.1 * out)
        other = load_openpi("checkpoint", "pi0_libero")
        assert "other chunks than openpi's" in caplog.text
    monkeypatch.setattr(openpi_package.Policy, "_is_pytorch_model", True)
    torch = load_openpi("checkpoint", "pi0_libero")
    for policy in (other, torch):
        assert policy.many == 0
        with pytest.raises(InvalidRequest, match=r"pi0_libero: one noise is decoded at a time.*for jax"):
            policy.infer_many(libero.example(), NOISE[None])
    assert other.infer(libero.example(), NOISE).shape == (H, A)


def test_the_prefix_is_pooled_over_its_last_token_or_its_real_ones(policy: OpenpiPolicy):
    seen = {**libero.example(), "prompt": "two words"}
    image = seen["observation/image"].astype(np.float64).mean(axis=(0, 1)) / 255
    real = (IMAGE_TOKENS * image + 2 * 2.0) / (IMAGE_TOKENS + 2)
    padded = (IMAGE_TOKENS * image + 2 * 2.0) / (IMAGE_TOKENS + PROMPT_TOKENS)
    np.testing.assert_allclose(policy.prefix_rep(read_only(seen), "mean"), 2 * real, rtol=1e-5)
    np.testing.assert_allclose(policy.prefix_rep(seen, "last"), 2 * padded, rtol=1e-5)


def test_a_prompt_may_come_from_the_server():
    request = {key: value for key, value in libero.example().items() if key != "prompt"}
    policy = load_openpi("checkpoint", "pi0_libero", prompt="one two three")
    assert policy.infer(request, NOISE).shape == (H, A)


def test_an_observation_that_does_not_fit_is_refused_before_openpi_sees_it(policy: OpenpiPolicy):
    good = libero.example()
    wrong = {
        "observation/state is missing": {k: v for k, v in good.items() if k != "observation/state"},
        "observation/image must be uint8": {**good, "observation/image": good["observation/image"][:100]},
        "observation/state must be float32": {**good, "observation/state": np.zeros(8, np.int64)},
        "observation/wrist_image must be": {**good, "observation/wrist_image": "none"},
        "prompt must be str": {**good, "prompt": 3},
    }
    for message, observation in wrong.items():
        with pytest.raises(InvalidRequest, match=message):
            policy.infer(observation, NOISE)
    with pytest.raises(InvalidRequest, match="images/cam_high is missing"):
        check_like({"images": {}}, {"images": {"cam_high": np.zeros(2)}})
    with pytest.raises(InvalidRequest, match="images must be a map of cam_high"):
        check_like({"images": 1}, {"images": {"cam_high": np.zeros(2)}})


def test_fast_is_refused_with_the_reason():
    with pytest.raises(SteeringUnsupported, match=r"token by token, from no noise.*pi0_libero"):
        load_openpi("checkpoint", "pi0_fast_libero")


def test_names_that_are_unknown():
    with pytest.raises(ConfigError, match="no configuration 'pi9_libero'"):
        load_openpi("checkpoint", "pi9_libero")
    with pytest.raises(ConfigError, match="missing cannot be loaded as pi0_libero"):
        load_openpi("missing", "pi0_libero")
    with pytest.raises(ConfigError, match="say which with --embodiment: aloha, droid, libero"):
        load_openpi("checkpoint", "pi0_shelf")
    assert [embodiment_of(name) for name in ("pi05_droid", "pi0_aloha_sim")] == ["droid", "aloha"]
    assert load_openpi("checkpoint", "pi0_shelf", embodiment="libero").spec.noise_shape == (H, D)


def test_without_openpi_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "openpi"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigError, match=r"openpi is not installed.*git clone.*docs/how-to/pi0\.md"):
        load_openpi("checkpoint", "pi0_libero")
    with pytest.raises(ConfigError, match="openpi is not installed"):
        check_policy(libero_platform())


def libero_platform(*settings: str):
    return load_run("libero", "test", 0, [*LOCAL, *settings]).platform


def test_in_process_it_is_a_policy_like_any_other():
    platform = libero_platform()
    check_policy(platform)
    policy = make_policy(platform)
    rng = np.random.default_rng(0)
    images = {name: rng.integers(0, 256, (64, 64, 3), np.uint8) for name in ("agentview", "wrist")}
    seen = Observation(0, images, np.arange(8, dtype=np.float32), "go")
    np.testing.assert_allclose(policy.infer(seen, NOISE), NOISE[:, :A] * np.arange(A), rtol=1e-6)
    assert policy.features(seen).shape == (3,)  # type: ignore[attr-defined]
    many = np.repeat(NOISE[None], 300, axis=0)  # more than openpi's wrapper takes at once
    np.testing.assert_allclose(infer_many(policy, seen, many)[299], policy.infer(seen, NOISE), rtol=1e-6)
    for wrong in (NOISE[:2], NOISE * np.nan):
        with pytest.raises(InvalidRequest, match="noise must"):
            policy.infer(seen, wrong)
    policy.close()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("policy.horizon=8", r"pi0_libero takes noise of \(4, 8\); the contract asks for \(8, 8\)"),
        ("policy.options.config=pi0_fast_libero", "cannot be steered"),
        ('policy.config=""', r"needs policy\.options\.config"),
        ("policy.options.embodiment=plain", r"needs policy\.options\.config"),
        ("policy.options.embodiment=droid", "needs 8 values; action.names has 7"),
    ],
)
def test_a_contract_that_does_not_fit_is_refused_before_anything_is_loaded(setting: str, message: str):
    with pytest.raises((ConfigError, SteeringUnsupported), match=message):
        openpi_local.check(libero_platform(setting))
