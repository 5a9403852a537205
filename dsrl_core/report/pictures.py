"""A picture of an episode: frames of its video, and below them the critics' values and the rewards."""

import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dsrl_core.record.video import read_frames
from dsrl_core.report.data import RunData
from dsrl_core.report.films import which
from dsrl_core.report.svg import PAGE, PAPER, Palette, quiet_style, to_svg
from dsrl_core.run.metrics import Line
from dsrl_core.schedule.groups import TRAIN, group_of
from dsrl_core.types import U8

MOST_TRAIN = 6
MOST_FRAMES = 6
FRAME_HEIGHT = 96  # pixels, of a frame as it is kept
WIDTH, LEFT, RIGHT = 4.6, 0.5, 0.08  # inches: the figure, and its margins
PLOT, GAP, BOTTOM, TOP = 0.85, 0.3, 0.42, 0.06  # inches: height of a plot, between plots, and margins
TALLEST = 1.0  # inch, of a frame as it is shown


def pictures(data: RunData) -> str:
    """A card per filmed episode whose values are known: training from first to last, then evaluation."""
    known = [line for line in data.values if line["q"] is not None]
    train = [line for line in known if line["group"] == TRAIN]
    last = len(train) - 1
    kept = sorted({round(last * i / (MOST_TRAIN - 1)) for i in range(MOST_TRAIN)}) if train else []
    chosen = [*(train[i] for i in kept), *(line for line in known if line["group"] != TRAIN)]
    videos = {(video.name.robot, video.name.episode): video.path for video in data.videos}
    cards = [_card(data, line, videos.get((line["robot"], line["episode"]))) for line in chosen]
    note = (
        '<p class="note">Q: mean of the critics for the noise that was chosen, as they were then. '
        "Reward: its sum so far.</p>"
    )
    return f'{note}<div class="grid">{"".join(cards)}</div>' if cards else ""


def picture_png(line: Line, video: Path | None) -> bytes:
    """The picture of one line of kind `values` as PNG, on white."""
    out = io.BytesIO()
    with quiet_style("picture", PAPER):
        _figure(line, video, PAPER).savefig(out, format="png", dpi=160, facecolor="white")
    return out.getvalue()


def _card(data: RunData, line: Line, video: Path | None) -> str:
    title = group_of(line["group"]).title
    outcome = "success" if line["success"] else "failure"
    mark = f'<span class="mark {"good" if line["success"] else "bad"}">{outcome}</span>'
    with quiet_style(f"values-{line['robot']}-{line['episode']}"):
        svg = to_svg(_figure(line, video, PAGE), f"Value and reward of episode {line['episode']}")
    head = f"{escape(title)}, {which(data, line['robot'], line['episode'], line['group'])}"
    return f'<div class="card"><h3>{head}</h3><p class="note">{mark}</p>{svg}</div>'


def _figure(line: Line, video: Path | None, palette: Palette) -> Figure:
    n = len(line["reward"])
    at = sorted({round(n * i / (MOST_FRAMES - 1)) for i in range(MOST_FRAMES)})
    frames = read_frames(video, [line["stamps_s"][i] for i in at], FRAME_HEIGHT) if video else []
    slot = n / (len(at) - 1)  # decisions per frame
    inner = WIDTH - LEFT - RIGHT
    aspect = frames[0].shape[1] / frames[0].shape[0] if frames else 0.0
    strip = min(TALLEST, inner / len(at) / aspect) if frames else 0.0
    height = TOP + strip + 2 * (GAP + PLOT) + BOTTOM
    figure = Figure(figsize=(WIDTH, height))
    figure.patch.set_alpha(0)

    def place(bottom: float, tall: float) -> Axes:
        made = figure.add_axes((LEFT / WIDTH, bottom / height, inner / WIDTH, tall / height))
        made.patch.set_alpha(0)
        made.set_xticks(at)
        made.set_xlim(-slot / 2, n + slot / 2)
        return made

    _reward(place(BOTTOM, PLOT), line["reward"], palette)
    _value(place(BOTTOM + PLOT + GAP, PLOT), line["q"], palette)
    if frames:
        _strip(place(height - TOP - strip, strip), frames, at, 0.47 * strip * aspect * slot * len(at) / inner)
    return figure


def _strip(ax: Axes, frames: Sequence[U8], at: Sequence[int], half: float) -> None:
    """Each frame above the decision at which it was seen; the last above the end."""
    limits = ax.get_xlim()
    for x, frame in zip(at, frames, strict=True):
        ax.imshow(frame, extent=(x - half, x + half, 0, 1), aspect="auto", interpolation="none")
    ax.set(xlim=limits, ylim=(0, 1))  # imshow has changed them
    ax.set_axis_off()


def _value(ax: Axes, q: Sequence[float], palette: Palette) -> None:
    ax.plot(range(len(q)), q, "o-", color=palette.steered, markersize=3.5)
    ax.set_xticklabels([])
    _name(ax, "Q", palette)


def _reward(ax: Axes, reward: Sequence[float], palette: Palette) -> None:
    sums = np.concatenate([[0.0], np.cumsum(reward)])
    ax.step(range(len(sums)), sums, where="post", color=palette.other)
    ax.plot(len(sums) - 1, sums[-1], "o", color=palette.other, markersize=3.5)
    ax.set_xlabel("decisions")
    _name(ax, "reward so far", palette)


def _name(ax: Axes, text: str, palette: Palette) -> None:
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.set_title(text, loc="left", fontsize=8.5, color=palette.muted, pad=3)
