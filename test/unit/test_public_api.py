"""What other projects may import, and the examples that show it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import make_platform

import dsrl_core
from dsrl_core.config.resolve import load_run
from dsrl_core.environment.rewards.base import make_reward
from dsrl_core.errors import ConfigError
from dsrl_core.policy.base import make_policy
from dsrl_core.types import Observation, TaskEvent

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
QUICK = (
    "schedule.episodes=3",
    "schedule.start_episodes=1",
    "schedule.first_steps=300",
    "schedule.start_transitions=0",
    "schedule.eval_episodes=2",
    "schedule.baselines=[repeated]",
    "schedule.record_eval=0",
    "schedule.record_every=0",
    "sac.batch_size=16",
    "sac.utd=2",
)


@pytest.fixture
def _examples_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_every_public_name_is_there_and_types_know_it():
    text = (ROOT / "dsrl_core" / "__init__.py").read_text()
    checked = text[text.index("if TYPE_CHECKING:") : text.index("_MODULES = ")]
    for name in dsrl_core.__all__:
        assert getattr(dsrl_core, name) is not None
        assert name in dir(dsrl_core)
        assert name in checked, f"{name} is not known to type checkers"


def test_a_name_that_is_not_public_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match="no attribute 'steer'; public names: ActionChunk, "):
        _ = dsrl_core.steer  # type: ignore[attr-defined]


def test_importing_the_package_loads_nothing_of_it():
    code = "import dsrl_core, sys; print(*[m for m in sys.modules if m.startswith('dsrl_core.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def run_example(name: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_training_and_reading_the_bag_in_python(tmp_path: Path):
    out = str(tmp_path / "run")
    told = run_example("train.py", out, *QUICK)
    assert "-> steered" in told
    assert (tmp_path / "run" / "report.html").exists()
    lines = run_example("read_bag.py", out).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["base_repeated"] * 2 + ["train"] * 3 + ["final"] * 2
    assert "f32" in lines[-1]


@pytest.mark.usefixtures("_examples_are_importable")
def test_a_policy_of_ones_own_with_an_option():
    platform = load_run(str(EXAMPLES / "my_robot.yaml"), "run").platform
    policy = make_policy(platform)
    seen = Observation(0, {}, np.zeros(2, np.float32))
    chunk = policy.infer(seen, np.full((10, 2), 100, np.float32))
    assert chunk.shape == (10, 2)
    np.testing.assert_allclose(chunk, 0.8 * 0.4, rtol=1e-6)


@pytest.mark.usefixtures("_examples_are_importable")
def test_a_reward_of_ones_own_with_an_option():
    contract = {"kind": "docs.examples.my_reward", "options": {"per_step": -0.1}}
    source = make_reward(make_platform({"reward": contract}))
    event = TaskEvent(0, 0.0, True, False, "success", np.zeros((4, 1), np.float32))
    assert source.signal(event).reward == pytest.approx(0.6)


@pytest.mark.usefixtures("_examples_are_importable")
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("policy.options.speed=2", r"policy\.options\.speed=2\.0 must lie in \[0, 1\]"),
        ("policy.options.pace=1", r"policy\.options\.pace=1 is unknown; allowed: speed"),
        ("reward.options.per_step=free", r"reward\.options\.per_step='free' must be a finite number"),
        (
            "policy={kind: flow, horizon: 10, noise_dim: 2, execute: 10, options: {speed: 0.8}}",
            r"policy\.options\.speed=0\.8 is unknown: dsrl_core\.policy\.backends\.flow has no options",
        ),
    ],
)
def test_options_are_checked_when_a_run_is_resolved(setting: str, message: str):
    with pytest.raises(ConfigError, match=message):
        load_run(str(EXAMPLES / "my_robot.yaml"), "run", 0, [setting])


@pytest.mark.usefixtures("_examples_are_importable")
def test_a_contract_by_path_runs(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "dsrl_core.app",
        "train",
        str(EXAMPLES / "my_robot.yaml"),
        "--out",
        str(tmp_path / "run"),
    ]
    done = subprocess.run([*command, *QUICK], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "speed: 0.8" in (tmp_path / "run" / "config.yaml").read_text()
