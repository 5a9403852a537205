"""When a second graph counts as alive: nodes of our names that stay, not a message, and not a process that died."""

from pathlib import Path

import pytest
from builders import make_config

from dsrl_ros.app.graph import graph
from dsrl_ros.nodes.second_graph import HEARD_S, LIVES_S, YOUNG_S, ForeignMessages, SecondGraph, nodes_of

OURS = ["steering", "executor", "reward", "realsense", "realsense"]
TWICE = [*OURS, "executor"]
OLD = YOUNG_S + 1.0
CONFIG = make_config()
NODES = nodes_of(CONFIG.platform)


def test_the_names_are_those_of_the_graph():
    specs = graph(CONFIG, Path("config.yaml"))
    assert {spec.name for spec in specs if spec.namespace == "/robot0"} == NODES


def heard(at_s: float) -> ForeignMessages:
    foreign = ForeignMessages()
    foreign.note("ExecutorStatus of 'theirs/robot0'")
    foreign.last_s = at_s
    return foreign


@pytest.mark.parametrize("age_s", [1.0, OLD])
def test_foreign_messages_alone_are_none(age_s: float):
    second = SecondGraph(0.0, NODES)
    for tick in range(200):
        now = age_s + 0.5 * tick
        assert not second.found(OURS, heard(now), now)


def test_a_young_graph_gives_way_at_once_and_names_who_is_there():
    found = SecondGraph(0.0, NODES).found(TWICE, heard(4.9), 5.0)
    assert found == "node executor is there twice; the last message was ExecutorStatus of 'theirs/robot0'"
    assert SecondGraph(0.0, NODES).found(TWICE, ForeignMessages(), 5.0) == "node executor is there twice"


def test_an_old_graph_waits_whether_the_other_one_is_still_heard():
    second = SecondGraph(0.0, NODES)
    assert not second.found(TWICE, heard(OLD), OLD)
    assert not second.found(TWICE, heard(OLD + HEARD_S), OLD + HEARD_S)
    assert second.found(TWICE, heard(OLD + HEARD_S), OLD + HEARD_S + 0.5)


def test_nodes_of_a_graph_that_gave_way_or_was_killed_are_none():
    second = SecondGraph(0.0, NODES)
    for tick in range(int(2 * (LIVES_S - 1))):
        assert not second.found(TWICE, heard(OLD), OLD + 0.5 * tick)
    assert not second.found(OURS, heard(OLD), OLD + LIVES_S)
    assert not second.found(TWICE, heard(OLD), OLD + LIVES_S + 1), "time is counted anew"


def test_nodes_that_stay_are_a_second_graph_even_if_it_is_silent():
    second = SecondGraph(0.0, NODES)
    assert not second.found(TWICE, ForeignMessages(), OLD)
    assert second.found(TWICE, ForeignMessages(), OLD + LIVES_S + 0.5)
