"""Which episode the executor follows, whatever numbers messages bring."""

from dsrl_core.errors import InvalidRequest

MAX_SKIPPED = 1000  # numbers count every start, so a number far above the last one belongs to no episode of this run


class FollowedEpisode:
    """Follows the newest episode that was started. One that was left never comes back: its messages are late.

    A wrong number that gets through costs at most the episode it interrupts: the numbers after it are followed again,
    also where they are lower.
    """

    def __init__(self) -> None:
        self.number = -1
        self._left: set[int] = set()

    def enter(self, number: int) -> bool:
        """Follow the episode `number`; whether it is another one than before.

        Raises:
            InvalidRequest: the number is far above the last one.
        """
        if number == self.number or number in self._left:
            return False
        if self.number >= 0:
            if number > self.number + MAX_SKIPPED:
                raise InvalidRequest(f"episode {number} cannot follow {self.number}: numbers count every start")
            self._left.add(self.number)
        self.number = number
        return True
