"""A fake environment as a robot end: stamps, time-outs, task events, and a contract that must fit."""

import dataclasses
import re

import numpy as np
import pytest
from builders import FakeEnvironment, make_platform

from dsrl_core.config.platform import Platform
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick, check_contract
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.types import EpisodeRequest, Purpose

PLATFORM = make_platform()
SPEC = FakeEnvironment().spec
PUSH = np.array([0.25], np.float32)
FAILS, SUCCEEDS = 1, 2  # seeds of the fake: odd ones never succeed, even ones at step 6


def request(seed: int, max_steps: int = 20) -> EpisodeRequest:
    return EpisodeRequest("run", "robot0", 0, Purpose.TRAIN, "train", 0, seed, -1, max_steps, False)


def robot(platform: Platform = PLATFORM) -> SimulatedRobot:
    return SimulatedRobot(FakeEnvironment(), platform)


def play(end: SimulatedRobot, steps: int, every: int = 4) -> list[Tick]:
    return [end.apply(PUSH, decision_due=(i + 1) % every == 0) for i in range(steps)]


def test_a_reset_shows_a_frame_with_an_empty_event():
    end = robot()
    tick = end.start(request(FAILS))
    assert end.environment.resets == [(FAILS, -1)]
    assert tick.frame is not None
    event = tick.frame.event
    assert (event.stamp_ns, event.native_reward_sum, event.label) == (tick.stamp_ns, 0.0, "")
    assert event.executed.shape == (0, 1)
    assert (tick.ended, event.success, event.time_out) == (False, False, False)


def test_a_frame_comes_when_a_decision_is_due_and_only_then():
    end = robot()
    first = end.start(request(FAILS))
    ticks = play(end, 8)
    assert [tick.frame is not None for tick in ticks] == [False, False, False, True] * 2
    assert [tick.stamp_ns - first.stamp_ns for tick in ticks] == [50_000_000 * (i + 1) for i in range(8)]
    frame = ticks[7].frame
    assert frame is not None
    assert frame.event.executed.tolist() == [[0.25]] * 4, "since the last frame"
    assert frame.event.native_reward_sum == 2.0
    assert frame.images["camera0"].flat[0] == 80
    assert end.environment.renders == 3, "who does not look, does not pay"


def test_success_ends_an_episode_also_in_the_middle_of_a_chunk():
    end = robot()
    end.start(request(SUCCEEDS))
    ticks = play(end, 6)
    assert [tick.ended for tick in ticks] == [False] * 5 + [True]
    frame = ticks[-1].frame
    assert frame is not None
    assert (frame.event.success, frame.event.time_out, frame.event.label) == (True, False, "success")
    assert len(frame.event.executed) == 2


@pytest.mark.parametrize(("asked", "steps"), [(7, 7), (0, 20)])
def test_a_time_out_is_counted_here_and_is_a_failure(asked: int, steps: int):
    end = robot()
    end.start(request(FAILS, max_steps=asked))
    ticks = play(end, steps)
    assert [tick.ended for tick in ticks] == [False] * (steps - 1) + [True]
    frame = ticks[-1].frame
    assert frame is not None
    assert (frame.event.success, frame.event.time_out, frame.event.label) == (False, True, "failure")


def test_success_at_the_last_step_is_no_time_out():
    end = robot()
    end.start(request(SUCCEEDS, max_steps=6))
    frame = play(end, 6)[-1].frame
    assert frame is not None
    assert (frame.event.success, frame.event.time_out) == (True, False)


def test_no_stamp_is_used_twice_in_a_run():
    end, stamps = robot(), list[int]()
    for seed in range(3):
        stamps.append(end.start(request(seed)).stamp_ns)
        stamps += [tick.stamp_ns for tick in play(end, 6)]
    assert stamps == sorted(set(stamps))


def test_an_episode_that_was_cut_off_leaves_nothing_to_the_next():
    end = robot()
    end.start(request(FAILS))
    play(end, 3)
    frame = end.start(request(FAILS)).frame
    assert frame is not None
    assert frame.event.executed.shape == (0, 1)
    assert frame.event.native_reward_sum == 0.0
    assert [tick.ended for tick in play(end, 20)].index(True) == 19


def test_every_step_is_rendered_where_that_is_asked_for():
    end = robot(make_platform({"robot_end": {"render": "every_step"}}))
    assert not end.start(request(FAILS)).between
    ticks = play(end, 8)
    assert [tick.frame is not None for tick in ticks] == [False, False, False, True] * 2
    pictures = [(tick.frame.images if tick.frame else tick.between)["camera0"].flat[0] for tick in ticks]
    assert pictures == [10 * step for step in range(1, 9)]
    assert end.environment.renders == 9


def test_a_contract_without_cameras_renders_nothing():
    end = robot(make_platform({"observation": {"cameras": {}}, "robot_end": {"render": "every_step"}}))
    end.start(request(FAILS))
    assert play(end, 4)[-1].frame is not None
    assert end.environment.renders == 0


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int):
    end = robot()
    with pytest.raises(InvalidRequest, match=f"seed={seed} is out of range"):
        end.start(request(seed))
    assert end.environment.resets == []


@pytest.mark.parametrize(
    "wrong", [np.zeros(2, np.float32), np.zeros((1, 1), np.float32), np.array([np.nan], np.float32)]
)
def test_an_action_that_must_not_be_carried_out_is_refused(wrong: np.ndarray):
    end = robot()
    end.start(request(FAILS))
    with pytest.raises(InvalidRequest, match="must be 1 finite values"):
        end.apply(wrong, False)
    assert play(end, 4)[-1].frame is not None, "nothing was counted"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"cameras": {"top": (16, 16)}}, "observation.cameras: 'camera0' is unknown; allowed: top"),
        ({"state_names": ("x", "z")}, "observation.state.names: 'y' is unknown; allowed: x, z"),
        ({"action_dim": 3}, "action.names gives 1; the environment has 3"),
        ({"rate_hz": 50.0}, "action.rate_hz gives 20.0; the environment has 50.0"),
        ({"variants": 4}, "episode.variants gives 1; the environment has 4"),
    ],
)
def test_a_contract_that_does_not_fit_the_environment_is_refused(spec: dict, message: str):
    changed: EnvironmentSpec = dataclasses.replace(SPEC, **spec)
    with pytest.raises(ConfigError) as caught:
        check_contract(changed, PLATFORM)
    assert str(caught.value) == message


def test_an_environment_may_show_more_than_the_contract_wants():
    cameras = {**SPEC.cameras, "wrist": (8, 8)}
    check_contract(dataclasses.replace(SPEC, cameras=cameras, state_names=("x", "y", "z")), PLATFORM)


@pytest.mark.parametrize("reward", [np.nan, np.inf, 1e39, -2e38])
def test_a_reward_that_no_message_can_carry_is_refused(reward: float, monkeypatch: pytest.MonkeyPatch):
    """Each step's, and their sum."""
    end = robot()
    end.start(request(FAILS))
    monkeypatch.setattr(end.environment, "step", lambda action: StepResult(reward, success=False))
    with pytest.raises(InvalidRequest, match=re.escape(f"the environment's reward is {reward} at step")):
        play(end, 2)
