"""`./dsrl preflight` on an arm in real time: interrupted and gone on with; a wrong policy told. For idle machines."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphs import GraphRun

from dsrl_core.preflight.labelled import Labelled, read_labelled
from dsrl_core.run.metrics import Line

pytestmark = pytest.mark.long  # real time asks for two cores of its own
REAL_TIME = ("robot_end.clock=real", "network.image_size=16")
DOMAIN, PATIENCE_S = 131, 240.0


@pytest.fixture(autouse=True)
def _own_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    return


def preflight(out: Path, *words: str) -> GraphRun:
    return GraphRun(out, *REAL_TIME, *words, command="preflight", platform="franka_sim")


def result_of(run: GraphRun) -> Labelled:
    result = read_labelled(run.folder.path)
    assert result is not None, run.logs()
    print("\n".join(f"{flag.verdict} {flag.about}: {flag.words}" for flag in result.flags))
    return result


def labelled(run: GraphRun) -> list[Line]:
    return [line for line in run.lines() if line["kind"] == "episode"]


def test_an_interruption_costs_no_label_and_the_same_command_goes_on(tmp_path: Path) -> None:
    out, words = tmp_path / "run", ("--episodes=5", "--vectors=2")
    first = preflight(out, *words)
    first.wait_until(lambda: len(labelled(first)) >= 2, "two labelled episodes")
    first.process.send_signal(signal.SIGINT)
    code, output = first.finish(PATIENCE_S)
    assert code == 130, output
    assert "to go on, give the same command with --out" in output
    kept = labelled(first)
    second = preflight(out, *words)
    code, output = second.finish(PATIENCE_S)
    assert code in (0, 1), output
    assert labelled(second)[: len(kept)] == kept
    result = result_of(second)
    assert result.episodes == len(labelled(second)) == 5
    assert sum(flag.about.startswith("gripper: what") and flag.verdict == "ok" for flag in result.flags) == 1
    assert not result.wrong
    third = preflight(out, *words)
    assert result.word in third.finish(60)[1]
    assert not third.left_over(), "a complete one is told again, and nothing starts"


def test_wrong_units_and_the_other_convention_of_the_gripper_are_told(tmp_path: Path) -> None:
    run = preflight(tmp_path / "run", "--episodes=5", "policy.kind=doubles.spoilt_policy")
    code, output = run.finish(PATIENCE_S)
    assert code == 1, output
    wrong = {flag.about for flag in result_of(run).wrong}
    assert {"actions: bounds", "gripper: what the policy means"} <= wrong
    assert "mend it first, then look again" in output
