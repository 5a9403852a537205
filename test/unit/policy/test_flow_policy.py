"""The policy from a file: what it refuses, that it repeats itself, and that its file survives a round trip."""

import dataclasses
import json

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.policy.backends import flow, null
from dsrl_core.policy.base import make_decoder, make_policy
from dsrl_core.policy.flow import policy as flow_policy
from dsrl_core.policy.flow.network import Architecture, init
from dsrl_core.policy.flow.weights import FlowWeights, Normalisation, load_weights, save_weights
from dsrl_core.types import Observation

ARCH = Architecture(
    image_shape=(64, 64, 1),
    state_dim=2,
    action_dim=2,
    horizon=10,
    channels=(4,),
    strides=(4,),
    spatial_softmax=True,
    hidden=16,
    blocks=1,
    flow_steps=10,
)


def weights(arch=ARCH, seed=0):
    rng = np.random.default_rng(seed)
    params = {name: 0.3 * rng.standard_normal(v.shape).astype(np.float32) for name, v in init(arch, seed).items()}
    one = np.ones(2, np.float32)
    return FlowWeights(("front",), arch, Normalisation(0 * one, one, 2 * one, 0.5 * one), params, "by hand")


def observation(seed=0):
    rng = np.random.default_rng(seed)
    images = {"front": rng.integers(0, 256, (64, 64, 3), np.uint8)}
    return Observation(0, images, rng.standard_normal(2).astype(np.float32))


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal((10, 2)).astype(np.float32)


def platform(endpoint):
    return load_run("reach", "test", overrides=[f"policy.endpoint={endpoint}"]).platform


def test_equal_inputs_give_equal_chunks_and_noise_matters():
    policy = flow_policy.FlowPolicy(weights())
    first = policy.infer(observation(), noise())
    assert first.shape == policy.spec.action_shape == (10, 2)
    assert first.dtype == np.float32
    assert first.flags.writeable
    assert first.tobytes() == flow_policy.FlowPolicy(weights()).infer(observation(), noise()).tobytes()
    assert np.abs(first - policy.infer(observation(), noise(1))).max() > 1e-4
    assert np.abs(first - policy.infer(observation(1), noise())).max() > 1e-4


def test_a_chunk_is_in_the_units_of_the_actions():
    still = weights()
    silent = dataclasses.replace(still, params={name: 0 * value for name, value in still.params.items()})
    np.testing.assert_allclose(flow_policy.FlowPolicy(silent).infer(observation(), noise()), 2.0, rtol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 2), np.float32),
        np.zeros((10, 3), np.float32),
        np.zeros((10, 2), np.float64),
        np.full((10, 2), np.nan, np.float32),
        np.full((10, 2), np.inf, np.float32),
    ],
    ids=["one vector", "too wide", "double", "nan", "infinite"],
)
def test_wrong_noise_is_refused(wrong):
    with pytest.raises(InvalidRequest, match="noise"):
        flow_policy.FlowPolicy(weights()).infer(observation(), wrong)


def test_a_wrong_observation_is_refused():
    policy, good = flow_policy.FlowPolicy(weights()), observation()
    for broken in (
        dataclasses.replace(good, images={}),
        dataclasses.replace(good, images={"front": np.zeros((32, 64, 3), np.uint8)}),
        dataclasses.replace(good, images={"front": np.zeros((64, 64, 3), np.float32)}),
        dataclasses.replace(good, state=np.zeros(3, np.float32)),
    ):
        with pytest.raises(InvalidRequest):
            policy.infer(broken, noise())


def test_the_file_gives_back_what_was_saved(tmp_path):
    saved = weights()
    save_weights(saved, tmp_path / "w.npz")
    loaded = load_weights(tmp_path / "w.npz")
    assert loaded.architecture == saved.architecture
    assert loaded.cameras == saved.cameras
    assert loaded.command == saved.command
    assert all(loaded.params[name].tobytes() == value.tobytes() for name, value in saved.params.items())
    assert list(tmp_path.iterdir()) == [tmp_path / "w.npz"]


def test_the_file_holds_no_pickle(tmp_path):
    save_weights(weights(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        assert json.loads(str(file["about"]))["command"] == "by hand"
        assert all(not file[name].dtype.hasobject for name in file.files)


def test_missing_and_damaged_files_are_configuration_errors(tmp_path):
    with pytest.raises(ConfigError, match="train-base reach"):
        load_weights(tmp_path / "reach.npz")
    with pytest.raises(ConfigError, match=r"policy\.endpoint"):
        load_weights(tmp_path / "nothing_makes_this.npz")
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(ConfigError, match="not a flow policy"):
        load_weights(tmp_path / "text.npz")
    save_weights(weights(), tmp_path / "cut.npz")
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError):
        load_weights(tmp_path / "cut.npz")


def test_arrays_that_do_not_fit_the_architecture_are_named(tmp_path):
    good = weights()
    for params, named in (
        ({**good.params, "in.w": good.params["in.w"][1:]}, "in.w"),
        ({k: v for k, v in good.params.items() if k != "out.b"}, "out.b"),
        ({**good.params, "extra": np.zeros(1, np.float32)}, "extra"),
        ({**good.params, "out.b": good.params["out.b"] * np.float32(np.nan)}, "out.b"),
    ):
        save_weights(dataclasses.replace(good, params=params), tmp_path / "w.npz")
        with pytest.raises(ConfigError, match=named):
            load_weights(tmp_path / "w.npz")


def test_weights_of_another_contract_are_refused(tmp_path):
    save_weights(weights(dataclasses.replace(ARCH, horizon=8)), tmp_path / "w.npz")
    with pytest.raises(ConfigError, match=r"policy\.horizon"):
        flow.make(platform(tmp_path / "w.npz"))
    save_weights(weights(), tmp_path / "w.npz")
    assert flow.make(platform(tmp_path / "w.npz")).spec.noise_shape == (10, 2)


def test_the_base_policy_of_reach_fits_its_contract():
    policy = make_policy(load_run("reach", "test").platform)
    assert np.isfinite(policy.infer(observation(), noise())).all()


def test_null_answers_zero_and_checks_noise():
    policy = null.make(load_run("reach", "test").platform)
    assert not policy.infer(observation(), noise()).any()
    with pytest.raises(InvalidRequest):
        policy.infer(observation(), noise()[:1])
    with pytest.raises(InvalidRequest):
        policy.infer(observation(), np.full((10, 2), np.nan, np.float32))


def test_null_holds_joint_targets_where_they_are():
    platform = load_run("aloha", "test").platform
    policy = null.make(platform)
    low, high = platform.action.bounds()
    state = np.linspace(0.1, 0.9, platform.state_dim, dtype=np.float32)
    chunk = policy.infer(Observation(0, {}, state), np.zeros(policy.spec.noise_shape, np.float32))
    np.testing.assert_array_equal(chunk, np.tile(np.clip(state, low, high), (platform.policy.horizon, 1)))


def test_a_decoder_gives_the_chunks_of_the_policy_in_a_batch(tmp_path):
    save_weights(weights(), tmp_path / "w.npz")
    contract = platform(tmp_path / "w.npz")
    policy, decoder = flow.make(contract), make_decoder(contract)
    seen, noises = [observation(seed) for seed in range(3)], np.stack([noise(seed) for seed in range(3)])
    images = np.stack([each.images["front"][None] for each in seen])
    context = decoder.encode(images, np.stack([each.state for each in seen]))
    assert context.shape == (3, decoder.context_dim)
    expected = [policy.infer(each, noise) for each, noise in zip(seen, noises, strict=True)]
    np.testing.assert_allclose(decoder.decode(context, noises), expected, atol=1e-5)


def test_a_decoder_takes_cameras_in_the_order_of_the_contract(tmp_path):
    two = dataclasses.replace(ARCH, image_shape=(64, 64, 2))
    save_weights(dataclasses.replace(weights(two), cameras=("wrist", "front")), tmp_path / "w.npz")
    contract = platform(tmp_path / "w.npz")
    front = contract.observation.cameras["front"]
    cameras = dataclasses.replace(contract.observation, cameras={"front": front, "wrist": front})
    contract = dataclasses.replace(contract, observation=cameras)
    policy, decoder = flow.make(contract), make_decoder(contract)
    images = {name: observation(seed).images["front"] for seed, name in enumerate(("front", "wrist"))}
    expected = policy.infer(Observation(0, images, np.zeros(2, np.float32)), noise())
    context = decoder.encode(np.stack([images["front"], images["wrist"]])[None], np.zeros((1, 2), np.float32))
    np.testing.assert_allclose(decoder.decode(context, noise()[None])[0], expected, atol=1e-5)


def test_decoders_are_equal_where_their_weights_are(tmp_path):
    decoders = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        save_weights(weights(seed=seed), tmp_path / f"{name}.npz")
        decoders.append(make_decoder(platform(tmp_path / f"{name}.npz")))
    assert decoders[0] == decoders[1] != decoders[2]
    assert hash(decoders[0]) == hash(decoders[1])
