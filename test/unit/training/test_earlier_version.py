"""What version 0.1.0 left behind is read as before: a run of it that was interrupted, as it lay on the disk."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dsrl_core import load_run
from dsrl_core.config.run import read_run
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.policy.base import make_policy
from dsrl_core.record.digest import bag_sha256
from dsrl_core.report.report import write_report
from dsrl_core.run.folder import RunFolder, first_difference
from dsrl_core.run.summary import read_summary

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "test" / "data" / "run_of_0_1_0.zip"
# Told by version 0.1.0 itself of its own files.
BAG = "9f75ae59c0d57c8fc79c229750633b605b619f5e5288cdb186aecb0612f58280"
PARAMS = "bb94f9c223bdd9fe984cc6c8aa0e7e514261350c00add2841e12149f410db521"
STEPS, LAST_TRAIN = 319, 4
SETTINGS = (
    "schedule.episodes=6",
    "schedule.eval_episodes=1",
    "schedule.baselines=[repeated]",
    "schedule.start_episodes=1",
    "schedule.start_transitions=0",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=1",
    "sac.batch_size=4",
    "network.image_size=8",
    "network.cnn_features=[8]",
    "network.cnn_strides=[2]",
    "network.latent_dim=4",
    "network.hidden_dims=[8]",
    "network.num_qs=2",
    "checkpoint_every=2",
    # The preset had these then; whoever goes on with such a run says so, and the refusal names the first that differs.
    "sac.actor_average=0",
    "sac.candidates=0",
    "clone.fade_episodes=0",
    "schedule.first_steps=300",
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    with zipfile.ZipFile(RECORDED) as archive:
        archive.extractall(tmp_path / "old")
    return RunFolder(tmp_path / "old")


def test_its_settings_are_those_of_the_same_command_today(folder: RunFolder):
    stored = read_run(folder.config)
    assert first_difference(stored, load_run("reach", stored.run_id, 3, SETTINGS)) is None


def test_its_bag_holds_what_it_held(folder: RunFolder):
    assert bag_sha256(folder.bag) == BAG


def test_its_checkpoint_is_the_learner_that_was(folder: RunFolder):
    learner = Learner(read_run(folder.config))
    path = checkpoint.latest(folder.checkpoints)
    assert path is not None
    checkpoint.load(learner, path)
    assert (learner.gradient_steps, learner.params_sha256()) == (STEPS, PARAMS)
    assert learner.actor_params().after_episode == {"robot0": LAST_TRAIN}


def test_its_base_policy_and_its_report_are_made(folder: RunFolder):
    make_policy(read_run(folder.config).platform).close()
    assert "Base policy" in write_report(folder.path).read_text()


def test_it_goes_on_to_its_end(folder: RunFolder):
    command = [
        sys.executable,
        "-m",
        "dsrl_core.app",
        "train",
        "reach",
        "--seed",
        "3",
        "--out",
        str(folder.path),
        *SETTINGS,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    summary = read_summary(folder.summary)
    assert summary is not None
    assert (summary["episodes"], summary["resumed"], summary["exact"], summary["learner_restarts"]) == (
        6,
        True,
        True,
        0,
    )
