"""A pre-flight on an arm from its arguments to its last line, without playing it."""

import argparse
import dataclasses
import json
from pathlib import Path

import pytest
from labelled_samples import exchanged, trial

from dsrl_core.app import labelled
from dsrl_core.app.__main__ import main
from dsrl_core.app.commands import preflight
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.preflight.judge_labelled import better
from dsrl_core.preflight.labelled import read_labelled
from dsrl_core.record.segment import write_segment
from dsrl_core.report.report import write_report
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import JsonlSink
from dsrl_core.types import Episode

ASKED = ["franka_sim", "robot_end.clock=real"]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(*words: str) -> tuple[RunConfig, RunFolder]:
    parser = argparse.ArgumentParser()
    preflight.add_arguments(parser)
    return labelled.asked_labelled(parser.parse_intermixed_args([*ASKED, *words]))


def starts(wins: int, noises: int = 5, count: int = 2) -> list[Episode]:
    """Labelled episodes of as many starts, of which the first noises succeed."""
    names = ["repeated", "iid", "constant_0", "constant_1", "constant_2"][:noises]
    groups = [(start, name) for start in range(count) for name in names]
    return [
        trial(f"preflight_{start}_{name}", names.index(name) < wins, seed=7 * start + names.index(name), number=number)
        for number, (start, name) in enumerate(groups)
    ]


def played(config: RunConfig, folder: RunFolder, episodes: list[Episode]) -> None:
    """The folder as the graph leaves it."""
    opened = open_run(config, folder.path)
    for episode in episodes:
        write_segment(opened.folder.bag, dataclasses.replace(episode, run_id=opened.config.run_id))
    sink = JsonlSink(opened.folder.metrics)
    counts = {"actions": 900, "person_actions": 0, "holds": 0, "faults": 0, "clipped": 90}
    sink.write({"kind": "arm", "wall_s": 1.0, "robot": "robot0", **counts})
    sink.close()


def test_a_person_is_asked_for_twenty_episodes_at_most_unless_told_otherwise() -> None:
    config, folder = asked()
    assert (config.preset.schedule.preflight, config.preset.schedule.preflight_vectors) == (20, 3)
    assert folder.path == Path("runs/preflight_franka_sim").absolute()
    schedule = asked("--episodes=12", "--vectors=2")[0].preset.schedule
    assert (schedule.preflight, schedule.preflight_vectors) == (12, 2)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--starts=3"], "--starts is for simulators"),
        (["--episodes=0"], "--episodes=0 must be at least 1"),
        (["--vectors=0"], "schedule.preflight_vectors=0"),
        (["action.dry_run=true", "operator.guided=false"], "needs an arm that moves"),
        (["schedule.preflight=0"], "is no pre-flight"),
    ],
)
def test_what_cannot_be_played_is_refused(words: list[str], part: str) -> None:
    with pytest.raises(ConfigError) as raised:
        asked(*words)
    assert part in str(raised.value)


def test_the_same_again_goes_on_and_other_settings_take_another_folder() -> None:
    config, folder = asked()
    open_run(config, folder.path)
    assert asked()[1].path == folder.path
    assert labelled.finished(*asked()) is None, "it was interrupted: there is more to play"
    assert asked("--episodes=10")[1].path.name == "preflight_franka_sim_2"


def test_a_complete_one_is_told_again_and_nothing_starts(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.execv", lambda *words: pytest.fail("a graph was started"))
    config, folder = asked()
    played(config, folder, starts(wins=2))
    first = labelled.conclude(*asked())
    assert main(["preflight", *ASKED, "--json=figures.json"]) == 0
    printed = capsys.readouterr().out
    assert "steer: 4 of 10 episodes succeeded; 2 of 2 starts went both ways" in printed
    assert "repeated vector" in printed
    assert read_labelled(folder.path) == first
    assert json.loads(Path("figures.json").read_text()) == first.figures()
    assert first.figures()["constant_0"] == 0


@pytest.mark.parametrize(("wins", "word"), [(0, "no noise helps"), (5, "base is good")])
def test_a_base_that_is_not_to_be_steered_ends_a_script(wins: int, word: str, capsys: Output) -> None:
    played(*asked(), starts(wins, count=3))
    labelled.conclude(*asked())
    assert main(["preflight", *ASKED]) == 1
    assert f"refused to steer this base: {word}" in capsys.readouterr().err


def test_what_is_wrong_comes_before_the_verdict(capsys: Output) -> None:
    played(*asked(), [exchanged(episode) for episode in starts(wins=2)])
    labelled.conclude(*asked())
    assert main(["preflight", *ASKED]) == 1
    printed = capsys.readouterr()
    assert "WRONG  gripper: follows its command" in printed.out
    assert "mend it first, then look again" in printed.out
    assert "gripper: follows its command is wrong" in printed.err


def test_too_few_episodes_leave_it_undecided_and_let_a_script_go_on() -> None:
    played(*asked(), starts(wins=2, noises=3, count=1))
    assert labelled.conclude(*asked()).word == "undecided"
    assert main(["preflight", *ASKED]) == 0


def test_its_own_report_and_that_of_a_run_beside_it_show_it() -> None:
    config, folder = asked()
    played(config, folder, starts(wins=2))
    labelled.conclude(*asked())
    page = folder.report.read_text()
    assert "Pre-flight on the arm" in page
    assert "<h2>Evaluation</h2>" not in page, "an episode is no evaluation of its own"
    for settings, shown in (("schedule.preflight=0", True), ("noise.magnitude=1.1", False)):
        preset = dataclasses.replace(config.preset, schedule=dataclasses.replace(config.preset.schedule, preflight=0))
        platform = dataclasses.replace(
            config.platform, operator=dataclasses.replace(config.platform.operator, takeover="joy")
        )
        if not shown:
            preset = dataclasses.replace(preset, noise=dataclasses.replace(preset.noise, magnitude=1.1))
        run = open_run(
            dataclasses.replace(config, preset=preset, platform=platform), folder.path.parent / settings.split("=")[0]
        )
        assert ("Pre-flight on the arm" in write_report(run.folder.path).read_text()) is shown


def test_a_result_that_is_damaged_or_of_another_version_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", '{"rows": 1}', '{"rows": [], "outcomes": [], "flags": []}'):
        (tmp_path / "labelled.json").write_text(text)
        assert read_labelled(tmp_path) is None


def test_how_sure_one_noise_is_better_than_another() -> None:
    assert better((2, 4), (2, 4)) == pytest.approx(0.5)
    assert better((4, 4), (0, 4)) == pytest.approx(1 - 1 / 252, abs=0.001)
    assert better((1, 4), (3, 4)) == pytest.approx(1 - better((3, 4), (1, 4)))
