"""Plug-ins of installed packages, by entry points of the groups `dsrl_ros.<kind>`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import make_config, make_platform, make_preset

from dsrl_core.augmentations.pipeline import further
from dsrl_core.config.resolve import load_run
from dsrl_core.environment.rewards.base import make_reward
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import POLICIES, REWARDS, load_plugin, plugin_names
from dsrl_core.training.sinks.base import check_sinks
from sim_bridge.envs.base import make_environment

Install = Callable[[str, str, dict[str, str]], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes an installed distribution: its name, its entry points, its modules and their text."""

    def make(name: str, points: str, modules: dict[str, str]) -> None:
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(points)
        for module, text in modules.items():
            (tmp_path / f"{module}.py").write_text(text)

    monkeypatch.syspath_prepend(str(tmp_path))
    return make


def test_a_package_offers_a_plug_in_of_every_kind(install: Install):
    kinds = ("rewards", "policies", "environments", "sinks", "augmentations", "limits", "command_encoders", "encoders")
    points = "\n".join(f"[dsrl_ros.{kind}]\nlab = lab_of_{kind}" for kind in kinds)
    install(
        "lab",
        points,
        {f"lab_of_{kind}": f"def make(*args, **kw): return {kind!r}\ndef check(c): ...\n" for kind in kinds},
    )
    assert "lab" in plugin_names(REWARDS)
    assert make_reward(make_platform({"reward": {"kind": "lab"}})) == "rewards"
    assert load_run("reach", "run", 0, ["policy.kind=lab"]).platform.policy.kind == "lab"
    assert make_environment("lab", {}) == "environments"
    assert further(make_preset({"sac": {"augmentations": ["lab"]}}).sac, ()) == {"lab": "augmentations"}
    check_sinks(load_run("reach", "run", 0, ["log.sinks=[lab]"]))
    with pytest.raises(ConfigError, match=r"reward\.kind='dense' is unknown; allowed: lab, native, sparse"):
        load_plugin(REWARDS, "dense", "reward.kind")


def test_a_name_that_two_have_is_refused_with_both(install: Install):
    install("lab", "[dsrl_ros.rewards]\nsparse = lab_sparse\n", {"lab_sparse": "make = None\n"})
    with pytest.raises(ConfigError, match=r"several: dsrl_core\.environment\.rewards\.sparse, lab_sparse of lab; name"):
        load_plugin(REWARDS, "sparse", "reward.kind")


def test_two_packages_with_one_name_are_refused(install: Install):
    install("one", "[dsrl_ros.policies]\ndiffusion = of_one\n", {"of_one": ""})
    install("two", "[dsrl_ros.policies]\ndiffusion = of_two\n", {"of_two": ""})
    with pytest.raises(ConfigError, match=r"'diffusion' is the name of several: of_one of one, of_two of two"):
        load_plugin(POLICIES, "diffusion", "policy.kind")


def test_one_that_fails_to_import_shows_its_traceback_and_no_run_starts(install: Install, tmp_path: Path):
    install("lab", "[dsrl_ros.rewards]\nbroken = lab_broken\n", {"lab_broken": "def f():\n    1 / 0\n\n\nf()\n"})
    with pytest.raises(ConfigError) as caught:
        load_run("reach", "run", 0, ["reward.kind=broken"])
    text = str(caught.value)
    assert text.startswith("reward.kind='broken': lab_broken fails when it is imported:\nTraceback")
    assert "ZeroDivisionError: division by zero" in text
    assert text.count("Traceback") == 1


def test_what_an_own_algorithm_is_checked_for_stays_its_own(install: Install):
    text = (
        "def check_settings(config):\n    from dsrl_core import ConfigError\n    raise ConfigError('no cameras here')\n"
    )
    install("lab", "[dsrl_ros.algorithms]\nblind = lab_blind\n", {"lab_blind": text})
    with pytest.raises(ConfigError, match="no cameras here"):
        load_run("reach", "run", 0, ["sac.algorithm=blind"])
    assert make_config({"sac": {"algorithm": "blind"}}).preset.sac.algorithm == "blind"
