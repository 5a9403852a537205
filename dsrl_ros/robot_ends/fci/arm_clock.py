"""The arm's milliseconds and ROS' clock: where on the one a stamp of the other lies."""

GAIN = 1 / 200  # of each tick's difference; the offset follows within about 0.2 s, and one late tick moves it little
JUMP_S = 0.1  # a clock that is off by more was set: taken over at once, where the arm is at rest


class ArmClock:
    """The difference between both clocks, followed from tick to tick, or as it was at the first tick."""

    def __init__(self, follow: bool) -> None:
        """`follow`: whether ROS' clock is followed; otherwise the arm's ticks count from the first one on."""
        self._follow = follow
        self._offset_s: float | None = None  # ROS minus arm

    def tick(self, arm_s: float, ros_s: float, at_rest: bool) -> None:
        """Take both clocks' times of one message of the arm."""
        measured = ros_s - arm_s
        if self._offset_s is None:
            self._offset_s = measured
        elif self._follow:
            away = measured - self._offset_s
            self._offset_s += away if at_rest and abs(away) > JUMP_S else GAIN * away

    def ros_s(self, arm_s: float) -> float:
        """The stamp of a time of the arm."""
        return arm_s + (self._offset_s or 0.0)

    def arm_s(self, ros_s: float) -> float:
        """The arm's time of a stamp."""
        return ros_s - (self._offset_s or 0.0)
