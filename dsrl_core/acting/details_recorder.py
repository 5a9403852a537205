"""Collects what a bag holds beside an episode while it is played. Pictures are compressed in a thread of their own."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from dsrl_core.config.run import RecordSettings
from dsrl_core.record.details import DecisionNumbers, Details, Picture, encoded
from dsrl_core.types import Episode, Observation


class DetailsRecorder:
    """Pictures and decisions of the episode that is being played; a view or decision that is made again replaces one.

    A picture that cannot be compressed is left out: it never fails an episode.
    """

    def __init__(self, settings: RecordSettings) -> None:
        self._settings = settings
        self._encoder = ThreadPoolExecutor(1, "pictures")
        self._views: dict[int, tuple[int, dict[str, Future[bytes]]]] = {}  # number -> stamp, camera -> compressed
        self._decisions: dict[int, DecisionNumbers] = {}

    def begin(self) -> None:
        """Start an episode; what was collected of one that did not end is discarded."""
        self._views, self._decisions = {}, {}

    def see(self, view: int, observation: Observation) -> None:
        """Take the pictures of an observation, the episode's `view`-th."""
        wanted = self._settings.images == "policy"
        images = observation.images if wanted else {}
        submit, encoding = self._encoder.submit, self._settings.encoding
        pictures = {name: submit(encoded, image.copy(), encoding) for name, image in images.items()}
        self._views[view] = observation.stamp_ns, pictures

    def decided(self, numbers: DecisionNumbers) -> None:
        """Take the numbers of a decision."""
        self._decisions[numbers.decision] = numbers

    def settle(self, episode: Episode) -> Details:
        """What was collected of the episode that has ended; waits for its last pictures, a few milliseconds at most."""
        pictures = [
            Picture(name, stamp_ns, self._settings.encoding, data)
            for stamp_ns, futures in self._views.values()
            for name, future in futures.items()
            if (data := _result(future, name))
        ]
        details = Details(
            run_id=episode.run_id,
            robot=episode.robot,
            episode=episode.episode,
            start_ns=self._views[0][0],
            pictures=tuple(pictures),
            decisions=tuple(each for number, each in self._decisions.items() if number < episode.decisions),
        )
        self.begin()
        return details


def _result(future: "Future[bytes]", camera: str) -> bytes:
    try:
        return future.result()
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("a picture of %s could not be compressed: %s", camera, error)
        return b""
