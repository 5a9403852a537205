"""Cameras that lag or repeat themselves: a frozen frame can carry fresh stamps."""

import numpy as np

from dsrl_core.config.platform import CameraContract
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8


class Freshness:
    """Refuses images that are too old, or the same for too long."""

    def __init__(self, contract: CameraContract) -> None:
        self._max_age_ns = contract.max_age_ms * 1e6
        self._frozen_ns = contract.frozen_ms * 1e6
        self._last: U8 | None = None
        self._changed_ns = 0

    def check(self, stamp_ns: int, now_ns: int, image: U8) -> None:
        """Raise InvalidRequest for an image [h, w, 3] of `stamp_ns` that must not be used at `now_ns`."""
        if now_ns - stamp_ns > self._max_age_ns:
            raise InvalidRequest(
                f"an image is {(now_ns - stamp_ns) / 1e6:.0f} ms old; allowed: {self._max_age_ns / 1e6:.0f} ms"
            )
        if self._last is None or not np.array_equal(image, self._last):
            self._last, self._changed_ns = image.copy(), now_ns
        elif now_ns - self._changed_ns > self._frozen_ns:
            raise InvalidRequest(
                f"the camera is frozen: the same pixels for {(now_ns - self._changed_ns) / 1e6:.0f} ms; "
                f"allowed: {self._frozen_ns / 1e6:.0f} ms"
            )
