"""What follows when a process ends: one table for both ways of starting."""

import pytest

from dsrl_ros.app.exit_rule import Verdict, asked, on_exit
from dsrl_ros.app.graph import LEARNER_RESTARTS, OBSERVER_RESTARTS, NodeSpec
from dsrl_ros.interface.exit_codes import DONE, FAILED, FINAL, INTERRUPTED, NO_DISK, STOPPED

LEARNER = NodeSpec("learner", "learner", "/run", {}, restarts=LEARNER_RESTARTS)
COMPLETION = NodeSpec("completion", "completion", "/run", {})
STEERING = NodeSpec("steering", "steering", "/robot0", {})
FOXGLOVE = NodeSpec("foxglove", "foxglove", "/run", {}, restarts=OBSERVER_RESTARTS, observer=True)
KILLED, BY_SIGINT, BY_SIGTERM, BY_SIGHUP = -9, -2, -15, -1  # of a process that does not listen yet


@pytest.mark.parametrize(
    ("node", "code", "restarts", "verdict"),
    [
        (LEARNER, DONE, 0, Verdict.COMPLETE),
        (LEARNER, DONE, LEARNER_RESTARTS, Verdict.COMPLETE),
        (LEARNER, KILLED, 0, Verdict.RESTART),
        (LEARNER, FAILED, LEARNER_RESTARTS - 1, Verdict.RESTART),
        (LEARNER, KILLED, LEARNER_RESTARTS, Verdict.FAIL),
        (LEARNER, FINAL, 0, Verdict.FAIL),
        (LEARNER, NO_DISK, 0, Verdict.FAIL),
        (LEARNER, STOPPED, 0, Verdict.INTERRUPTED),
        (COMPLETION, DONE, 0, Verdict.COMPLETE),
        (COMPLETION, KILLED, 0, Verdict.FAIL),
        (STEERING, DONE, 0, Verdict.FAIL),
        (STEERING, FAILED, 0, Verdict.FAIL),
        (STEERING, KILLED, 0, Verdict.FAIL),
        (FOXGLOVE, KILLED, 0, Verdict.RESTART),
        (FOXGLOVE, FAILED, OBSERVER_RESTARTS, Verdict.GO_ON),
        *(
            (FOXGLOVE, code, 0, Verdict.GO_ON)
            for code in (DONE, FINAL, NO_DISK, INTERRUPTED, BY_SIGINT, BY_SIGTERM, BY_SIGHUP)
        ),
        *(
            (node, code, 0, Verdict.INTERRUPTED)
            for node in (LEARNER, STEERING)
            for code in (INTERRUPTED, BY_SIGINT, BY_SIGTERM, BY_SIGHUP)
        ),
    ],
)
def test_what_follows(node: NodeSpec, code: int, restarts: int, verdict: Verdict):
    assert on_exit(node, code, restarts) is verdict


def test_who_asked_is_told():
    assert "stop_after_episode" in asked(LEARNER, STOPPED)
    assert asked(STEERING, INTERRUPTED) == "steering of /robot0 was asked to end, so the run ends"
