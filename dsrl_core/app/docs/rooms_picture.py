"""`docs/rooms.svg`: the folders of the code as rooms of a house, drawn from `FLOORS`, one row or more per floor."""

from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from dsrl_core.app.docs.rooms import FLOORS

STOREYS = {  # a floor by its lowest room: its name, and what is kept there
    "storage": ("Ground", "words, errors, storage"),
    "environment": ("Around the noise", "task, policy, plan, record"),
    "native": ("What computes", "jax and compiled code"),
    "acting": ("An episode's way", "acting, learning, the run"),
    "app": ("What people call", "the command line"),
    "sim_bridge.real_time": ("Simulators", "behind one protocol"),
    "dsrl_ros.interface": ("ROS", "the graph's nodes"),
}
NOTES = {
    "storage": "files, digests",
    "config": "contract, preset, run",
    "random": "streams by name",
    "machine": "others' variables",
    "environment": "what a simulator offers",
    "policy": "what is steered",
    "schedule": "what is played next",
    "record": "episodes on disk",
    "native": "C++ for CPUs",
    "networks": "actor and critics",
    "augmentations": "of images",
    "algorithms": "gradient steps",
    "reversal": "action to noise",
    "acting": "observation to chunk",
    "learner": "episodes to actor",
    "run": "its folder",
    "view": "a run at a glance",
    "robot_check": "may it move?",
    "preflight": "steerable?",
    "report": "one page",
    "training": "whole runs",
    "train_base": "clone a base",
    "exchange": "other people's formats",
    "app": "the one place that finds simulators by name",
    "sim_bridge.real_time": "drivers' topics, faults",
    "sim_bridge.envs": "one file or folder each",
    "sim_bridge.process": "in a process of its own",
    "dsrl_ros.interface": "topics, messages",
    "dsrl_ros.nodes": "thin shells",
    "dsrl_ros.observers": "who looks on",
    "dsrl_ros.view": "a run from outside",
    "dsrl_ros.rqt": "the panel for rqt",
    "dsrl_ros.robot_ends": "drivers of arms",
    "sim_bridge.nodes": "simulator on topics",
    "dsrl_ros.app": "start, watch, end",
}
WIDTH, LEFT, ROOMS, GAP, MARGIN = 1200, 24, 242, 12, 10  # px; ROOMS: where the rooms of a floor begin
END = WIDTH - 76  # px, of the rooms
INNER, LINE = 30, 13  # characters of a line of small print, its height in px
NAME_PX, NOTE_PX, INNER_PX, PADDING = 9.2, 6.6, 7.0, 18  # widths of a character, and what a room has beside them

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img" aria-labelledby="title text">
  <title id="title">The rooms of dsrl_ros</title>
  <desc id="text">Folders of the code as rooms of a house with {floors} floors. From the ground up: storage, config,
    random and machine; what surrounds the noise; what computes; the way of an episode; what people call; simulators;
    ROS. A room imports rooms of the floors below it and rooms to its left, never the other way.</desc>
  <style>
    svg {{ --page: #fbfbf9; --edge: #e3e3de; --node: #ffffff; --line: #c6cad1; --ink: #1d1f23; --muted: #666b74;
      --floor: #f3f3ef; --accent: #1565c0; }}
    @media (prefers-color-scheme: dark) {{
      svg {{ --page: #16181b; --edge: #2a2e34; --node: #1f2327; --line: #434a53; --ink: #eceded; --muted: #9aa0a9;
        --floor: #1a1d20; --accent: #6db0f5; }}
    }}
    text {{ font-family: Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      fill: var(--ink); }}
    .page {{ fill: var(--page); stroke: var(--edge); }}
    .floor {{ fill: var(--floor); }}
    .room {{ fill: var(--node); stroke: var(--line); stroke-width: 1.3; }}
    .storey {{ font-size: 17px; font-weight: 620; letter-spacing: -0.01em; }}
    .note {{ font-size: 13px; fill: var(--muted); }}
    .name, .inner {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
    .name {{ font-size: 15px; font-weight: 650; }}
    .inner {{ font-size: 11.5px; fill: var(--muted); }}
    .middle {{ text-anchor: middle; }}
    .down {{ fill: none; stroke: var(--accent); stroke-width: 2.2; marker-end: url(#tip); }}
    .tip {{ fill: var(--accent); }}
    .note.accent {{ fill: var(--accent); }}
  </style>
  <defs>
    <marker id="tip" markerWidth="12" markerHeight="10" refX="9" refY="5" orient="auto" markerUnits="userSpaceOnUse">
      <path class="tip" d="M0 0 10.5 5 0 10z"/></marker>
  </defs>
  <rect class="page" x="0.5" y="0.5" width="{inner}" height="{inner_height:.0f}" rx="16"/>
"""
_FOOT = """\
  <path class="down" d="M1158 42V{end:.0f}"/>
  <text class="note accent middle" transform="translate(1178 {middle:.0f}) rotate(90)"
    >imports go down, and to the left on a floor</text>
  <text class="note" x="44" y="{note:.0f}"
    >Names without dots lie in dsrl_core. Small print: the folders within a room.</text>
</svg>
"""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of the second level with the folders within."""

    name: str
    inner: tuple[str, ...]  # lines

    @property
    def width(self) -> float:
        """Least width, px."""
        inner = max((len(line) for line in self.inner), default=0)
        return PADDING + max(len(self.name) * NAME_PX, len(NOTES.get(self.name, "")) * NOTE_PX, inner * INNER_PX)


def rooms_picture() -> str:
    """The picture as SVG, ending in a newline."""
    parts, y = list[str](), 34.0
    floors = _floors()
    for rooms in reversed(floors):
        drawn, height = _floor(rooms, y)
        parts += drawn
        y += height + GAP
    head = _HEAD.format(width=WIDTH, height=y + 64, inner=WIDTH - 1, inner_height=y + 63, floors=len(floors))
    foot = _FOOT.format(end=y - 8, middle=(y + 42) / 2, note=y + 30)
    return head + "".join(f"  {part}\n" for part in parts) + foot


def _floors() -> list[list[Room]]:
    """Rooms by floor, from the ground up."""
    within: dict[str, list[str]] = {}
    for folder in FLOORS:
        package, *rest = folder.split(".")
        if rest:
            name = rest[0] if package == "dsrl_core" else f"{package}.{rest[0]}"
            within.setdefault(name, [])
            within[name] += rest[-1:] if len(rest) > 1 else []
    floors: list[list[Room]] = []
    for name, inner in within.items():
        floors += [[]] if name in STOREYS else []
        floors[-1].append(Room(name, tuple(wrap(", ".join(dict.fromkeys(inner)), INNER, break_on_hyphens=False))))
    return floors


def _floor(rooms: list[Room], y: float) -> tuple[list[str], float]:
    """A floor whose upper edge is at `y`, and its height, both px."""
    rows, height, parts = _rows(rooms), 2.0 * MARGIN - GAP, list[str]()
    for row in reversed(rows):
        tall = 58.0 + LINE * max((len(room.inner) for room in row), default=0)
        parts += _row(row, y + MARGIN + height - 2 * MARGIN + GAP, tall)
        height += tall + GAP
    title, note = STOREYS[rooms[0].name]
    middle = y + height / 2
    return [
        f'<rect class="floor" x="{LEFT}" y="{y:.0f}" width="{END + 12 - LEFT}" height="{height:.0f}" rx="12"/>',
        f'<text class="storey" x="44" y="{middle - 4:.0f}">{escape(title)}</text>',
        f'<text class="note" x="44" y="{middle + 17:.0f}">{escape(note)}</text>',
        *parts,
    ], height


def _rows(rooms: list[Room]) -> list[list[Room]]:
    """Rooms in rows that are wide enough for them, as evenly filled as their order allows."""
    space = END - ROOMS + GAP
    count = -int(-sum(room.width + GAP for room in rooms) // space)
    each, rows, used = sum(room.width + GAP for room in rooms) / count, [list[Room]()], 0.0
    for room in rooms:
        wide = room.width + GAP
        if rows[-1] and (used + wide > space or (used + wide / 2 > each and len(rows) < count)):
            rows.append([])
            used = 0.0
        rows[-1].append(room)
        used += wide
    return rows


def _row(row: list[Room], y: float, height: float) -> list[str]:
    """Rooms side by side, which share what is left of the row's width."""
    x, parts = float(ROOMS), list[str]()
    spare = (END - ROOMS - sum(room.width for room in row) - GAP * (len(row) - 1)) / len(row)
    for room in row:
        wide, middle = room.width + spare, x + (room.width + spare) / 2
        top = y + (height - 32 - LINE * len(room.inner)) / 2 + 13
        parts += [
            f'<rect class="room" x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{height:.0f}" rx="10"/>',
            _text("name", middle, top, room.name),
            _text("note", middle, top + 17, NOTES[room.name]),
            *(_text("inner", middle, top + 33 + LINE * i, line) for i, line in enumerate(room.inner)),
        ]
        x += wide + GAP
    return parts


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind} middle" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
