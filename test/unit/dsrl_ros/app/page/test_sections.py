"""What the page says of a snapshot: everything of interest, in order, and nothing that others sent as HTML."""

import dataclasses
import re
from pathlib import Path

import pytest
from doubles.view_source import ViewSource

from dsrl_core.view.snapshot import Outcome, ViewSnapshot
from dsrl_core.view.values import DecisionValue, DiagnosticValue, ExecutorValue, Level, OperatorValue
from dsrl_ros.app.page import charts, sections

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def source(tmp_path: Path) -> ViewSource:
    return ViewSource(tmp_path)


def everything(snapshot: ViewSnapshot) -> str:
    robots = "".join(sections.robot(robot) for robot in snapshot.robots)
    words = (sections.headline, sections.tiles, sections.decisions, sections.said, sections.hop_line)
    return (
        "".join(word(snapshot) for word in words)
        + robots
        + sections.banner(snapshot, "", True)
        + sections.groups(snapshot.curves)
        + sections.diagnostics(snapshot.diagnostics)
    )


def test_a_run_that_was_never_heard_is_shown_without_a_fault(source: ViewSource) -> None:
    text = everything(source.snapshot())
    assert "Starting" in text
    assert "waits for the learner to start" in text
    assert charts.success(source.snapshot())["series"][0]["data"] == []


def test_everything_of_interest_is_shown(source: ViewSource) -> None:
    source.play(60)
    text = everything(source.snapshot())
    for part in (
        "episode 60 of 100",
        "RESETTING",
        "waits for confirmation that the area is clear",
        "1\u2009200",
        "93 /s",
        "actor sample",
        "Base, clipped noise",
        "median 3.2 ms",
        "by keys",
    ):
        assert part in text, part


def test_nothing_that_others_sent_becomes_a_tag(source: ViewSource) -> None:
    source.play(3)
    view, robot = source.view, source.run.robots[0]
    view.decision(DecisionValue(robot, 1, EVIL, 0, EVIL, 1, None, 0, 0, 1, 1, 1, 3))
    view.executor(ExecutorValue(robot=robot, state="HOLD", reason=EVIL, waits_for=EVIL))
    view.diagnostic(DiagnosticValue(Level.WARN, f"{EVIL}/{EVIL}", EVIL))
    view.operator(OperatorValue(robot, EVIL, EVIL, 1))
    view.conclude(Outcome(EVIL, complete=False, report=EVIL))
    snapshot = source.snapshot()
    text = everything(dataclasses.replace(snapshot, run_id=EVIL))
    assert "&lt;img" in text
    assert "<img" not in text


def test_the_banner_tells_the_end_first_then_what_is_wrong(source: ViewSource) -> None:
    source.play(3)
    assert sections.banner(source.snapshot(), "", False) == ""
    assert "No process" in sections.banner(source.snapshot(), "no process of it is alive", False)
    silent = dataclasses.replace(source.snapshot(), heard_s=61.0)
    assert "nothing was heard of the run for 1 min 01 s" in sections.banner(silent, "", False).lower()
    source.view.conclude(Outcome("success: base 25 % -> steered 90 %", complete=True, report="/r/report.html"))
    done = sections.banner(source.snapshot(), "ignored", True)
    assert "The run is complete." in done
    assert "href='report'" in done, "relative: it works behind a forwarded port"
    assert "href" not in sections.banner(source.snapshot(), "", False)


def test_the_success_chart_has_a_point_per_episode_and_the_base_across(source: ViewSource) -> None:
    source.play(60)
    series = {line["name"]: line for line in charts.success(source.snapshot())["series"]}
    assert len(series["episodes"]["data"]) == 60
    assert series["training"]["data"][0][0] == 10, "a mean of fewer says nothing"
    assert series["training"]["data"][-1][0] == 60
    base = series["Base policy, as steered"]["markLine"]["data"][0]
    assert (base["yAxis"], base["label"]["formatter"]) == (0.25, "base 25 %")


def test_parts_of_a_decisions_time_are_stacked(source: ViewSource) -> None:
    source.play(10)
    series = charts.hops(source.snapshot())["series"]
    assert [line["name"] for line in series] == ["observe", "actor", "policy"]
    assert {line["stack"] for line in series} == {"hops"}
    assert series[0]["data"][-1][0] == 0, "the newest is now"


def test_javascript_is_marked_as_such_for_the_chart(source: ViewSource) -> None:
    options = charts.script(charts.values(source.snapshot()))
    assert re.match("value =>", options["xAxis"]["axisLabel"][":formatter"])
    assert "formatter" not in options["xAxis"]["axisLabel"]
