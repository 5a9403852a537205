"""The messages of a settled episode in a bag: the `Episode` for learners, the rest for viewers."""

from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np

from dsrl_core.record.bag_types import ACTION, EPISODE, IMAGE, REWARD, STATE, header, message
from dsrl_core.record.beside import NOTHING, Beside
from dsrl_core.record.fields import actors_field, episode_to_fields
from dsrl_core.record.names import UNNAMED, Names, out_of_reach
from dsrl_core.types import F32, U8, Episode

Timed = tuple[str, int, Any]  # topic, bag time in ns, message


def episode_topic(run_id: str) -> str:
    return f"/{run_id}/episode"


def episode_messages(
    episode: Episode, start_ns: int, names: Names = UNNAMED, beside: Beside = NOTHING
) -> Iterator[Timed]:
    """Messages of an episode in order of time; the `Episode` comes last, at its final stamp.

    Args:
        episode: settled.
        start_ns: bag time of the first observation; the stamps inside the messages count from it, too.
        names: of cameras and state; a state without names is in the `Episode` alone.
        beside: what else is recorded of it; a time before or after the episode becomes that of its start or end.
    """
    stamps = [start_ns + int(stamp) for stamp in episode.stamps_ns - episode.stamps_ns[0]]
    timed = [*_made(episode, stamps, names, beside.learner_images), *_steps(episode, stamps)]
    for heard in beside.messages:
        stamp_ns = min(max(start_ns + heard.offset_ns, start_ns), stamps[-1])
        timed.append((heard.topic, stamp_ns, heard.at(stamp_ns)))
    yield from sorted(timed, key=itemgetter(1))
    yield episode_topic(episode.run_id), stamps[-1], message(EPISODE, **episode_to_fields(episode))


def _made(episode: Episode, stamps: list[int], names: Names, images: bool) -> Iterator[Timed]:
    """What was seen at each decision, and the reward that it led to."""
    ends = [0, *episode.n_executed.cumsum().tolist()]
    for view, stamp_ns in enumerate(stamps):
        for camera, image in enumerate(episode.images[view] if images else ()):
            name = names.camera(camera)
            yield f"/{episode.robot}/observation/images/{name}", stamp_ns, _image(image, stamp_ns, name)
        if names.state:
            yield f"/{episode.robot}/observation/state", stamp_ns, _state(episode.states[view], stamp_ns, names.state)
        if view:
            executed = episode.actions[ends[view - 1] : ends[view]]
            actors = None if episode.actors is None else episode.actors[ends[view - 1] : ends[view]]
            yield f"/{episode.robot}/reward", stamp_ns, _reward(episode, view - 1, stamp_ns, executed, actors)


def _steps(episode: Episode, stamps: list[int]) -> Iterator[Timed]:
    """The executed actions; between two decisions they follow each other at equal distances, as they do in lockstep."""
    actions = iter(episode.actions)
    for decision, (count, (start_ns, end_ns)) in enumerate(
        zip(episode.n_executed.tolist(), pairwise(stamps), strict=True)
    ):
        for index in range(count):
            stamp_ns = start_ns + (end_ns - start_ns) * index // count
            yield (
                f"/{episode.robot}/{out_of_reach('action')}",
                stamp_ns,
                _action(episode, decision, index, stamp_ns, next(actions)),
            )


def _action(episode: Episode, decision: int, index: int, stamp_ns: int, values: F32) -> Any:
    return message(
        ACTION,
        header=header(stamp_ns),
        run_id=episode.run_id,
        robot=episode.robot,
        episode=episode.episode,
        decision=decision,
        index=index,
        values=values,
        decision_due=index == episode.n_executed[decision] - 1,
    )


def _state(state: F32, stamp_ns: int, names: tuple[str, ...]) -> Any:
    none = np.zeros(0)
    return message(
        STATE, header=header(stamp_ns), name=list(names), position=state.astype(float), velocity=none, effort=none
    )


def _image(image: U8, stamp_ns: int, camera: str) -> Any:
    height, width, _ = image.shape
    return message(
        IMAGE,
        header=header(stamp_ns, camera),
        height=height,
        width=width,
        encoding="rgb8",
        is_bigendian=0,
        step=3 * width,
        data=image.ravel(),
    )


def _reward(episode: Episode, decision: int, stamp_ns: int, executed: F32, actors: U8 | None) -> Any:
    last = decision == episode.decisions - 1
    return message(
        REWARD,
        header=header(stamp_ns),
        run_id=episode.run_id,
        robot=episode.robot,
        episode=episode.episode,
        reward=float(episode.rewards[decision]),
        terminated=last and episode.terminated,
        truncated=last and episode.truncated,
        success=last and episode.success,
        action_dim=episode.actions.shape[1],
        executed=executed.ravel(),
        actors=actors_field(actors),
        expert=np.zeros(0, np.float32),
    )
