"""The learner's status: a robot reads the progress that the trainer has counted."""

from array import array
from pathlib import Path

import pytest
from builders import make_config, make_episode
from rclpy.serialization import deserialize_message, serialize_message

from dsrl_core.errors import InvalidRequest
from dsrl_core.run.folder import open_run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import NoiseSource
from dsrl_ros import msg
from dsrl_ros.interface.learner_message import learner_message
from dsrl_ros.interface.learner_status import robot_progress

CONFIG = make_config(platform={"operator": {"episodes": 2}})


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    made = Trainer(CONFIG, open_run(CONFIG, tmp_path / "run").folder)
    operated = {"noise_sources": (NoiseSource.OPERATOR,) * 3}
    made.receive(make_episode(0, **operated))
    made.receive(make_episode(1, success=True, terminated=True, truncated=False, **operated))
    return made


def sent(trainer: Trainer) -> msg.LearnerStatus:
    return deserialize_message(serialize_message(learner_message(trainer, "run", "training")), msg.LearnerStatus)


def test_the_progress_of_a_robot_comes_back(trainer: Trainer):
    groups = robot_progress(sent(trainer), "robot0").groups
    assert groups == trainer.progress.by_robot["robot0"]
    assert groups["train"].to_clone == 2, "the second episode is the first that can be cloned"


def test_a_list_that_is_too_short_is_refused(trainer: Trainer):
    message = sent(trainer)
    message.group_to_clone = array("I")
    with pytest.raises(InvalidRequest, match=r"as many of each of .*group_to_clone"):
        robot_progress(message, "robot0")
