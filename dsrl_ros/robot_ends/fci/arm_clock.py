"""The arm's milliseconds and ROS' clock: where on the one a stamp of the other lies."""

GAIN, GAIN_IN_MOTION = 1 / 200, 1 / 5000  # of each tick's difference: in motion, knots must not move among each other
JUMP_S = 0.1  # a clock that is off by more was set: taken over at once, where the arm is at rest
NANOSECONDS = 1_000_000_000


class ArmClock:
    """The difference between both clocks, followed from tick to tick, or as it was at the first tick."""

    def __init__(self, follow: bool) -> None:
        """`follow`: whether ROS' clock is followed; otherwise the arm's ticks count from the first one on."""
        self._follow = follow
        self._origin_ns: int | None = None  # ROS' time of the arm's 0, as it was at first; too long for a float
        self._offset_s = 0.0  # by which it is later since

    def tick(self, arm_s: float, ros_ns: int, at_rest: bool) -> None:
        """Take both clocks' times of one message of the arm."""
        if self._origin_ns is None:
            self._origin_ns = ros_ns - round(arm_s * NANOSECONDS)
        elif self._follow:
            away = (ros_ns - self._origin_ns) / NANOSECONDS - arm_s - self._offset_s
            gain = GAIN if at_rest else GAIN_IN_MOTION
            self._offset_s += away if at_rest and abs(away) > JUMP_S else gain * away

    def ros_ns(self, arm_s: float) -> int:
        """The stamp of a time of the arm."""
        return (self._origin_ns or 0) + round((arm_s + self._offset_s) * NANOSECONDS)

    def arm_s(self, ros_ns: int) -> float:
        """The arm's time of a stamp."""
        return (ros_ns - (self._origin_ns or 0)) / NANOSECONDS - self._offset_s
