"""A served policy in a run: faults cost the episode they fall into, features reach the learner, misfits are refused."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import FakeEnvironment, make_config
from doubles.policy_servers import WIDTH, D, FakeServer, H

from dsrl_core.acting.player import Player
from dsrl_core.app.check import missing_parts
from dsrl_core.config.platform import PolicyContract
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError, InvalidRequest, PolicyConnectionError, SteeringUnsupported
from dsrl_core.policy.backends import openpi_unsteered
from dsrl_core.policy.backends.openpi import read_key
from dsrl_core.policy.base import make_policy, told_by_server
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.loop import run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Observation

FAULTS = ("nan", "late", "text", "die", "garbage", "unconfirmed", "empty")
SCHEDULE = {"episodes": 9, "start_episodes": 2, "eval_episodes": 1, "baselines": ["repeated"], "select_every": 0}
SEEN = Observation(0, {"camera0": np.zeros((16, 16, 3), np.uint8)}, np.array([1.0, 2.0], np.float32))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer("told")
    yield server
    server.kill()


def config_of(server: FakeServer, **policy: Any) -> RunConfig:
    """Settings of `policy`; those that are no field of the contract are options."""
    served = {"kind": "openpi", "endpoint": server.address, "horizon": H, "noise_dim": D, "connect_s": 20.0, **policy}
    fields = {field.name for field in dataclasses.fields(PolicyContract)}
    options = {name: value for name, value in served.items() if name not in fields}
    own = {name: value for name, value in served.items() if name in fields}
    schedule = {**SCHEDULE, "record_every": 0, "record_eval": 0}
    return make_config({"schedule": schedule}, platform={"policy": {**own, "options": options}})


def test_each_fault_costs_its_episode_and_training_goes_on(server: FakeServer, tmp_path: Path):
    config = config_of(server, timeout_s=2.0)
    server.late_s = 4.0
    server.faults = [word for fault in FAULTS for word in (*[""] * 6, fault)]
    folder = open_run(config, tmp_path / "run").folder
    trainer = Trainer(config, folder)
    player = Player(config, FakeEnvironment(), folder.videos)
    run(player, trainer)
    player.close()
    assert server.faults == []
    dropped = [line["reason"] for line in read_metrics(folder.metrics) if line["kind"] == "event"]
    words = ("must be finite", "no answer within", "KeyError", "middle of a call", "msgpack", "confirm", "no actions")
    assert len(dropped) == len(words)
    for reason, word in zip(dropped, words, strict=True):
        assert word in reason
    assert trainer.complete
    episodes = [read_segment(path) for path in segments(folder.bag)]
    assert sum(episode.group == "train" for episode in episodes) == SCHEDULE["episodes"]
    assert trainer.learner.gradient_steps > 0
    sent = np.stack([request["noise"][0] for request in server.requests])
    for episode in episodes:
        for noise in episode.noises:
            assert (sent == noise).all(axis=(1, 2)).any(), "what is recorded is what was sent"


def test_the_prefix_representation_reaches_the_learner(server: FakeServer, tmp_path: Path):
    config = config_of(server, feature_dim=WIDTH)
    folder = open_run(config, tmp_path / "run").folder
    player = Player(config, FakeEnvironment(), folder.videos)
    trainer = Trainer(config, folder)
    run(player, trainer)
    player.close()
    for path in segments(folder.bag):
        episode = read_segment(path)
        assert episode.features.shape == (episode.decisions + 1, WIDTH)
        expected = np.arange(25, 30) + episode.states.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(episode.features, expected, rtol=1e-5)
    assert trainer.learner.gradient_steps > 0


def test_preflight_names_what_does_not_fit(server: FakeServer):
    for settings, message in (
        ({"horizon": 2 * H}, r"chunks of \(4, 1\); the contract asks for \(8, 1\)"),
        ({"noise_dim": 2}, r"noise of \(4, 3\); the contract asks for \(4, 2\)"),
        ({"feature_dim": 7}, "policy.feature_dim=7 is impossible; allowed: 0, 5"),
        ({"embodiment": "droid"}, "needs 8 values; observation.state has 2"),
        ({"api_key_file": "/nowhere"}, "api_key_file='/nowhere' cannot be read"),
    ):
        with pytest.raises(ConfigError, match=message):
            make_policy(config_of(server, **settings).platform)
    assert not server.requests
    faults = missing_parts(config_of(server, noise_dim=2))
    assert "the policy takes noise of (4, 3); the contract asks for (4, 2)" in faults


def test_a_stock_server_and_an_absent_one_are_refused_before_the_start():
    stock = FakeServer("stock")
    config = config_of(stock)
    with pytest.raises(SteeringUnsupported, match="the stock openpi server"):
        make_policy(config.platform)
    assert any("ignores noise" in fault for fault in missing_parts(config))
    stock.kill()
    with pytest.raises(PolicyConnectionError, match="serve-policy"):
        make_policy(config.platform)


def test_a_stock_server_gives_a_baseline_and_nothing_more(server: FakeServer, tmp_path: Path):
    stock = FakeServer("stock")
    baseline = {"episodes": 0, "eval_episodes": 3, "baselines": ["iid"], "select_every": 0, "record_eval": 0}
    served = {"endpoint": stock.address, "horizon": H, "noise_dim": D, "options": {"connect_s": 20.0}}
    unsteered = {**served, "kind": "openpi_unsteered"}
    config = make_config({"schedule": baseline}, platform={"policy": unsteered})
    folder = open_run(config, tmp_path / "run").folder
    player, trainer = Player(config, FakeEnvironment(), folder.videos), Trainer(config, folder)
    probed = len(stock.requests)
    run(player, trainer)
    player.close()
    assert trainer.complete
    played = [read_segment(path) for path in segments(folder.bag)]
    assert [episode.group for episode in played] == ["base_iid"] * 3
    asked = stock.requests[probed:]
    assert len(asked) == sum(episode.decisions for episode in played)
    assert not any("noise" in request for request in asked)
    assert told_by_server(make_config(platform={"policy": served | {"kind": "openpi"}}).platform) == {}
    assert told_by_server(config.platform) == {"policy.horizon": H, "policy.execute": H}
    stock.kill()
    with pytest.raises(ConfigError, match=r"can be steered; use policy\.kind=openpi"):
        make_policy(
            make_config({"schedule": baseline}, platform={"policy": {**unsteered, "endpoint": server.address}}).platform
        )
    for wrong in ({"episodes": 3}, {"baselines": ["repeated"]}, {"golden": "ticket.json"}):
        with pytest.raises(ConfigError, match="it can only be evaluated"):
            openpi_unsteered.check_settings(
                make_config({"schedule": {**baseline, **wrong}}, platform={"policy": unsteered})
            )


def test_a_fork_steers_like_any_other(server: FakeServer):
    fork = FakeServer("fork")
    noise = np.ones((H, D), np.float32)
    chunks = []
    for one in (server, fork):
        policy = make_policy(config_of(one, feature_dim=WIDTH).platform)
        chunks.append(policy.infer(SEEN, noise))
        with pytest.raises(InvalidRequest):
            policy.infer(SEEN, noise[:1])
        policy.close()
    fork.kill()
    np.testing.assert_array_equal(*chunks)


def test_a_key_is_one_line(tmp_path: Path):
    path = tmp_path / "key"
    path.write_text("  secret\n")
    assert (read_key(str(path)), read_key("")) == ("secret", "")
    for wrong in ("", "\n", "two\nlines", "é"):
        path.write_text(wrong)
        with pytest.raises(ConfigError, match="one line of ASCII"):
            read_key(str(path))
