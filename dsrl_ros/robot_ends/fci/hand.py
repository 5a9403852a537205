"""What the hand is told: one goal at a time, each after a stop, and of several the newest alone."""

import time
from collections.abc import Callable
from typing import Any

from dsrl_ros.robot_ends.fci.link import Closed, Link, packed_event
from dsrl_ros.robot_ends.fci.settings import FciSettings

END = "end"
DWELL_S = 0.5  # from the start of one goal to that of the next
OPEN_M = 0.08
ANY_WIDTH_M = 0.08  # a grasp counts wherever the fingers come to rest, on thin air, too


class Hand:
    """Executes goals `open`, `close` and `home`, which block; a goal that was already reached does nothing."""

    def __init__(
        self,
        franka: Any,
        gripper: Any,
        link: Link,
        settings: FciSettings,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`franka`: the module pylibfranka; `gripper`: its `Gripper`, connected; `link`: to the node."""
        self._franka, self._gripper, self._link, self._settings = franka, gripper, link, settings
        self._sleep, self._now = sleep, now
        self._last, self._began_s = "", -DWELL_S

    def run(self) -> None:
        """Execute goals until the node ends. Raises pylibfranka's NetworkException where the hand is gone."""
        while (goal := self._newest()) != END:
            if goal and goal != self._last:
                self._pursue(goal)

    def _newest(self) -> str:
        """The newest goal, once the last one has had its time; `END` where there will be none."""
        try:
            records = [self._link.wait()]
            if records[0] == {"kind": END}:
                return END
            self._sleep(max(0.0, self._began_s + DWELL_S - self._now()))
            while (later := self._link.poll()) is not None:
                records.append(later)
        except Closed:
            return END
        events = [record for record in records if isinstance(record, dict)]
        if any(event["kind"] == END for event in events):
            return END
        return str(events[-1]["goal"]) if events else ""

    def _pursue(self, goal: str) -> None:
        self._began_s = self._now()
        self._link.send(packed_event("goal", goal=goal))
        try:
            if self._last:
                self._gripper.stop()
            done = self._do(goal)
        except self._franka.CommandException as error:
            self._last = ""  # the same goal may be tried again
            self._link.send(packed_event("done", goal=goal, text=str(error).removeprefix("libfranka gripper: ")))
            return
        self._last = goal if goal != "home" else ""
        self._link.send(packed_event("done", goal=goal, text="" if done else "the fingers did not get there"))

    def _do(self, goal: str) -> bool:
        speed = self._settings.grasp_speed_m_s
        if goal == "home":
            return bool(self._gripper.homing())
        if goal == "open":
            return bool(self._gripper.move(OPEN_M, speed))
        force = self._settings.grasp_force_n
        return bool(self._gripper.grasp(0.0, speed, force, ANY_WIDTH_M, ANY_WIDTH_M))
