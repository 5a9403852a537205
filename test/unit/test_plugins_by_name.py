"""Plug-ins are files, found by name; what is not there is refused with what is."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from builders import make_platform

from dsrl_core.environment.rewards.base import make_reward
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.plugins import (
    ALGORITHMS,
    AUGMENTATIONS,
    COMMAND_ENCODERS,
    DISTRIBUTIONS,
    EMBODIMENTS,
    ENCODERS,
    LIMITS,
    POLICIES,
    REWARDS,
    SINKS,
    PluginKind,
    load_plugin,
    plugin_names,
)
from dsrl_core.policy import base
from dsrl_core.types import Observation, PolicySpec

KINDS = (
    REWARDS,
    POLICIES,
    EMBODIMENTS,
    LIMITS,
    COMMAND_ENCODERS,
    SINKS,
    ALGORITHMS,
    ENCODERS,
    DISTRIBUTIONS,
    AUGMENTATIONS,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_plug_in_file_loads_and_can_be_made(kind: PluginKind):
    names = plugin_names(kind)
    assert names
    assert "base" not in names
    for name in names:
        assert callable(load_plugin(kind, name, "key").make)


def test_a_name_that_is_no_file_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=r"reward\.kind='dense' is unknown; allowed: native, sparse"):
        load_plugin(REWARDS, "dense", "reward.kind")
    with pytest.raises(ConfigError, match="is unknown"):
        load_plugin(REWARDS, "base", "reward.kind")


def test_a_module_elsewhere_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lab_rewards").mkdir()
    (tmp_path / "lab_rewards" / "dense.py").write_text("def make(platform): return 'dense'\n")
    (tmp_path / "lab_rewards" / "broken.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert make_reward(make_platform({"reward": {"kind": "lab_rewards.dense"}})) == "dense"
    with pytest.raises(ConfigError, match=r"reward\.kind='lab_rewards\.sparse' cannot be loaded: No module named"):
        load_plugin(REWARDS, "lab_rewards.sparse", "reward.kind")
    with pytest.raises(ConfigError, match="imports what is not installed") as caught:
        load_plugin(REWARDS, "lab_rewards.broken", "reward.kind")
    assert "broken.py" in str(caught.value), "the traceback says where"


@pytest.mark.parametrize(
    ("noise", "action", "message"),
    [
        ((4, 2), (5, 1), r"chunks of \(5, 1\); the contract asks for \(4, 1\)"),
        ((4, 3), (4, 1), r"noise of \(4, 3\); the contract asks for \(4, 2\)"),
        (None, (4, 1), "noise of None; the contract asks for"),
    ],
)
def test_a_policy_that_does_not_fit_the_contract_is_refused(
    noise: tuple[int, int] | None, action: tuple[int, int], message: str, monkeypatch: pytest.MonkeyPatch
):
    policy = SimpleNamespace(spec=PolicySpec(noise, action), close=lambda: None)
    monkeypatch.setattr(base, "load_plugin", lambda *names: SimpleNamespace(make=lambda platform: policy))
    with pytest.raises(ConfigError, match=message):
        base.make_policy(make_platform())


def test_the_null_policy_holds_still_as_near_to_zero_as_the_limits_allow():
    platform = make_platform({"action": {"low": [0.25], "high": [1.0]}})
    policy = base.make_policy(platform)
    seen = Observation(0, {}, np.zeros(2, np.float32))
    noise = np.ones((4, 2), np.float32)
    first = policy.infer(seen, noise)
    assert first.tolist() == [[0.25]] * 4
    first[:] = 9.0
    assert policy.infer(seen, noise).tolist() == [[0.25]] * 4, "a fresh array each time"
    for wrong in (noise[:3], noise.astype(np.float64), noise * np.nan):
        with pytest.raises(InvalidRequest, match="noise"):
            policy.infer(seen, wrong)
    policy.close()
