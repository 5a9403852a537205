"""Hostile messages on every topic of an arm's executor while the arm moves: it goes on, and no command is unsafe.

In CI a few per topic; by hand 1,000: `./dsrl test -m long test/field/test_arm_topic_fuzz.py -s`, with the seed printed,
and FUZZ_SEED=… to repeat one; FUZZ_COUNT=… for more or fewer.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from arm_node_world import TICK_S, ArmNodeWorld
from hostile_arm_messages import EVENT, TOPICS, hostile
from hypothesis import strategies as st
from message_strategies import thrown
from real_nodes import deliver, real_node

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_ros.nodes.complaints import PERIOD_S

FEW, TOGETHER, MANY = 15, 150, int(os.environ.get("FUZZ_COUNT", "1000"))
BETWEEN_S = st.sampled_from([0.0, 0.05, 0.3])  # of this world's time, between two messages
TICKS = st.sampled_from([1, 1, 2, 10, 30])  # for which a message is repeated beside the sound ones
REAL_TIME = "robot_end.clock=real"
# Lines within `PERIOD_S`: that messages are malformed, and that they are foreign; besides, that a chunk is awaited,
# and that a press does nothing now, of each kind.
LINES = {EVENT: 3 + len(Kind)}
LONGEST = 400  # characters of a line

pytestmark = pytest.mark.filterwarnings(
    "error::RuntimeWarning"
)  # numpy tells of what is no number on a line of its own


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmNodeWorld]:
    with real_node("arm_executor", tmp_path / "run", REAL_TIME, "operator.guided=false", platform="franka_sim") as it:
        yield ArmNodeWorld(it[0], monkeypatch)


@pytest.fixture
def guided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmNodeWorld]:
    """A world whose arm moves home between episodes."""
    with real_node("arm_executor", tmp_path / "run", REAL_TIME, platform="franka_sim") as it:
        yield ArmNodeWorld(it[0], monkeypatch)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_few_hostile_messages_to_an_arm_that_moves(topic: str, world: ArmNodeWorld, capfd: Any) -> None:
    fuzz(topic, world, FEW, 0, capfd)


def test_a_few_hostile_messages_on_all_topics_together(guided: ArmNodeWorld, capfd: Any) -> None:
    together(guided, TOGETHER, 0)


@pytest.mark.long
def test_a_thousand_hostile_messages_on_all_topics_together(guided: ArmNodeWorld, capfd: Any) -> None:
    together(guided, MANY, seed_of("all topics", capfd))


@pytest.mark.long
@pytest.mark.parametrize("topic", TOPICS)
def test_a_thousand_hostile_messages_to_an_arm_that_moves(topic: str, world: ArmNodeWorld, capfd: Any) -> None:
    fuzz(topic, world, MANY, seed_of(topic, capfd), capfd)


def seed_of(name: str, capfd: Any) -> int:
    """The seed of a run by hand, printed."""
    chosen = int(os.environ.get("FUZZ_SEED", random.randrange(2**32)))
    with capfd.disabled():
        print(f"\n{name}: FUZZ_SEED={chosen}", flush=True)
    return chosen


def fuzz(topic: str, world: ArmNodeWorld, count: int, chosen: int, capfd: Any) -> None:
    world.run_until_it_moves()
    capfd.readouterr()
    began_s = monotonic()
    throw(world, count, chosen, st.just(topic), st.just(0))
    check_told(capfd.readouterr().err, LINES.get(topic, 4), monotonic() - began_s)
    world.run_until_it_moves()
    world.check()


def together(world: ArmNodeWorld, count: int, chosen: int) -> None:
    """Messages of all topics, some of them again and again, in whatever state the arm is."""
    throw(world, count, chosen, st.sampled_from(TOPICS), TICKS)
    world.run_until_it_moves(120.0)
    world.check()


def throw(
    world: ArmNodeWorld, count: int, chosen: int, topics: st.SearchStrategy[str], ticks: st.SearchStrategy[int]
) -> None:
    """Deliver so many hostile messages, each also for some ticks more, and let a little time pass after each."""

    @thrown(count, chosen, st.data())
    def each(data: st.DataObject) -> None:
        topic = data.draw(topics)
        message = data.draw(hostile(topic, world))
        deliver(world.heard[topic], message)
        world.obey()
        for _ in range(data.draw(ticks)):
            world.run(TICK_S)
            deliver(world.heard[topic], message)
            world.obey()
        world.run(data.draw(BETWEEN_S))

    each()


def check_told(text: str, lines: int, took_s: float) -> None:
    """Each refusal is one clear line, and few are told."""
    told = text.splitlines()
    assert all(line.startswith(("[WARN]", "[INFO]")) for line in told), text[:2000]
    assert all(len(line) <= LONGEST and line.isprintable() for line in told), text[:2000]
    warnings = [line for line in told if line.startswith("[WARN]")]
    assert len(warnings) <= lines * (1 + took_s // PERIOD_S), "\n".join(warnings)
