"""The hand is told a goal once, after a stop, and of several the newest alone."""

import pytest
from fci_samples import fake_franka

from dsrl_ros.robot_ends.fci.hand import DWELL_S, Hand
from dsrl_ros.robot_ends.fci.link import Link, packed_event, pair
from dsrl_ros.robot_ends.fci.settings import FciSettings


class Session:
    """A hand whose time is told by its sleeps; what is sent at which time is given."""

    def __init__(self, sent: dict[float, list[str]], **script) -> None:
        franka = fake_franka(**script)
        self.gripper, (self.link, theirs) = franka.Gripper("192.0.2.1"), pair()
        self.now_s, self.began_s = 0.0, list[float]()
        self._sent = dict(sent)
        self._link = Link(theirs)
        self._link.wait = self._wait  # type: ignore[method-assign]
        Hand(franka, self.gripper, self._link, FciSettings("192.0.2.1"), self._sleep, lambda: self.now_s).run()

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self._send()

    def _send(self) -> None:
        for at_s in sorted(time for time in self._sent if time <= self.now_s + 1e-9):
            for goal in self._sent.pop(at_s):
                self.link.send(packed_event("goal", goal=goal))

    def _wait(self, longest_s=None):
        self._send()
        record = self._link.poll()
        if record is None and self._sent:
            self.now_s = min(self._sent)
            return self._wait()
        return record or {"kind": "end"}

    def told(self) -> list[dict]:
        events = []
        while (record := self.link.poll()) is not None:
            events.append(record)
        return events


def test_edges_alone_move_it_and_each_goal_follows_a_stop() -> None:
    session = Session({0.0: ["close"], 1.0: ["close"], 2.0: ["close"], 3.0: ["open"], 4.0: ["open"]})
    assert session.gripper.calls == ["grasp 0", "stop", "move 0.08"]


def test_of_what_comes_while_it_is_busy_the_newest_counts_after_the_dwell() -> None:
    session = Session({0.0: ["close"], 0.1: ["open"], 0.2: ["close"], 0.3: ["open"]})
    assert session.gripper.calls == ["grasp 0", "stop", "move 0.08"]
    assert session.now_s == pytest.approx(DWELL_S)


def test_a_flutter_that_returns_to_the_same_goal_moves_nothing() -> None:
    assert Session({0.0: ["close"], 0.1: ["open"], 0.2: ["close"]}).gripper.calls == ["grasp 0"]


def test_a_goal_that_failed_is_told_and_may_be_tried_again() -> None:
    session = Session(
        {0.0: ["close"], 1.0: ["close"]}, hand=["CommandException", "libfranka gripper: Command aborted!"]
    )
    assert session.gripper.calls == ["grasp 0", "grasp 0"]
    done = [event for event in session.told() if event["kind"] == "done"]
    assert [event["text"] for event in done] == ["Command aborted!", "Command aborted!"]


def test_homing_forgets_the_goal_before_it() -> None:
    assert Session({0.0: ["open"], 1.0: ["home"], 2.0: ["open"]}).gripper.calls == [
        "move 0.08",
        "stop",
        "homing",
        "move 0.08",
    ]
