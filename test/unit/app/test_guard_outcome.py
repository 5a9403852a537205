"""What the summary and the last lines of a run say of its guard."""

from builders import make_config

from dsrl_core.app.outcome import headline
from dsrl_core.run.summary import LearnerFacts, RunFacts, summarise
from dsrl_core.schedule.tally import Tally

SCHEDULE = {"episodes": 6, "select_every": 2, "select_episodes": 6}
GUARD = {"enabled": True, "portion": 3, "alarms": 1.0, "worth": 0.5}
TALLIES = {
    "select_2": Tally(6, 6, 18, 72, (6, 6)),
    "select_4": Tally(3, 0, 9, 36, (18, 18)),
    "select_6": Tally(6, 5, 18, 72, (31, 31)),
}


def summary_of(**guard: object) -> dict:
    config = make_config({"schedule": {**SCHEDULE, "guard": {**GUARD, **guard}}})
    return summarise(config, TALLIES, LearnerFacts(32, None), RunFacts(1.0, 1.0, None))


def test_the_summary_says_what_was_best_and_what_was_returned_from():
    guard = summary_of()["guard"]
    assert guard["best"] == {"after": 2, "version": 6, "successes": 6, "episodes": 6}
    assert guard["returns"] == [
        {"after": 4, "version": 18, "back_to": 6},
        {"after": 6, "version": 31, "back_to": 6},
    ]
    assert (guard["evaluation_episodes"], guard["no_gain_since"], guard["selections_since"]) == (15, 2, 2)
    assert guard["enough"]
    assert "guard" not in summary_of(enabled=False)


def test_the_last_lines_say_it_too():
    told = headline(summary_of())
    assert "best after 2 training episodes (6 of 6), returns to the best: 2, episodes of selections: 15" in told
    assert "no gain since episode 2, more were not worth their time" in told
    assert "not worth" not in headline(summary_of(worth=0.0))
    assert "guard" not in headline(summary_of(enabled=False))
