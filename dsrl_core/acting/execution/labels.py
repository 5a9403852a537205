"""The label of an episode that has ended: until when it counts, and what contradicts it."""


class Label:
    """A person's verdict on an episode. None of it is guessed: without a label the episode is dropped."""

    def __init__(self, label_s: float, now_s: float) -> None:
        """The episode ends at the monotonic time `now_s`; a label is waited for until `label_s` later."""
        self._label_s, self._since_s = label_s, now_s
        self.success: bool | None = None  # None: no label

    def give(self, success: bool) -> bool:
        """Take a label; whether it agrees with the one before."""
        agrees = self.success in (None, success)
        self.success = success
        return agrees

    def take_back(self, now_s: float) -> None:
        """Forget the label; another one is waited for anew."""
        if self.success is not None:
            self.success, self._since_s = None, now_s

    def missed(self, now_s: float) -> bool:
        """Whether no label came in time."""
        return self.success is None and now_s - self._since_s > self._label_s
