"""Detects cameras that lag or are frozen. A frozen camera may repeat one picture under new stamps, so pixels count."""

import numpy as np

from dsrl_core.config.platform import CameraContract
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8


class Freshness:
    """Refuses images that are too old, or whose pixels have not changed for too long."""

    def __init__(self, contract: CameraContract) -> None:
        self._max_age_ns = contract.max_age_ms * 1e6
        self._frozen_ns = contract.frozen_ms * 1e6
        self._last: U8 | None = None
        self._changed_ns = 0

    def check(self, stamp_ns: int, now_ns: int, image: U8) -> None:
        """Check an image u8[h, w, 3] taken at `stamp_ns`, received at `now_ns`.

        Raises:
            InvalidRequest: it is older than `max_age_ms`, or unchanged for longer than `frozen_ms`.
        """
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
