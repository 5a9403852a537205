"""The connection to a camera that may be unplugged: when to open it, which frames count, what people are told.

A camera that comes back may be another one, or the same with other settings. Frames of another size than the first are
therefore refused, not scaled: whoever looks at the pictures relies on what they show.
"""

RETRY_S = 1.0  # between two attempts to open


def acquisition_ns(claimed_ns: int, now_ns: int, longest_ns: int = 1_000_000_000) -> int:
    """When a frame was taken: as its camera says, where that can be true; else now, when it was read.

    Args:
        claimed_ns: the camera's stamp, in ns of this machine's clock.
        now_ns: the time of this machine.
        longest_ns: an older stamp is of another clock.
    """
    return claimed_ns if 0 <= now_ns - claimed_ns < longest_ns else now_ns


class FirstSize:
    """Remembers the size of a camera's first image. Another one would show another part of the scene."""

    def __init__(self, name: str, remedy: str) -> None:
        """`remedy`: what to do where another size is meant, after "Connect the first one, or"."""
        self._name, self._remedy = name, remedy
        self.size: tuple[int, int] | None = None  # height and width, None before the first

    def refusal(self, height: int, width: int) -> str:
        """Why an image of this size is refused; empty where it is of the first one's size."""
        self.size = self.size or (height, width)
        if self.size == (height, width):
            return ""
        before = f"{self.size[1]}x{self.size[0]}"
        return (
            f"camera {self._name} sends {width}x{height} now and sent {before} before: its frames are refused. Is it "
            f"another camera? Connect the first one, or {self._remedy}"
        )


class CameraLink:
    """Each method returns what people are told, once for each change; empty where there is nothing new."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._first = FirstSize(name, "start this driver again")
        self._tried_s = -RETRY_S
        self._lost = False
        self._refusing: tuple[int, int] | None = None

    @property
    def trouble(self) -> bool:
        """Whether no frames that count arrive, as far as is known."""
        return self._lost or self._refusing is not None

    def may_open(self, now_s: float) -> bool:
        """Whether to try to open it now; counts as an attempt."""
        if now_s - self._tried_s < RETRY_S:
            return False
        self._tried_s = now_s
        return True

    def lost(self, why: str) -> str:
        """It could not be opened, or no longer sends."""
        if self._lost:
            return ""
        self._lost = True
        gone = "is gone" if self._first.size else "cannot be opened"
        return f"camera {self._name} {gone}: {why}; it is tried again every {RETRY_S:g} s"

    def frame(self, height: int, width: int) -> tuple[bool, str]:
        """A frame of this size arrived; returns whether it counts, too."""
        back, self._lost = self._lost, False
        size = (height, width)
        first, refusal = self._first.size is None, self._first.refusal(height, width)
        if refusal:
            told, self._refusing = self._refusing == size, size
            return False, "" if told else refusal
        back, self._refusing = back or self._refusing is not None, None
        if first:
            return True, f"camera {self._name} sends {width}x{height}"
        return True, f"camera {self._name} is back" if back else ""
