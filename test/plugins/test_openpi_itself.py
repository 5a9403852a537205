"""Against openpi itself: a π₀ and a π₀.₅ of its smallest networks, random weights, its checkpoints and its servers.

Runs where openpi is installed, in openpi's own environment (docs/how-to/pi0.md), and is skipped elsewhere.
"""

import asyncio
import dataclasses
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from doubles.policy_servers import our_server

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError, InvalidRequest, SteeringUnsupported
from dsrl_core.policy.base import check_policy, features_of, make_policy, spread
from dsrl_core.policy.embodiments import libero
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.greeting import Expected
from dsrl_core.policy.server.openpi import OpenpiPolicy, load_openpi
from dsrl_core.reversal.base import make_reverser
from dsrl_core.reversal.following import round_trip
from dsrl_core.types import Observation

pytest.importorskip("openpi.policies.policy_config", reason="openpi is not installed in this Python")

HORIZONS = {"pi0_libero": 50, "pi05_libero": 10}
VISION = "mu"  # of its vision towers the smallest, where a configuration's own has 400 million parameters
CALL_S = 60.0


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """By configuration name; the names are known to openpi afterwards, its tokenizer is one of a few words."""
    folder = tmp_path_factory.mktemp("openpi")
    from openpi.models import siglip

    size_of = siglip.decode_variant
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(siglip, "decode_variant", lambda name: size_of(name.replace("So400m", VISION)))
        patch.setenv("OPENPI_DATA_HOME", str(folder))
        write_tokenizer(folder / "big_vision" / "paligemma_tokenizer.model")
        yield {f"{name}_tiny": write_checkpoint(name, folder) for name in HORIZONS}


@pytest.fixture(scope="module", params=[f"{name}_tiny" for name in HORIZONS])
def loaded(request: pytest.FixtureRequest, checkpoints: dict[str, Path]) -> OpenpiPolicy:
    return load_openpi(str(checkpoints[request.param]), request.param)


def write_tokenizer(path: Path) -> None:
    import sentencepiece

    path.parent.mkdir(parents=True)
    words = ["pick up the object and place it in the basket", "Task: State: Action: 0 1 2 3 4 5 6 7 8 9 ; ,"] * 20
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(words), model_writer=file, vocab_size=60, hard_vocab_limit=False
        )


def write_checkpoint(name: str, folder: Path) -> Path:
    """A checkpoint as openpi's training leaves it, of the configuration `name` with its smallest networks."""
    import jax
    import orbax.checkpoint as ocp
    from flax import nnx
    from openpi.shared import normalize
    from openpi.training import config as configs

    settings = configs.get_config(name)
    model = dataclasses.replace(settings.model, paligemma_variant="dummy", action_expert_variant="dummy")
    tiny = dataclasses.replace(settings, name=f"{name}_tiny", model=model)
    configs._CONFIGS_DICT[tiny.name] = tiny
    where = folder / tiny.name
    params = jax.tree.map(_disturbed, nnx.state(model.create(jax.random.key(0))).to_pure_dict())
    ocp.PyTreeCheckpointer().save(where / "params", {"params": params})
    stats = {key: _unit_stats(size) for key, size in (("state", 8), ("actions", 7))}
    normalize.save(where / "assets" / settings.data.repo_id, stats)
    return where


def _disturbed(leaf: Any) -> Any:
    """Off its first value: openpi starts some layers at zero, after which nothing that is seen would matter."""
    return leaf + 0.05 * np.random.default_rng(leaf.size).standard_normal(leaf.shape, np.float32)


def _unit_stats(size: int) -> Any:
    from openpi.shared import normalize

    one = np.ones(size)
    return normalize.NormStats(mean=0 * one, std=one, q01=-one, q99=one)


def noise_of(policy: OpenpiPolicy, seed: int = 0) -> np.ndarray:
    shape = policy.spec.noise_shape
    assert shape is not None
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_shapes_are_those_of_the_configuration(loaded: OpenpiPolicy):
    name = str(loaded.metadata["config"]).removesuffix("_tiny")
    assert loaded.spec.noise_shape == (HORIZONS[name], 32)
    assert loaded.spec.action_shape == (HORIZONS[name], 7)
    assert loaded.spec.prefix_dim == 64  # the width of the smallest language model; 2048 in the real one


def test_noise_decides_the_chunk_and_its_echo_is_true(loaded: OpenpiPolicy):
    seen = libero.example()
    first, again, other = (loaded.infer(seen, noise_of(loaded, seed)) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - other).max() > 1e-2
    assert np.isfinite(first).all()


def test_many_noises_at_once_give_openpis_own_chunks_with_one_pass_over_pictures_and_words(loaded: OpenpiPolicy):
    assert loaded.many
    assert loaded._chunks is not None
    noises = np.stack([noise_of(loaded, seed) for seed in range(3)])
    seen = {**libero.example(), "observation/state": np.linspace(0, 1, 8, dtype=np.float32)}
    own = np.stack([loaded.infer(seen, noise) for noise in noises])
    before = loaded._chunks.passes
    chunks = loaded.infer_many(seen, noises)
    assert np.abs(chunks - own).max() < 0.01 * np.abs(own[0] - own[1]).max()
    again = loaded.infer_many(seen, noises[::-1])
    np.testing.assert_array_equal(again[::-1], chunks)
    assert loaded._chunks.passes == before + 1, "keys and values are kept for the same observation"
    other = {**seen, "observation/image": 255 - seen["observation/image"]}
    changed = loaded.infer_many(other, noises)
    assert loaded._chunks.passes == before + 2
    assert np.abs(changed - [loaded.infer(other, noise) for noise in noises]).max() < 0.01 * np.abs(own).max()
    assert np.abs(changed - chunks).max() > 1e-3


def test_a_chunk_of_openpis_model_is_found_again_over_our_server(loaded: OpenpiPolicy, request: pytest.FixtureRequest):
    shape = loaded.spec.noise_shape or (0, 0)
    if shape[0] == HORIZONS["pi0_libero"]:
        why = "0.043 was measured; docs/explanation/reversal.md says what is in the way"
        request.applymarker(pytest.mark.xfail(reason=why, strict=True))
    with our_server(loaded, warm_s=600.0) as address:
        served = ["policy.kind=openpi", f"policy.endpoint={address}", "policy.options.embodiment=libero"]
        shapes = [f"policy.horizon={shape[0]}", "policy.noise_dim=32", "policy.execute=5", "policy.feature_dim=0"]
        limits = ["policy.options.timeout_s=60", "policy.options.connect_s=60"]
        config = load_run("libero", "test", 0, [*served, *shapes, *limits])
        policy = make_policy(config.platform)
        rng = np.random.default_rng(0)
        images = {camera: rng.integers(0, 256, (64, 64, 3), np.uint8) for camera in ("agentview", "wrist")}
        seen = Observation(0, images, np.linspace(0, 1, 8, dtype=np.float32), "pick up the object")
        vectors = config.preset.noise.vectors
        noise = rng.standard_normal((vectors, 32)).astype(np.float32).clip(-1, 1)
        reverser = make_reverser(config, policy)
        apart = round_trip(policy, reverser, seen, noise)
        chunk, other = (policy.infer(seen, spread(each, shape[0])) for each in (noise, -noise))
        policy.close()
    assert apart < 0.02 * np.abs(chunk - other).max()


def test_the_prefix_tells_pictures_apart_and_pools_differ(loaded: OpenpiPolicy):
    seen = libero.example()
    other = {**seen, "observation/image": 255 - seen["observation/image"]}
    features = {pool: loaded.prefix_rep(seen, pool) for pool in ("last", "mean")}
    assert all(np.isfinite(each).all() and each.dtype == np.float32 for each in features.values())
    assert np.abs(features["last"] - features["mean"]).max() > 1e-3
    assert np.abs(loaded.prefix_rep(other, "mean") - features["mean"]).max() > 1e-3


def test_over_our_server_the_chunk_is_the_same_and_wrong_requests_leave_it_standing(loaded: OpenpiPolicy):
    seen, noise = libero.example(), noise_of(loaded)
    with our_server(loaded) as address:
        client = PolicyClient(address)
        try:
            assert client.connect(CALL_S) == loaded.spec
            chunk = client.infer(seen, noise=noise, timeout_s=CALL_S)
            assert chunk.actions.tobytes() == loaded.infer(seen, noise).tobytes()
            with pytest.raises(InvalidRequest, match="noise must"):
                client.infer(seen, noise=noise[:1])
            with pytest.raises(InvalidRequest, match="observation/state"):
                client.infer({**seen, "observation/state": np.zeros(3, np.float32)}, noise=noise, timeout_s=CALL_S)
            features = client.prefix_rep(seen, pool="mean", timeout_s=CALL_S)
            assert features.tobytes() == loaded.prefix_rep(seen, "mean").tobytes()
        finally:
            client.close()


def test_openpis_own_client_works_with_our_server(loaded: OpenpiPolicy):
    from openpi_client.websocket_client_policy import WebsocketClientPolicy

    with our_server(loaded) as address:
        host, port = address.removeprefix("ws://").split(":")
        client = WebsocketClientPolicy(host, int(port))
        assert client.get_server_metadata()["steering"]["noise_shape"] == list(loaded.spec.noise_shape or ())
        assert client.infer(libero.example())["actions"].shape == loaded.spec.action_shape


def test_openpis_own_server_is_played_unsteered_and_refused_for_steering(loaded: OpenpiPolicy):
    with stock_server(loaded) as address:
        client = PolicyClient(address, expected=Expected(libero.example(), loaded.spec.noise_shape or (0, 0)))
        try:
            assert client.connect(CALL_S).noise_shape is None
            assert client.infer(libero.example(), timeout_s=CALL_S).actions.shape == loaded.spec.action_shape
            with pytest.raises(SteeringUnsupported):
                client.infer(libero.example(), noise=noise_of(loaded), timeout_s=CALL_S)
        finally:
            client.close()


@contextmanager
def stock_server(loaded: OpenpiPolicy) -> Iterator[str]:
    from openpi.serving.websocket_policy_server import WebsocketPolicyServer

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    loop = asyncio.new_event_loop()
    task = loop.create_task(WebsocketPolicyServer(loaded._policy, "127.0.0.1", port).run())

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10.0)


def test_in_process_it_is_a_policy_like_any_other(checkpoints: dict[str, Path]):
    """policy.kind=openpi_local, from the contract's observation to the robot's actions."""
    name, folder = next(iter(checkpoints.items()))
    settings = ["policy.kind=openpi_local", f"policy.endpoint={folder}", f"policy.options.config={name}"]
    shapes = ["policy.options.embodiment=libero", "policy.horizon=50", "policy.noise_dim=32", "policy.execute=20"]
    platform = load_run("libero", "test", 0, [*settings, *shapes, "policy.feature_dim=64"]).platform
    check_policy(platform)
    policy = make_policy(platform)
    rng = np.random.default_rng(0)
    images = {camera: rng.integers(0, 256, (64, 64, 3), np.uint8) for camera in ("agentview", "wrist")}
    seen = Observation(0, images, np.linspace(0, 1, 8, dtype=np.float32), "pick up the object")
    first, other = (policy.infer(seen, rng.standard_normal((50, 32), np.float32)) for _ in range(2))
    assert first.shape == other.shape == (50, 7)
    assert np.abs(first - other).max() > 1e-2
    assert features_of(policy, seen).shape == (64,)
    policy.close()


def test_pi0_fast_and_unknown_names_are_refused(tmp_path: Path):
    with pytest.raises(SteeringUnsupported, match="no noise"):
        load_openpi(str(tmp_path), "pi0_fast_libero")
    with pytest.raises(ConfigError, match="has no configuration"):
        load_openpi(str(tmp_path), "pi0_libero_unheard_of")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        load_openpi(str(tmp_path / "nowhere"), "pi0_libero")
