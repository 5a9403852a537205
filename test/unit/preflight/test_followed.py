"""How far a base follows an expert, and what operator episodes would bring."""

from pathlib import Path

import numpy as np
import pytest
from preflight_samples import Gate, GateExpert, config_of, measured

from dsrl_core.acting.player import Player
from dsrl_core.preflight.follower import Follower
from dsrl_core.preflight.judge_followed import judge_followed, with_followed
from dsrl_core.preflight.measure import Measurement, Outcome, read_outcomes
from dsrl_core.preflight.plan import Size, followed_arm
from dsrl_core.preflight.result import Followed, Row, Verdict, read_result, write_result
from dsrl_core.preflight.table import as_text
from dsrl_core.report.preflight import preflight
from dsrl_core.reversal.base import make_reverser

SIZE = Size(starts=4, vectors=4, episodes=20)


def followed(kind: str, folder: Path):
    environment = Gate()
    expert = GateExpert(environment)
    return measured(config_of(kind), environment, folder, SIZE, expert), expert


def test_a_base_whose_noise_decides_follows_the_expert_everywhere(tmp_path: Path):
    result, expert = followed("doubles.echo_policy", tmp_path)
    row, found = result.row("followed"), result.followed
    assert found is not None
    assert (row.successes, row.episodes) == (20, 20)
    assert len(expert.begun) == 20
    assert result.row("repeated").success < 0.8
    assert found.word == "helps"
    assert "operator.episodes=20" in found.advice
    assert found.residual is not None
    assert found.residual < 0.001
    figures = result.figures()
    assert (figures["followed"], figures["followed_verdict"]) == (1.0, "helps")
    assert figures["followed_residual"] == found.residual
    text = as_text(result)
    assert "the expert, followed by noise" in text
    assert "operator episodes: helps: led by noise after the expert, the base succeeds in 100% of 20 episodes" in text
    page = preflight(result)
    assert '<span class="mark good">helps</span>' in page
    assert "the expert, followed by noise" in page
    write_result(tmp_path, result)
    assert read_result(tmp_path) == result


def test_a_base_that_ignores_its_noise_cannot_be_followed(tmp_path: Path):
    result, _ = followed("null", tmp_path)
    found = result.followed
    assert found is not None
    assert result.row("followed").successes == 0
    assert found.word == "cannot"
    assert found.residual == pytest.approx(1.0), "the expert moves by half of the action's range, the base holds still"
    assert "corrections will not help by noise" in found.advice
    assert result.verdict.word == "refused"
    assert '<span class="mark bad">cannot</span>' in preflight(result)


def test_without_an_expert_nothing_is_played_and_the_line_says_why(tmp_path: Path):
    environment = Gate()
    result = measured(config_of(), environment, tmp_path, SIZE)
    assert not any(arm == "followed" for arm, _ in read_outcomes(tmp_path / "episodes.jsonl"))
    assert result.followed is not None
    assert result.followed.word == "unknown"
    assert "no scripted expert" in as_text(result)
    assert "followed" not in result.figures()


def test_episodes_after_the_expert_are_not_played_again(tmp_path: Path):
    config, size = config_of(), Size(2, 2, 3)
    for episodes in (3, 0):
        environment = Gate()
        player, expert = Player(config, environment, tmp_path), GateExpert(environment)
        follower = Follower(config, player, expert, make_reverser(config, player.steering.policy, "cross_entropy"))
        own = player.steering
        measurement = Measurement(config, player, tmp_path / "log", follower)
        measurement.play([followed_arm(config, size)])
        measurement.close()
        assert len(expert.begun) == episodes
        assert player.steering is own
        assert all(outcome.residual is not None for outcome in measurement.outcomes.values())


def judged(best: float, won: int, of: int = 20) -> Followed:
    outcomes = [Outcome(number < won, 4, {}, {}, residual=0.1) for number in range(of)]
    row = Row(name="followed", title="followed", successes=won, episodes=of)
    return judge_followed(
        outcomes, row, Row(name="zero", title="zero noise", successes=round(100 * best), episodes=100)
    )


@pytest.mark.parametrize(
    ("best", "won", "word", "advice"),
    [
        (0.35, 19, "helps", "operator.episodes=20"),
        (0.35, 6, "cannot", "corrections will not help by noise"),
        (0.35, 0, "cannot", "demonstrations"),
        (0.8, 16, "cannot", "demonstrations"),
        (0.35, 9, "undecided", "another --seed"),
        (0.93, 20, "good", "would bring nothing"),
    ],
)
def test_following_is_held_against_the_best_untrained_noise(best: float, won: int, word: str, advice: str):
    found = judged(best, won)
    assert found.word == word
    assert advice in found.advice
    assert f"(zero noise) in {best:.0%}" in found.reason
    assert "0.1 standard deviations" in found.reason


def test_a_refusal_falls_where_noise_that_is_chosen_anew_does_it():
    refused = Verdict(word="refused", reason="r", advice="a", best_untrained="zero", gain=0.1, vectors=1, magnitude=1.0)
    assert with_followed(refused, judged(0.35, 6)) == refused
    freed = with_followed(refused, judged(0.35, 19))
    assert (freed.word, freed.reason) == ("limited", judged(0.35, 19).reason)
    assert "No constant vector does it" in freed.advice
    assert "operator.episodes=20" in freed.advice
    assert np.isclose(freed.gain, refused.gain)
