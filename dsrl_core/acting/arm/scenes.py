"""Requests for episodes wait here for their scene, where a simulator puts it and not a person."""

LATE_S = 1.0  # after which people are told


class Scenes:
    """Lets a request pass once its scene stands, so that no first view shows the scene of the episode before.

    Where a person puts scenes, the session's confirmation says so, and requests pass at once.
    """

    def __init__(self, simulated: bool) -> None:
        self._simulated = simulated
        self._asked: tuple[int, int] | None = None  # episode and its most steps, until it passes
        self._asked_s = 0.0
        self._put, self._put_ns = -1, 0  # episode whose scene stands, and since when

    def ask(self, episode: int, max_steps: int, now_s: float) -> None:
        """Take a request, perhaps again; `now_s` is monotonic."""
        if self._asked is None or self._asked[0] != episode:
            self._asked_s = now_s
        self._asked = (episode, max_steps)

    def put(self, episode: int, stamp_ns: int) -> None:
        """Note that the scene of an episode stands since `stamp_ns`."""
        self._put, self._put_ns = episode, stamp_ns

    def due(self, stamp_ns: int) -> tuple[int, int] | None:
        """Episode and most steps of a request whose scene stands, once; `stamp_ns` is of the newest joint states."""
        stands = self._asked is not None and self._put == self._asked[0] and stamp_ns >= self._put_ns
        if self._simulated and not stands:
            return None
        asked, self._asked = self._asked, None
        return asked

    def notice(self, now_s: float) -> str:
        """What people are to be told; empty if nothing."""
        if self._asked is None or now_s - self._asked_s < LATE_S:
            return ""
        waits_s = now_s - self._asked_s
        return f"the simulator has not put the scene of episode {self._asked[0]} for {waits_s:.0f} s"
