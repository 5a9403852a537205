"""Records videos of the episodes whose request asks for one; its rendering does not change the physics."""

import logging
from pathlib import Path

import numpy as np

from dsrl_core.environment.protocol import Environment, video_frame
from dsrl_core.errors import InvalidRequest
from dsrl_core.record.video import VideoName, write_video
from dsrl_core.types import U8, EpisodeRequest

FPS = 25.0


class VideoRecorder:
    """Collects frames while an episode is played and writes them at its end."""

    def __init__(self, environment: Environment, rate_hz: float, folder: Path) -> None:
        self._environment = environment
        self._every = max(1, round(rate_hz / FPS))  # control steps between frames
        self._fps = rate_hz / self._every
        self._folder = folder
        self._request: EpisodeRequest | None = None
        self._frames: list[U8] = []
        self._steps = 0

    def begin(self, request: EpisodeRequest) -> None:
        """Start an episode; frames of an episode that did not end are discarded."""
        self._request = request if request.record else None
        self._frames, self._steps = [], 0
        self._take_frame()

    def step(self) -> None:
        """Take a frame if one is due; to be called after each control step."""
        self._steps += 1
        if self._steps % self._every == 0:
            self._take_frame()

    def end(self, success: bool) -> None:
        """End the episode and write its video."""
        request, self._request = self._request, None
        if request is None:
            return
        name = VideoName(request.robot, request.episode, request.group, success).file_name()
        write_video(np.stack(self._frames), self._folder / name, self._fps)

    def _take_frame(self) -> None:
        if self._request is None:
            return
        try:
            self._frames.append(video_frame(self._environment))
        except InvalidRequest as error:  # an environment without cameras: the episode goes on without a video
            logging.getLogger(__name__).warning("episode %d is not filmed: %s", self._request.episode, error)
            self._request = None
