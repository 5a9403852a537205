"""Which episode the executor follows, whatever numbers messages bring."""

from dsrl_core.errors import InvalidRequest

MAX_SKIPPED = 1000  # numbers count every start, so a number far above the last one belongs to no episode of this run


class FollowedEpisode:
    """Follows the newest episode that was started. One that was left never comes back: its messages are late.

    A wrong number that gets through costs at most the episode it interrupts: a lower one is followed, too, where it
    comes twice in a row and nothing of the present episode in between. A lone one is late: topics have no common order.
    """

    def __init__(self) -> None:
        self.number = -1
        self._left: set[int] = set()
        self._lower: int | None = None  # the last number, where that was lower than the present one

    def enter(self, number: int) -> bool:
        """Follow the episode `number`, of a start or of a chunk that is not lower; whether it is another than before.

        Raises:
            InvalidRequest: the number is far above the last one.
        """
        if self.number >= 0 and number > self.number + MAX_SKIPPED:
            raise InvalidRequest(f"episode {number} cannot follow {self.number}: numbers count every start")
        again, self._lower = number == self._lower, number if number < self.number else None
        if number == self.number or number in self._left or (number < self.number and not again):
            return False
        self._left = {left for left in {*self._left, self.number} if left < number}
        self.number, self._lower = number, None
        return True
