"""What steering tells beside an episode, for tests: pictures of its decisions, and their numbers."""

import numpy as np

from dsrl_core.record.details import DecisionNumbers, Details, Picture, encoded
from dsrl_core.types import U8, Episode

SIDE = 24


def picture_of(view: int) -> U8:
    """What a camera shows at a view, uint8 [SIDE, SIDE, 3]: each view has a colour of its own."""
    return np.full((SIDE, SIDE, 3), (10 * view, 200, 255 - 10 * view), np.uint8)


def details_of(episode: Episode, start_ns: int, cameras: tuple[str, ...] = ("front", "wrist")) -> Details:
    """Details of an episode whose first observation has the stamp `start_ns`."""
    stamps = [start_ns + int(stamp) for stamp in episode.stamps_ns - episode.stamps_ns[0]]
    return Details(
        run_id=episode.run_id,
        robot=episode.robot,
        episode=episode.episode,
        start_ns=start_ns,
        pictures=tuple(
            Picture(camera, stamp, "jpeg", encoded(picture_of(view), "jpeg"))
            for view, stamp in enumerate(stamps)
            for camera in cameras
        ),
        decisions=tuple(_numbers(decision, stamp) for decision, stamp in enumerate(stamps[:-1])),
    )


def _numbers(decision: int, stamp_ns: int) -> DecisionNumbers:
    return DecisionNumbers(
        stamp_ns=stamp_ns,
        group="train",
        decision=decision,
        noise_source="actor_sample",
        noise_norm=1.0,
        q=-0.5 * decision,
        params_version=7,
        last_reward=-1.0,
        observe_ms=1.0,
        actor_ms=2.0,
        policy_ms=4.0,
    )
