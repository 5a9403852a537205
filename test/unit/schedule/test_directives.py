"""What a person asks of a run while it goes on: what holds after each event, and which of it outlives a learner."""

import pytest
from builders import make_config, make_episode

from dsrl_core.schedule.conductor import Conductor, RobotProgress
from dsrl_core.schedule.directives import Directives, surviving

CONFIG = make_config({"schedule": {"episodes": 2, "start_episodes": 2, "eval_episodes": 0, "baselines": []}})
DIED, STARTS = "learner_died", ("resumed", "learner_restarted")


def test_events_of_others_change_nothing_and_ours_are_counted():
    holds = Directives()
    for event, paused, ending, given in (
        ("episode_dropped", False, False, 0),
        ("paused", True, False, 1),
        ("unpaused", False, False, 2),
        ("paused", True, False, 3),
        ("ending", True, True, 4),
    ):
        holds = holds.after(event)
        assert holds == Directives(paused, ending, given)
    assert "stop_after_episode" in holds.halt, "an end comes before a pause"


@pytest.mark.parametrize(
    ("events", "paused", "ending"),
    [
        ((), False, False),
        (("paused",), False, False),  # the machine went down, and somebody started the run again
        (("paused", DIED), True, False),
        (("paused", DIED, "learner_restarted", DIED), True, False),
        (("paused", "unpaused", DIED), False, False),
        (("paused", "ending", DIED), True, True),
        (("paused", "stopped"), False, False),
        (("paused", "stopped", "resumed", DIED), False, False),
        (("paused", "learner_restarted", DIED), False, False),
        (("paused", DIED, "learner_restarted", "stopped", "resumed"), False, False),
    ],
)
def test_a_pause_outlives_a_learner_that_dies_and_no_run_that_was_ended(
    events: tuple[str, ...], paused: bool, ending: bool
):
    holds = surviving(events, DIED, STARTS)
    assert (holds.paused, holds.ending) == (paused, ending)
    assert holds.given == sum(event in ("paused", "unpaused", "ending") for event in events)


@pytest.mark.parametrize("holds", [Directives(paused=True), Directives(ending=True)])
def test_a_robot_plays_its_episode_to_the_end_and_begins_no_other(holds: Directives):
    made = Conductor(CONFIG, "robot0")
    made.update({"robot0": RobotProgress()})
    first = made.next(0, {"robot0": -1})
    assert first is not None
    made.directives = holds
    made.settled(make_episode(first[1].episode, index=first[0].index))
    assert made.next(0, {"robot0": -1}) is None
    assert made.waiting_for == holds.halt != ""
    assert (made.episode, made.done) == (0, False)
    made.directives = Directives()
    second = made.next(0, {"robot0": -1})
    assert second is not None
    assert (second[1].episode, second[0].index) == (1, 1), "no start is skipped"
    made.settled(make_episode(1, index=1))
    made.directives = holds
    assert made.next(0, {"robot0": -1}) is None
    assert made.done, "a run that has played everything is complete, whatever was asked"
