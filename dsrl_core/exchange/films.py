"""A recording as films, one per episode and camera, in real time: a picture for each decision and one of the end."""

from collections.abc import Iterable
from pathlib import Path

from dsrl_core.config.platform import Platform
from dsrl_core.errors import StorageError
from dsrl_core.exchange.played import Played
from dsrl_core.record.video import VideoName, write_video


def write_films(all_played: Iterable[Played], platform: Platform, folder: Path) -> int:
    """Write `<robot>.<episode>.<group>.<success|failure>.<camera>.mp4` into `folder`.

    Returns:
        The number of episodes.
    Raises:
        StorageError: a film could not be written; a warning says why.
    """
    fps, count = platform.action.rate_hz / platform.policy.execute, 0
    for item in all_played:
        episode, count = item.episode, count + 1
        name = VideoName(episode.robot, episode.episode, episode.group, episode.success).file_name()
        for camera, pictures in item.pictures.items():
            path = folder / f"{name.removesuffix('.mp4')}.{camera}.mp4"
            if not write_video(pictures, path, fps):
                raise StorageError(f"{path.name} could not be written; free space, then export again")
    return count
