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
from arm_node_world import ArmNodeWorld
from hostile_arm_messages import EVENT, TOPICS, hostile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from real_nodes import deliver, real_node

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_ros.nodes.complaints import PERIOD_S

FEW, MANY = 12, int(os.environ.get("FUZZ_COUNT", "1000"))
BETWEEN_S = st.sampled_from([0.0, 0.05, 0.3])  # of this world's time, between two messages
REAL_TIME = ("robot_end.clock=real", "operator.guided=false")
LINES = 2  # of one topic within `PERIOD_S`: that messages are malformed, and that they are foreign
LINES_MORE = {EVENT: len(Kind)}  # what does nothing now, each kind on a line of its own
LONGEST = 400  # characters of a line


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmNodeWorld]:
    with real_node("arm_executor", tmp_path / "run", *REAL_TIME, platform="franka_sim") as (node, _):
        yield ArmNodeWorld(node, monkeypatch)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_few_hostile_messages_to_an_arm_that_moves(topic: str, world: ArmNodeWorld, capfd: Any) -> None:
    fuzz(topic, world, FEW, 0, capfd)


@pytest.mark.long
@pytest.mark.parametrize("topic", TOPICS)
def test_a_thousand_hostile_messages_to_an_arm_that_moves(topic: str, world: ArmNodeWorld, capfd: Any) -> None:
    chosen = int(os.environ.get("FUZZ_SEED", random.randrange(2**32)))
    with capfd.disabled():
        print(f"\n{topic}: FUZZ_SEED={chosen}", flush=True)
    fuzz(topic, world, MANY, chosen, capfd)


def fuzz(topic: str, world: ArmNodeWorld, count: int, chosen: int, capfd: Any) -> None:
    world.run_until_it_moves()
    capfd.readouterr()
    began_s = monotonic()
    throw(topic, world, count, chosen)
    check_told(capfd.readouterr().err, LINES + LINES_MORE.get(topic, 0), monotonic() - began_s)
    world.run_until_it_moves()
    world.check()


def throw(topic: str, world: ArmNodeWorld, count: int, chosen: int) -> None:
    """Deliver so many hostile messages, and let a little time pass after each."""

    @seed(chosen)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def each(data: st.DataObject) -> None:
        deliver(world.heard[topic], data.draw(hostile(topic, world)))
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
