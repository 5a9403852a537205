"""What steering tells beside an episode gets into its segment, whole or not at all; an episode never waits for it."""

from pathlib import Path
from typing import Any

import pytest
from builders import make_episode
from details_samples import details_of
from real_nodes import Published, deliver, real_node, subscriptions
from rosbags.highlevel import AnyReader
from topic_samples import Samples

from dsrl_core.errors import InvalidRequest
from dsrl_core.record.segment import segments
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c
from dsrl_ros.interface.details import details_message
from dsrl_ros.interface.details import details_of as read_details
from dsrl_ros.nodes.settled_episodes import SettledEpisodes

SETTINGS = ("schedule.baselines=[]",)


def topics_in(segment: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with AnyReader([segment]) as reader:
        for connection, stamp_ns, raw in reader.messages():
            read: Any = reader.deserialize(raw, connection.msgtype)
            found.setdefault(connection.topic.removeprefix("/robot0/"), []).append((stamp_ns, read))
    return found


def test_details_survive_the_message() -> None:
    details = details_of(make_episode(3, n=2), 5_000_000_007)
    assert read_details(details_message(details)) == details


def test_a_malformed_stamp_is_refused() -> None:
    message = details_message(details_of(make_episode(3, n=2), 0))
    message.pictures[1].header.stamp.nanosec = 2 * 10**9
    with pytest.raises(InvalidRequest, match="stamp: expected sec >= 0"):
        read_details(message)


def test_the_segment_holds_what_came_before_the_episode(tmp_path: Path, capfd: Any) -> None:
    with real_node("learner", tmp_path / "run", *SETTINGS) as (node, folder):
        samples, heard, run_id = Samples(node.config), subscriptions(node), node.config.run_id
        running = samples.of("executor_status")
        deliver(heard[f"/{run_id}/episode_details"], samples.of("episode_details"))
        deliver(heard["executor_status"], running)
        held = msg.ExecutorStatus(header=c.header(running.header.stamp.sec * 10**9 + 1), run_id=run_id, robot="robot0")
        held.state, held.reason = msg.ExecutorStatus.HOLD, "steering is silent"
        deliver(heard["executor_status"], held)
        deliver(heard["executor_status"], msg.ExecutorStatus(run_id=run_id, robot="robot0", episode=1))
        deliver(heard["/diagnostics"], samples.of("diagnostics"))
        deliver(heard[f"/{run_id}/episode"], samples.of("episode"))
        found = topics_in(segments(folder.bag)[0])
        assert len(found["observation/images/front/compressed"]) == len(found["observation/state"]) == 4
        assert "observation/images/front" not in found
        assert [read.decision for _, read in found["decision"]] == [0, 1, 2]
        assert [read.reason for _, read in found["executor_status"]] == ["", "steering is silent"]
        times = [stamp_ns for stamp_ns, _ in found["executor_status"]]
        assert times[1] - times[0] == 1
        assert times[0] == found["decision"][0][0], "the sample's stamp is that of the first observation"
        assert found["/diagnostics"][0][1].status[0].message == "are late"
        assert "came without pictures" not in capfd.readouterr().err


def test_an_episode_is_recorded_without_what_comes_late_and_that_is_said_once(tmp_path: Path, capfd: Any) -> None:
    with real_node("learner", tmp_path / "run", *SETTINGS) as (node, folder):
        heard, run_id = subscriptions(node), node.config.run_id
        for number in range(2):
            samples = Samples(node.config, episode=number)
            deliver(heard[f"/{run_id}/episode"], samples.of("episode"))
            deliver(heard[f"/{run_id}/episode_details"], samples.of("episode_details"))
        first, second = segments(folder.bag)
        for segment in (first, second):
            found = topics_in(segment)
            assert "decision" not in found
            assert len(found["observation/images/front"]) == 4, "the learner's pictures take the place of the policy's"
        assert capfd.readouterr().err.count("came without pictures and decisions") == 1


def test_details_of_another_run_are_none_of_ours(tmp_path: Path) -> None:
    with real_node("learner", tmp_path / "run", *SETTINGS) as (node, folder):
        samples, heard, run_id = Samples(node.config), subscriptions(node), node.config.run_id
        foreign = samples.of("episode_details")
        foreign.run_id = "theirs"
        deliver(heard[f"/{run_id}/episode_details"], foreign)
        deliver(heard[f"/{run_id}/episode"], samples.of("episode"))
        assert "decision" not in topics_in(segments(folder.bag)[0])


def test_details_are_sent_before_their_episode_each_time(tmp_path: Path) -> None:
    with real_node("steering", tmp_path / "run", *SETTINGS) as (node, _):
        published, sent = Published(node), []
        for topic in (f"/{node.config.run_id}/episode_details", f"/{node.config.run_id}/episode"):
            publisher = next(each for each in node.publishers if each.topic_name == topic)
            publisher.publish = lambda message, topic=topic: sent.append((topic.rpartition("/")[2], message.episode))
        settled: SettledEpisodes = node._settled
        episodes = [make_episode(number, n=2) for number in range(3)]
        settled.send(episodes[0], details_of(episodes[0], 0), episodes[:1])
        settled.send(episodes[1], details_of(episodes[1], 0), episodes[:2])
        settled.send_again(episodes[:2])
        assert sent == [(what, number) for number in (0, 1, 0, 1) for what in ("episode_details", "episode")]
        settled.send(episodes[2], details_of(episodes[2], 0), episodes[2:])
        assert list(settled._details) == [2], "what is acknowledged is not kept"
        assert published.messages["decision"] == []
