"""A whole run of the loop in a fake environment, in seconds, with segments, a merged bag and checkpoints."""

from pathlib import Path
from typing import Any

from builders import FakeEnvironment, make_config

from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.training.loop import run
from dsrl_core.training.session import Session

SCHEDULE = {
    "episodes": 4,
    "start_episodes": 2,
    "eval_episodes": 1,
    "baselines": ["repeated"],
    "select_every": 2,
    "select_episodes": 1,
    "record_every": 0,
    "record_eval": 0,
}


def config_of(seed: int = 3, **preset: Any) -> RunConfig:
    """Its settings, with sections of the preset changed."""
    return make_config({"schedule": SCHEDULE, "checkpoint_every": 2, **preset}, seed=seed)


def play(path: Path, config: RunConfig) -> RunFolder:
    """Play the run of `config` in `path`."""
    folder = open_run(config, path).folder
    session = Session(config, folder)
    run(Player(config, FakeEnvironment(), folder.videos), session.trainer)
    session.finish()
    return folder
