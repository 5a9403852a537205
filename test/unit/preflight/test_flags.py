"""Each flag of a pre-flight on an arm: raised by what it is for, and by nothing else."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from labelled_samples import EXECUTE, arm_config, exchanged, means_open_by_one, scaled, swapped, trial, trials
from labelled_samples import with_actions as changed

from dsrl_core.preflight.flag_actions import clipped
from dsrl_core.preflight.flag_cameras import cameras
from dsrl_core.preflight.flag_gripper import gripper
from dsrl_core.preflight.judge_labelled import flags
from dsrl_core.preflight.recorded import grey, parts_of
from dsrl_core.robot_check.finding import Finding, Verdict
from dsrl_core.run.arm_record import ArmCounts
from dsrl_core.types import Actor, Episode

COUNTS = ArmCounts(actions=500, clipped=50)
PARTS = parts_of(arm_config().platform)
NAMES = ("left", "right", "wrist")


def judged(episodes: list[Episode], counts: ArmCounts = COUNTS) -> dict[str, Finding]:
    return {flag.about: flag for flag in flags(arm_config(), episodes, counts)}


def raised(episodes: list[Episode], counts: ArmCounts = COUNTS) -> list[str]:
    return [about for about, flag in judged(episodes, counts).items() if flag.verdict is not Verdict.OK]


def of_positions(episode: Episode) -> Episode:
    """As if the policy gave joint positions."""
    actions = episode.actions.copy()
    actions[:, :7] = np.clip(np.repeat(episode.states[:-1, :7], EXECUTE, axis=0), -1, 1)
    return changed(episode, actions)


def constant_chunks(episode: Episode) -> Episode:
    return changed(episode, np.repeat(episode.actions[5::EXECUTE], EXECUTE, axis=0))


def alike(episode: Episode) -> Episode:
    """As if the policy ignored its noise."""
    return changed(episode, trial(seed=0).actions)


def test_sound_episodes_raise_no_flag() -> None:
    found = judged(trials())
    assert raised(trials()) == [], found
    assert len(found) == 9


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (swapped, {"cameras: which moves with the arm"}),
        (lambda episode: swapped(episode, 1, 2), {"cameras: which moves with the arm"}),
        (exchanged, {"gripper: follows its command"}),
        (means_open_by_one, {"gripper: what the policy means"}),
        (lambda episode: scaled(episode, 15.0), {"actions: bounds"}),
        (lambda episode: scaled(episode, 0.2 * 0.42), {"actions: size"}),
        (constant_chunks, {"actions: chunks"}),
        (of_positions, {"actions: kind", "actions: chunks", "actions: bounds", "noise: changes the motion"}),
        (alike, {"noise: changes the motion"}),
    ],
    ids=["left", "right", "gripper", "convention", "per_second", "radians", "chunks", "positions", "noise"],
)
def test_each_fault_raises_its_own_flag(spoil: Callable[[Episode], Episode], expected: set[str]) -> None:
    found = judged([spoil(episode) for episode in trials()])
    wrong = {about for about, flag in found.items() if flag.verdict is Verdict.WRONG}
    assert wrong == expected, found
    assert all(found[about].remedy for about in wrong)


def test_swapped_cameras_are_told_with_how_sure_that_is() -> None:
    told = judged([swapped(episode) for episode in trials()])["cameras: which moves with the arm"]
    assert "left most in 6 of 6 episodes, and wrist is expected to" in told.words
    sound = judged([swapped(episode, 0, 1) for episode in trials()])["cameras: which moves with the arm"]
    assert sound.verdict is Verdict.OK
    assert "Cameras that stand still can be swapped all the same" in sound.words


def test_cameras_of_which_too_little_is_known_raise_a_notice() -> None:
    assert "3 episodes with motion" in cameras(trials(3), NAMES, PARTS).words
    still = [dataclasses.replace(episode, states=np.repeat(episode.states[:1], 10, axis=0)) for episode in trials()]
    assert "0 episodes with motion" in cameras(still, NAMES, PARTS).words
    same = [dataclasses.replace(each, images=np.repeat(each.images[:, :1], 3, axis=1)) for each in trials()]
    assert "does not tell them apart" in cameras(same, NAMES, PARTS).words
    for names in (("left", "right", "top"), ("wrist", "hand", "left")):
        assert "not looked at" in cameras(trials(), names, PARTS).words


def test_a_gripper_that_does_not_move_or_was_never_told_to_is_no_fault_and_no_pass() -> None:
    stuck = [dataclasses.replace(each, states=np.array(each.states)) for each in trials()]
    for each in stuck:
        each.states[:, 7] = 0.03
    assert next(flag.verdict for flag in gripper(stuck, PARTS)) is Verdict.NOTICE
    never = [changed(each, each.actions * [1, 1, 1, 1, 1, 1, 1, 0]) for each in trials()]
    assert "0 closed" in next(iter(gripper(never, PARTS))).words
    assert not list(gripper(trials(), dataclasses.replace(PARTS, finger=None)))


@pytest.mark.parametrize(("share", "verdict"), [(0.3, Verdict.OK), (0.5, Verdict.NOTICE), (0.7, Verdict.WRONG)])
def test_the_share_of_steps_that_the_rails_changed(share: float, verdict: Verdict) -> None:
    found = clipped(ArmCounts(actions=200, clipped=int(200 * share)))
    assert found.verdict is verdict
    assert f"{share:.0%} of 200 steps" in found.words
    assert clipped(ArmCounts()).verdict is Verdict.OK


def test_what_a_person_did_in_a_takeover_is_not_the_policy_s() -> None:
    def taken_over(episode: Episode) -> Episode:
        everyone = np.full(len(episode.actions), Actor.PERSON, np.uint8)
        return dataclasses.replace(means_open_by_one(scaled(episode, 15.0)), actors=everyone)

    found = judged([taken_over(episode) for episode in trials()])
    assert {about for about, flag in found.items() if flag.verdict is Verdict.WRONG} == set()
    assert "no decision" in found["actions"].words


def test_brightness_is_the_mean_of_blocks_of_any_size() -> None:
    picture = np.zeros((2, 33, 20, 3), np.uint8)
    picture[:, :17] = 100
    blocks = grey(picture)
    assert blocks.shape == (2, 16, 16)
    assert blocks[:, 0].max() == 100
    assert blocks[:, -1].max() == 0


def test_vectors_that_happen_to_choose_alike_are_no_fault_if_one_chooses_otherwise() -> None:
    same = [alike(episode) for episode in trials()]
    assert "noise: changes the motion" not in raised([*same[:4], trials()[4], same[5]])
    nearly = [changed(each, each.actions + np.float32(0.0005) * number) for number, each in enumerate(same)]
    assert judged(nearly)["noise: changes the motion"].verdict is Verdict.NOTICE
