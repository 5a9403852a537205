"""Hostile messages on every topic of every node: none crashes it, moves the robot out of its limits or is recorded.

In CI a few per topic; by hand 1,000: `./dsrl test -m long test/field/test_topic_fuzz.py -s`, with the seed printed, and
FUZZ_SEED=… to repeat one.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
from message_strategies import messages, thrown
from real_nodes import CLASSES, Published, deliver, real_node, subscriptions
from topic_samples import STAMP_NS, Samples

from dsrl_core.acting.episode_check import check_episode
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.schedule import conductor
from dsrl_ros import msg
from dsrl_ros.interface.conversion import episode_of
from dsrl_ros.nodes.complaints import PERIOD_S

FEW, MANY = 20, 1000
LINES = 2  # of one topic within `PERIOD_S`: that messages are malformed, and that they are foreign
LATER = 100  # an episode that no message before it was of


@pytest.mark.parametrize("executable", CLASSES)
def test_a_few_hostile_messages(executable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    fuzz(executable, tmp_path / "run", FEW, 0, monkeypatch, capfd)


@pytest.mark.long
@pytest.mark.parametrize("executable", CLASSES)
def test_a_thousand_hostile_messages(
    executable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    chosen = int(os.environ.get("FUZZ_SEED", random.randrange(2**32)))
    with capfd.disabled():
        print(f"\n{executable}: FUZZ_SEED={chosen}", flush=True)
    fuzz(executable, tmp_path / "run", MANY, chosen, monkeypatch, capfd)


def fuzz(executable: str, folder: Path, count: int, chosen: int, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.setattr(conductor, "MAX_DROPS", 10**9)  # a sound FAILED drops an episode, and so would end the run
    with real_node(executable, folder) as (node, run):
        published, heard = Published(node), subscriptions(node)
        samples = Samples(node.config)
        OPENINGS.get(executable, lambda *_: None)(heard, samples)
        for topic, subscription in heard.items():
            if topic.endswith("steering_alive"):
                continue  # nothing is ever sent on it
            capfd.readouterr()
            began_s = monotonic()
            throw(subscription, samples.of(topic), count, chosen)
            told = [line for line in capfd.readouterr().err.splitlines() if "[WARN]" in line]
            assert len(told) <= LINES * (1 + (monotonic() - began_s) // PERIOD_S), "\n".join(told)
        check_safe(node, published)
        ENDINGS[executable](heard, published, node)
        check_safe(node, published)
        check_recorded(node, run)


def throw(subscription: Any, sound: Any, count: int, chosen: int) -> None:
    """Deliver so many messages that are like `sound`, but for some of their fields."""

    @thrown(count, chosen, messages(sound))
    def each(message: Any) -> None:
        deliver(subscription, message)

    each()


def check_safe(node: Any, published: Published) -> None:
    """Whatever the node sent to the robot is finite and within the limits; what it settled is sound."""
    low, high = node.config.platform.action.bounds()
    for step in published.messages.get("action", []):
        values = np.asarray(step.values)
        assert values.shape == low.shape
        assert ((values >= low) & (values <= high)).all()
    for chunk in published.messages.get("action_chunk", []):
        assert np.isfinite(np.asarray(chunk.actions)).all()
    for episode in published.messages.get(f"/{node.config.run_id}/episode", []):
        check_episode(episode_of(episode), node.config)


def check_recorded(node: Any, run: RunFolder) -> None:
    for path in segments(run.bag):
        episode = read_segment(path)
        check_episode(episode, node.config)
        assert episode.run_id == node.config.run_id


def start_steering(heard: dict[str, Any], samples: Samples) -> None:
    """Steering plays its first episode, and the robot is ready."""
    deliver(heard[f"/{samples.config.run_id}/learner_status"], samples.learner())
    deliver(heard["episode_status"], samples.ready())


def start_executor(heard: dict[str, Any], samples: Samples) -> None:
    deliver(heard["start_episode"], samples.start())


def start_bridge(heard: dict[str, Any], samples: Samples) -> None:
    deliver(heard["start_episode"], samples.start())


def answers(topic: str, to: str) -> Callable[[dict[str, Any], Published, Any], None]:
    """The node still answers a sound message on `to` with one on `topic`."""

    def check(heard: dict[str, Any], published: Published, node: Any) -> None:
        before = len(published.messages[topic])
        deliver(heard[to], Samples(node.config, LATER, stamp_ns=LATER * STAMP_NS).of(to))
        assert len(published.messages[topic]) == before + 1

    return check


def steering_decides(heard: dict[str, Any], published: Published, node: Any) -> None:
    """The episode that is being played, or after a drop the next one, gets its first decision."""
    asked = published.messages["start_episode"][-1]
    for episode in (asked.episode, asked.episode + 1):
        samples = Samples(node.config, episode, stamp_ns=LATER * STAMP_NS)
        failed = samples.ready()
        failed.state, failed.reason = msg.EpisodeStatus.FAILED, "to begin anew"
        if episode == asked.episode:
            deliver(heard["episode_status"], failed)
    chunks = len(published.messages["action_chunk"])
    for topic in ("episode_status", "observation/images/front", "observation/state", "reward"):
        deliver(heard[topic], samples.of(topic))
    assert len(published.messages["action_chunk"]) == chunks + 1
    assert published.messages["action_chunk"][-1].episode == samples.episode


def executor_steps(heard: dict[str, Any], published: Published, node: Any) -> None:
    """The next episode is followed, and its chunk is carried out."""
    node._matched = True
    samples = Samples(node.config, node._followed.number + 1, stamp_ns=2**31 * STAMP_NS - 1)
    before = len(published.messages["action"])
    for topic in ("start_episode", "action_chunk", "joint_states"):
        deliver(heard[topic], samples.of(topic))
    assert [step.episode for step in published.messages["action"][before:]] == [samples.episode]


def learner_records(heard: dict[str, Any], published: Published, node: Any) -> None:
    folder = RunFolder(node.config_path.parent)
    before = len(segments(folder.bag))
    last = node._trainer.robot_progress()["robot0"].last_episode
    deliver(heard[f"/{node.config.run_id}/episode"], Samples(node.config, last + 1).settled())
    assert len(segments(folder.bag)) == before + 1


def bridge_plays(heard: dict[str, Any], published: Published, node: Any) -> None:
    samples = Samples(node.config, LATER)
    deliver(heard["start_episode"], samples.start())
    assert published.messages["episode_status"][-1].state == msg.EpisodeStatus.READY
    before = len(published.messages["joint_states"])
    deliver(heard["action"], samples.action())
    assert len(published.messages["joint_states"]) == before + 1


def keys_hear(heard: dict[str, Any], published: Published, node: Any) -> None:
    """What is typed goes to the episode that the last status shows."""
    deliver(heard["executor_status"], Samples(node.config, LATER).executor())
    node._publish([Kind.STOP], "keys")
    assert published.messages["operator_event"][-1].episode == LATER


def operator_hears(heard: dict[str, Any], published: Published, node: Any) -> None:
    """A button that is pressed is an event, of the episode that the last status shows."""
    samples = Samples(node.config, LATER)
    deliver(heard["executor_status"], samples.executor())
    pressed = samples.joy()
    stop = next(int(number) for number, event in node.config.platform.operator.buttons.items() if event == "stop")
    deliver(heard["/joy"], pressed)
    pressed.buttons[stop] = 1
    deliver(heard["/joy"], pressed)
    assert [published.messages["operator_event"][-1].kind] == [msg.OperatorEvent.STOP]
    assert published.messages["operator_event"][-1].episode == LATER


OPENINGS = {"steering": start_steering, "executor": start_executor, "sim_bridge": start_bridge}
ENDINGS = {
    "camera": answers("observation/images/front", "cameras/front/image_raw"),
    "proprioception": answers("observation/state", "measured_joint_states"),
    "reward": answers("reward", "task_event"),
    "steering": steering_decides,
    "executor": executor_steps,
    "keys": keys_hear,
    "operator": operator_hears,
    "learner": learner_records,
    "sim_bridge": bridge_plays,
}
