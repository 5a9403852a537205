"""A person takes over in a run on an arm: the decisions in which they acted are recorded with the noise behind it."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import rclpy
from graphs import QUICK, GraphRun
from rclpy.context import Context
from sensor_msgs.msg import Joy

from dsrl_core.record.segment import read_segment, segments
from dsrl_core.types import OPERATOR_SOURCES, Actor, Episode, Purpose
from dsrl_ros.interface import topics

pytestmark = pytest.mark.long  # real time asks for two cores of its own
DOMAIN = 133
TAKEOVER, BUTTONS, PERIOD_S = 5, 9, 0.05
PRESSED, ROUND = 12, 30  # of so many looks, how many the button is held


@pytest.fixture(autouse=True)
def _own_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")


@pytest.fixture
def joystick(_own_domain: None) -> Iterator[None]:
    """A person who takes over now and then, and moves the tool down and sideways."""
    context, done = Context(), Event()
    rclpy.init(context=context, domain_id=int(os.environ["ROS_DOMAIN_ID"]))
    node = rclpy.create_node("joystick", context=context)
    joy = node.create_publisher(Joy, "/joy", topics.reliable())

    def play() -> None:
        looks = 0
        while not done.wait(PERIOD_S):
            looks += 1
            held = looks % ROUND < PRESSED
            buttons = [int(number == TAKEOVER and held) for number in range(BUTTONS)]
            joy.publish(Joy(buttons=buttons, axes=[0.4, 0.2, 0.0, 0.0, -0.5]))

    thread = Thread(target=play)
    thread.start()
    yield
    done.set()
    thread.join()
    node.destroy_node()
    rclpy.shutdown(context=context)


def acted(episode: Episode, decision: int) -> bool:
    """Whether the person acted in a decision."""
    ends = np.append(0, episode.n_executed.cumsum())
    assert episode.actors is not None
    return bool((episode.actors[ends[decision] : ends[decision + 1]] == Actor.PERSON).any())


def test_what_a_person_did_is_recorded_as_noise(tmp_path: Path, joystick: None) -> None:
    words = (
        "robot_end.clock=real",
        "operator.takeover=joy",
        "operator.reversal=cross_entropy",
        "operator.episodes=3",
        "schedule.episodes=3",
    )
    run = GraphRun(tmp_path / "run", *QUICK, *words, "network.image_size=16", platform="franka_sim")
    code, output = run.finish(240.0)
    assert code == 0, output
    episodes = [read_segment(path) for path in segments(run.folder.bag)]
    trained = [episode for episode in episodes if episode.purpose is Purpose.TRAIN]
    assert len(trained) == 3
    seen = 0
    for episode in trained:
        for decision, source in enumerate(episode.noise_sources):
            assert (source in OPERATOR_SOURCES) == acted(episode, decision)
            seen += source in OPERATOR_SOURCES
    assert seen, "nobody took over"
    assert all(not episode.by_operator for episode in episodes if episode.purpose is Purpose.EVAL)
    told = run.summary()
    assert told["operator_episodes"] == sum(episode.by_operator for episode in trained)
