"""The videos of a run, embedded in the page."""

import base64
from collections.abc import Sequence
from html import escape

from dsrl_core.report.data import RunData, Video
from dsrl_core.schedule.groups import STEERED_BASE, TRAIN, Kind, group_of

MOST_BYTES = 24_000_000  # of embedded videos; further ones are only counted
MOST_TRAIN = 6


def films(data: RunData) -> str:
    """Videos in order: the base, training from first to last, the steered policy; each with group, episode, outcome."""
    chosen = _chosen(data.videos)
    shown: list[str] = []
    room = MOST_BYTES
    for video in chosen:
        room -= video.path.stat().st_size
        if room >= 0:
            shown.append(_figure(video, data))
    left = len(data.videos) - len(shown)
    note = f'<p class="note">{left} more in the folder <code>videos</code>.</p>' if left else ""
    return f'<div class="videos">{"".join(shown)}</div>{note}' if data.videos else ""


def _chosen(videos: Sequence[Video]) -> list[Video]:
    """All evaluations, and training episodes evenly spread from the first to the last."""
    train = [video for video in videos if video.name.group == TRAIN]
    last = len(train) - 1
    kept = {round(i * last / (MOST_TRAIN - 1)) for i in range(MOST_TRAIN)} if last >= MOST_TRAIN else range(len(train))
    chosen = [train[i] for i in sorted(kept)]
    before = [video for video in videos if group_of(video.name.group).kind is Kind.BASE]
    after = [video for video in videos if video not in train and video not in before]
    return [*sorted(before, key=lambda video: video.name.group != STEERED_BASE), *chosen, *after]


def _figure(video: Video, data: RunData) -> str:
    name = video.name
    source = base64.b64encode(video.path.read_bytes()).decode()
    mark = '<span class="mark good">success</span>' if name.success else '<span class="mark bad">failure</span>'
    title = escape(group_of(name.group).title)
    number = which(data, name.robot, name.episode, name.group)
    return (
        f'<figure><video autoplay loop muted playsinline controls src="data:video/mp4;base64,{source}"></video>'
        f"<figcaption>{title}<span>{number}</span>{mark}</figcaption></figure>"
    )


def which(data: RunData, robot: str, episode: int, group: str) -> str:
    """The label of an episode with its number in the group; evaluations with equal numbers have the same start."""
    several = len({line["robot"] for line in data.episodes}) > 1
    line = next((x for x in data.episodes if (x["robot"], x["episode"]) == (robot, episode)), None)
    kind = "episode" if group == TRAIN else "start"
    number = f"episode {episode}" if line is None else f"{kind} {line['index'] + 1}"
    return f"{number}, {escape(robot)}" if several else number
