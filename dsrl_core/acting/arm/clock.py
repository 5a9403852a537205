"""The clock of commands to an arm."""


class CommandClock:
    """This machine's clock as it was when it was last followed, carried on by monotonic time.

    So it never steps or goes back while the arm moves, whatever the stamps of joint states say: a knot that was passed
    would lie ahead again, and be rushed to.
    """

    def __init__(self) -> None:
        self._since: tuple[float, int] | None = None  # monotonic time, s, and the clock then, ns
        self._newest = (0.0, 0)

    def tell(self, clock_ns: int, now_s: float) -> None:
        """Take what this machine's clock shows at the monotonic time `now_s`; the first is followed at once."""
        self._newest = (now_s, clock_ns)
        self._since = self._since or self._newest

    def follow(self) -> None:
        """Follow this machine's clock from now on, which may be a step: only while nothing moves."""
        self._since = self._newest

    def at(self, now_s: float) -> int:
        """The time of commands, ns, at the monotonic time `now_s`."""
        since_s, clock_ns = self._since or self._newest
        return clock_ns + round(1e9 * (now_s - since_s))
