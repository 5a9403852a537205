"""A disk without room for a person's episode: told once, kept by steering, recorded once there is room."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from real_nodes import Published, deliver, real_node, subscriptions
from topic_samples import Samples

from dsrl_core.errors import RecordError
from dsrl_core.record.segment import segments
from dsrl_core.storage import durable

ARM = ("robot_end.clock=real", "schedule.baselines=[]")


def full(path: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_episode_waits_for_room_and_is_then_recorded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    with real_node("learner", tmp_path / "run", *ARM, platform="franka_sim") as (node, folder):
        published, topic = Published(node), f"/{node.config.run_id}/episode"
        episode, heard = Samples(node.config).of("episode"), subscriptions(node)[topic]
        monkeypatch.setattr(durable, "sync", full)
        for _ in range(3):  # steering sends it again every second
            deliver(heard, episode)
        status = f"/{node.config.run_id}/learner_status"
        assert all(message.last_episode[0] == -1 for message in published.messages[status])
        assert segments(folder.bag) == []
        monkeypatch.undo()
        for _ in range(2):
            deliver(heard, episode)
        assert len(segments(folder.bag)) == 1
        assert published.messages[status][-1].last_episode[0] == episode.episode
        told = capfd.readouterr().err
        assert told.count("could not be recorded (No space left on device; ") == 1
        assert f"make room in {folder.path}, and let the run go on: steering keeps the episode" in told
        assert told.count("the episode is recorded") == 1


def test_in_simulation_where_it_can_be_played_again_the_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with real_node("learner", tmp_path / "run", "schedule.baselines=[]") as (node, _):
        monkeypatch.setattr(durable, "sync", full)
        heard = subscriptions(node)[f"/{node.config.run_id}/episode"]
        with pytest.raises(RecordError, match="start the run again with the same folder"):
            deliver(heard, Samples(node.config).of("episode"))
        monkeypatch.undo()
