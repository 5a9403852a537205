"""The summary has its keys, and says null rather than guess."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import acted, make_episode
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.config.resolve import load_run
from dsrl_core.run.arm_record import ArmCounts
from dsrl_core.run.summary import LearnerFacts, RunFacts, read_summary, summarise, write_summary
from dsrl_core.schedule.tally import Tally, success_interval
from dsrl_core.types import NoiseSource

KEYS = {
    *("platform", "preset", "seed", "episodes", "dropped_episodes", "env_steps", "decisions", "gradient_steps"),
    *("base_success", "baselines", "final_success", "best_success", "eval_episodes", "wall_s", "train_wall_s"),
    *("exact", "resumed", "transitions_sha256", "params_sha256"),
}
TALLIES = {
    "base_repeated": Tally(100, 27, 450, 4500),
    "base_iid": Tally(100, 25, 450, 4500),
    "train": Tally(140, 90, 500, 5000),
    "select_60": Tally(20, 15, 60, 600),
    "final": Tally(100, 98, 300, 3000),
}
LEARNER = LearnerFacts(gradient_steps=9000, params_sha256="aa")
STEPS = {"robot1": 7500, "robot0": 15000}
RUN = RunFacts(wall_s=300.0, train_wall_s=170.0, transitions_sha256="bb", robot_steps=STEPS)


def test_the_promised_keys_and_their_meaning() -> None:
    summary = summarise(load_run("reach", "run", seed=4), TALLIES, LEARNER, RUN)
    assert set(summary) >= KEYS
    assert summary["seed"] == 4
    assert (summary["episodes"], summary["decisions"], summary["env_steps"]) == (140, 500, 5000)
    assert summary["base_success"] == 0.27
    assert summary["baselines"] == {"iid": 0.25, "repeated": 0.27, "clipped": None, "zero": None}
    assert (summary["final_success"], summary["best_success"], summary["eval_episodes"]) == (0.98, 0.98, 100)
    assert summary["exact"] is True
    assert summary["groups"]["select_60"]["successes"] == 15
    assert summary["env_steps_per_s"] == 75.0
    assert summary["robots"]["robot1"] == {"env_steps": 7500, "env_steps_per_s": 25.0}


def test_what_was_played_beside_training_is_counted() -> None:
    tallies = {**TALLIES, "select_120": Tally(20, 16, 60, 600), "train": Tally(140, 90, 500, 5000, operated=12)}
    told = replace(RUN, search_episodes=400)
    summary = summarise(load_run("reach", "run"), tallies, LEARNER, told)
    counts = [summary[f"{name}_episodes"] for name in ("operator", "selection", "search")]
    assert counts == [12, 40, 400]
    plain = summarise(load_run("reach", "run"), {}, LEARNER, RUN)
    assert [plain[f"{name}_episodes"] for name in ("operator", "selection", "search")] == [0, 0, 0]


def test_a_tally_counts_the_episodes_in_which_an_operator_acted() -> None:
    far = (NoiseSource.PRIOR_REPEATED, NoiseSource.OPERATOR_FAR)
    tally = Tally().with_episode(make_episode(0)).with_episode(make_episode(1, 2, noise_sources=far))
    assert (tally.episodes, tally.operated) == (2, 1)
    assert tally.plus(True, 3, 30).operated == 1


def test_only_the_run_of_an_arm_says_what_it_went_through() -> None:
    counts = ArmCounts(200, person_actions=20, takeovers=4, holds=3, faults=2, reflexes=1, clipped=5, person_s=90.0)
    told, real = replace(RUN, arm=counts), load_run("franka_sim", "run", overrides=["robot_end.clock=real"])
    assert summarise(real, TALLIES, LEARNER, told)["arm"] == {
        "holds": 3,
        "faults": 2,
        "reflexes": 1,
        "clipped_share": 0.025,
        "takeovers": 4,
        "person_steps_share": 0.1,
        "person_minutes": 1.5,
    }
    still = summarise(real, TALLIES, LEARNER, RUN)["arm"]
    assert (still["faults"], still["clipped_share"], still["person_steps_share"]) == (0, None, None)
    for lockstep in ("reach", "franka_sim"):
        assert "arm" not in summarise(load_run(lockstep, "run"), TALLIES, LEARNER, told)


def test_a_golden_ticket_stands_beside_the_baselines() -> None:
    golden = {**TALLIES, "base_golden": Tally(100, 55, 300, 3000)}
    baselines = summarise(load_run("reach", "run"), golden, LEARNER, RUN)["baselines"]
    assert baselines == {"iid": 0.25, "repeated": 0.27, "clipped": None, "zero": None, "golden": 0.55}


def test_the_best_is_that_of_its_own_evaluation() -> None:
    best = {**TALLIES, "best": Tally(100, 99, 300, 3000)}
    assert summarise(load_run("reach", "run"), best, LEARNER, RUN)["best_success"] == 0.99


def test_a_run_cut_early_has_nulls() -> None:
    facts = RunFacts(wall_s=1.0, train_wall_s=None, transitions_sha256=None, complete=False)
    summary = summarise(load_run("reach", "run"), {}, LearnerFacts(0, None), facts)
    for key in ("base_success", "final_success", "best_success", "train_wall_s", "params_sha256"):
        assert summary[key] is None
    assert (summary["episodes"], summary["eval_episodes"], summary["complete"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("overrides", "facts", "reason"),
    [
        (["mode=async"], {}, "mode async"),
        ([], {"dropped_episodes": 2}, "dropped episodes: 2"),
        ([], {"inexact": ("the sun shone",)}, "the sun shone"),
    ],
)
def test_exactness_is_denied_with_the_reason(overrides: list[str], facts: dict[str, Any], reason: str) -> None:
    config = load_run("reach", "run", overrides=overrides)
    summary = summarise(config, TALLIES, LEARNER, replace(RUN, **facts))
    assert summary["exact"] is False
    assert [text.startswith(reason) for text in summary["not_exact_because"]] == [True]


def test_a_restart_of_the_learner_alone_denies_nothing() -> None:
    summary = summarise(load_run("reach", "run"), TALLIES, LearnerFacts(9000, "aa", restarts=1), RUN)
    assert (summary["exact"], summary["not_exact_because"], summary["learner_restarts"]) == (True, [], 1)


def test_each_figure_says_of_which_parameters_it_is() -> None:
    final = Tally()
    for number, version in enumerate((520, 495)):
        final = final.with_episode(acted(number, version, group="final"))
    groups = summarise(load_run("reach", "run"), {**TALLIES, "final": final}, LEARNER, RUN)["groups"]
    assert groups["final"]["params_versions"] == [495, 520]
    assert groups["base_iid"]["params_versions"] is None


def test_writing_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    assert read_summary(path) is None
    write_summary(path, {"a": "x" * 100})
    write_summary(path, {"a": None})
    assert json.loads(path.read_text()) == read_summary(path) == {"a": None}
    with pytest.raises(ValueError, match="JSON"):
        write_summary(path, {"a": float("nan")})
    assert read_summary(path) == {"a": None}
    assert list(tmp_path.iterdir()) == [path]


@given(episodes=st.integers(1, 400), data=st.data())
def test_the_interval_holds_the_rate_and_narrows(episodes: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, episodes))
    low, high = success_interval(successes, episodes)
    assert 0 <= low <= successes / episodes <= high <= 1
    wider = success_interval(successes, episodes)
    narrower = success_interval(4 * successes, 4 * episodes)
    assert narrower[1] - narrower[0] < wider[1] - wider[0]


def test_the_interval_is_wilsons() -> None:
    assert success_interval(27, 100) == pytest.approx((0.19275, 0.36430), abs=1e-4)
    with pytest.raises(ValueError, match="episodes"):
        success_interval(0, 0)
