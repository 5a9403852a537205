"""Detects cameras that lag, are frozen, or whose clock is off.

A frozen camera may repeat one picture under new stamps, so pixels count.
"""

import numpy as np

from dsrl_core.acting.execution.rails.camera_age import frozen
from dsrl_core.acting.execution.rails.verdict import OK
from dsrl_core.acting.execution.stamps import span
from dsrl_core.config.platform import CameraContract
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8

LAG_S = 10.0  # an image that is older than this lies about its age rather than lags


class Freshness:
    """Refuses images that are too old or of the future, or whose pixels have not changed for too long."""

    def __init__(self, contract: CameraContract) -> None:
        self._max_age_ns = contract.max_age_ms * 1e6
        self._frozen_ms = contract.frozen_ms
        self._last: U8 | None = None
        self._changed_ns = 0

    def check(self, stamp_ns: int, now_ns: int, image: U8) -> None:
        """Check an image u8[h, w, 3] taken at `stamp_ns`, received at `now_ns`.

        Raises:
            InvalidRequest: its stamp is older than `max_age_ms` or as far in the future, or it is unchanged for longer
                than `frozen_ms`.
        """
        self._check_stamp(now_ns - stamp_ns)
        stepped_back = now_ns < self._changed_ns  # the clock of this machine
        if self._last is None or stepped_back or not np.array_equal(image, self._last):
            self._last, self._changed_ns = image.copy(), now_ns
        elif (verdict := frozen((now_ns - self._changed_ns) / 1e6, self._frozen_ms)) != OK:
            raise InvalidRequest(verdict.reason)

    def _check_stamp(self, age_ns: int) -> None:
        allowed = f"allowed: {self._max_age_ns / 1e6:.0f} ms"
        if age_ns < -self._max_age_ns:
            raise InvalidRequest(
                f"the camera's clock is {span(age_ns)} ahead of this machine's; {allowed}: synchronise the two"
            )
        if age_ns > LAG_S * 1e9:
            raise InvalidRequest(
                f"an image is {span(age_ns)} old, or the camera's clock is that far behind this machine's; {allowed}"
            )
        if age_ns > self._max_age_ns:
            raise InvalidRequest(f"an image is {age_ns / 1e6:.0f} ms old; {allowed}")
