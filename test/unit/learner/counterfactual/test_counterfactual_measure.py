"""What is asked of critics whose opinion is known: every number by hand."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from builders import SHAPES, make_config, make_episode

from dsrl_core.acting.constant_noise import normals
from dsrl_core.config.preset import Preset
from dsrl_core.learner.counterfactual.critics import Critics
from dsrl_core.learner.counterfactual.measure import DRAWS, ask, evenly, measure
from dsrl_core.learner.counterfactual.result import QUANTILES
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import F32, Episode, LearnerView, NoiseSource, Purpose

CONFIG = make_config()
MODE = np.array([[1.0, 0.5]], np.float32)


@dataclass(frozen=True)
class Known:
    """Two critics: the first gives the noise's first number, the second three times that less one."""

    preset: Preset = CONFIG.preset
    shapes: LearnerShapes = SHAPES
    gradient_steps: int = 7
    source: str = "known"
    seen: list[LearnerView] = field(default_factory=list)

    def mode(self, view: LearnerView) -> F32:
        self.seen.append(view)
        return MODE

    def values(self, view: LearnerView, noises: F32) -> F32:
        first = noises[:, 0, 0]
        return np.stack([first, 3 * first - 1])


def known(**changes: Any) -> Critics:
    return cast(Critics, Known(**changes))


def episode(number: int, first: list[float], **changes: Any) -> Episode:
    """An episode whose noise has these first numbers, and 0 as its second."""
    noises = np.array([[[value, 0.0]] for value in first], np.float32)
    return dataclasses.replace(make_episode(number, n=len(first)), noises=noises, **changes)


def test_every_kind_of_noise_is_rated_at_every_decision() -> None:
    result = measure(CONFIG, known(), [episode(1, [0.0, 2.0])], "here")
    (along,) = result.along
    assert along.played.mean == (-0.5, 3.5)
    assert along.played.spread == (0.5, 1.5)
    assert along.actor.mean == (1.5, 1.5)
    assert along.zero.mean == (-0.5, -0.5)
    drawn = 2 * normals(CONFIG, "counterfactual", DRAWS)[:, 0, 0] - 0.5
    for row, quantile in zip(along.prior, QUANTILES, strict=True):
        assert row == pytest.approx([np.quantile(drawn, quantile)] * 2, abs=1e-5)


def test_the_critics_see_what_each_decision_was_made_on() -> None:
    critics, played = Known(), episode(1, [0.0, 2.0, 1.0])
    ask(cast(Critics, critics), played, normals(CONFIG, "counterfactual", 3))
    assert [view.state.tolist() for view in critics.seen] == played.states[:3].tolist()


def test_the_actor_is_compared_with_each_kind_of_noise() -> None:
    sampled = {"noise_sources": (NoiseSource.ACTOR_SAMPLE,) * 2}
    base = {"group": "base_repeated", "purpose": Purpose.EVAL}
    episodes = [episode(1, [0.0, 2.0]), episode(2, [0.9, 1.1], **sampled), episode(3, [1.0, 1.0], **base)]
    rows = {row.title: row for row in measure(CONFIG, known(), episodes, "here").compared}
    prior = rows["Training, noise of the prior"]
    assert (prior.decisions, prior.above, prior.agreed) == (2, 1, 1)
    assert prior.gains == pytest.approx(np.quantile([2.0, -2.0], QUANTILES))
    drawn = normals(CONFIG, "counterfactual", DRAWS)[:, 0, 0]
    assert prior.prior_above == pytest.approx(((drawn > 0).mean() + (drawn > 2).mean()) / 2)
    assert rows["Training, the actor's noise"].gains == pytest.approx(np.quantile([0.2, -0.2], QUANTILES), abs=1e-6)
    assert (rows["Base policy, as steered"].above, rows["Base policy, as steered"].decisions) == (0, 2)


def test_where_critics_do_not_agree_it_is_told() -> None:
    class Split(Known):
        def values(self, view: LearnerView, noises: F32) -> F32:
            first = noises[:, 0, 0]
            return np.stack([3 * first, -first])

    (row,) = measure(CONFIG, cast(Critics, Split()), [episode(1, [0.0, 0.5])], "here").compared
    assert (row.above, row.agreed) == (2, 0)


def test_what_this_actor_has_played_itself_is_not_compared_with_it() -> None:
    final = {"group": "final", "purpose": Purpose.EVAL, "noise_sources": (NoiseSource.ACTOR_MODE,) * 2}
    chosen = episode(1, [1.0, 1.0], params_versions=np.array([7, 7]), **final)
    earlier = episode(2, [1.0, 1.0], params_versions=np.array([5, 5]), **(final | {"group": "select_2"}))
    rows = measure(CONFIG, known(), [chosen, earlier], "here").compared
    assert [row.title for row in rows] == ["Checkpoint after 2 episodes"]


def test_values_are_held_against_what_followed() -> None:
    ended = {"terminated": True, "truncated": False, "success": True, "group": "final", "purpose": Purpose.EVAL}
    rewards = {"rewards": np.array([-1, 0], np.float32)}
    found = measure(CONFIG, known(), [episode(1, [-0.25, 0.5], **ended, **rewards)], "here").calibration
    assert found is not None
    assert found.episodes == "1 episode evaluated with the final actor"
    assert [(point.value, point.returned, point.cut) for point in found.points] == [
        (-1.0, -1.0, False),
        (0.5, 0.0, False),
    ]
    assert found.rank_correlation == pytest.approx(1.0)
    assert found.bias == pytest.approx(0.25)


def test_cut_episodes_say_nothing_of_the_bias() -> None:
    found = measure(CONFIG, known(), [episode(1, [0.0, 2.0])], "here").calibration
    assert found is not None
    assert found.episodes == "1 episode late in training"
    assert (found.bias, found.rank_of_ended) == (None, None)
    assert all(point.cut for point in found.points)


def test_a_map_shows_every_noise_of_two_numbers() -> None:
    (along,) = measure(CONFIG, known(), [episode(1, [0.0, 2.0])], "here").along
    first, second = along.maps
    assert (first.decision, second.decision) == (0, 1)
    assert first.half == 2.0, "as far as the noise that was played lies out"
    for row in (first.values[0], first.values[-1]):
        assert (row[0], row[10], row[20]) == pytest.approx((2 * -2 - 0.5, -0.5, 2 * 2 - 0.5))
    assert (second.played, second.actor) == ((2.0, 0.0), (1.0, 0.5))


def test_noise_of_more_numbers_has_no_map() -> None:
    config = make_config(platform={"policy": {"kind": "null", "horizon": 4, "noise_dim": 3, "execute": 4}})
    shapes = dataclasses.replace(SHAPES, noise_dim=3)

    class Three(Known):
        def mode(self, view: LearnerView) -> F32:
            return np.zeros((1, 3), np.float32)

    (along,) = measure(config, cast(Critics, Three(shapes=shapes)), [make_episode(1, shapes=shapes)], "here").along
    assert along.maps == ()


def test_noise_of_another_shape_is_passed_over_and_never_asked_about() -> None:
    other = make_episode(1, shapes=dataclasses.replace(SHAPES, vectors=4))
    assert measure(CONFIG, known(), [other], "here").along == ()
    with pytest.raises(ValueError, match=r"noise has shape \(4, 2\), the critics take \(1, 2\)"):
        ask(known(), other, normals(CONFIG, "counterfactual", 3))


def test_failures_and_successes_are_shown_from_first_to_last() -> None:
    won = {"success": True, "terminated": True, "truncated": False}
    episodes = [episode(number, [0.0], **(won if number % 2 else {})) for number in range(12)]
    shown = measure(CONFIG, known(), episodes, "here").along
    assert [(each.episode, each.success) for each in shown] == [
        (0, False), (1, True), (4, False), (5, True), (10, False), (11, True),
    ]  # fmt: skip


def test_evenly_keeps_both_ends() -> None:
    assert evenly(range(10), 3) == [0, 4, 9]
    assert evenly(range(2), 3) == [0, 1]
    assert evenly(range(5), 1) == [0]
