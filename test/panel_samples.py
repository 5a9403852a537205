"""Snapshots of a run as the panel shows them, without ROS."""

import numpy as np

from dsrl_core.view.buttons import OPERATOR, RUN
from dsrl_core.view.snapshot import Branch, Buffers, Button, Camera, Curve, Diagnostic, Phase, Robot, ViewSnapshot
from dsrl_core.view.values import DecisionValue, DiagnosticValue, ExecutorValue, Level

ENABLED = ("success", "failure", "stop", "discard", "pause", "save_checkpoint", "stop_after_episode")


def curve(group: str, title: str, kind: str, successes: list[bool]) -> Curve:
    running = tuple(sum(successes[max(0, n - 20) : n]) / min(n, 20) for n in range(1, len(successes) + 1))
    return Curve(group, title, kind, tuple(successes), running, 120)


def decision(number: int, robot: str = "robot0") -> DecisionValue:
    draw = np.random.default_rng(number)
    late = number > 60
    return DecisionValue(
        robot=robot,
        episode=number // 8,
        group="train",
        decision=number % 8,
        source="actor_sample" if late else "prior_repeated",
        noise_norm=float(0.6 + 0.4 * draw.random()) if late else float(0.9 + 0.3 * draw.random()),
        q=float(-3 + number / 60 + draw.normal() / 4) if late else None,
        params_version=40 * (number // 8) if late else 0,
        last_reward=-1.0,
        observe_ms=float(2.1 + draw.random()),
        actor_ms=float(0.8 + draw.random()),
        policy_ms=float(3.5 + 4 * draw.random()),
        total_ms=float(12 + 2 * draw.random()),
    )


def picture(seed: int, height: int = 64, width: int = 64) -> np.ndarray:
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.stack([255 * across, 255 * down, np.full_like(across, 60 * seed)], axis=-1).astype(np.uint8)


def snapshot(decisions: int = 200, warn: bool = True) -> ViewSnapshot:
    """A run in the midst of training, on an arm that holds."""
    draw = np.random.default_rng(3)
    learned = [bool(draw.random() < 0.25 + 0.6 * index / 77) for index in range(77)]
    buttons = {name: "" if name in ENABLED else "the episode runs" for name in (*OPERATOR, *RUN)}
    executor = ExecutorValue(
        robot="robot0",
        state="HOLD",
        reason="the camera wrist has been silent for 0.41 s (at most 0.3 s)",
        waits_for="a picture of every camera",
        episode=77,
        actions=9241,
        holds=3,
        clipped=12,
    )
    names = tuple(Button(name, name.replace("_", " ").capitalize(), why) for name, why in buttons.items())
    late = Diagnostic(DiagnosticValue(Level.WARN, "robot0: camera wrist", "no picture for 0.41 s"), 0.2)
    return ViewSnapshot(
        run_id="franka_seed0",
        phase=Phase("train", "Training", "train", 77, 120, "training", False, False, "the executor of robot0 (HOLD)"),
        curves=(
            curve("base_repeated", "Base, repeated", "base", [index % 4 == 0 for index in range(20)]),
            curve("train", "Training", "training", learned),
        ),
        decisions=tuple(decision(number) for number in range(decisions)),
        cameras=tuple(Camera("robot0", name, picture(n), 5, 0.1) for n, name in enumerate(("front", "wrist"))),
        robots=(Robot("robot0", executor, 0.1, names[: len(OPERATOR)]),),
        buffers=Buffers(612, 3818, 40, 75.0, 0.1173, -2.31, 4.92, 0.083),
        time_left_s=760.0,
        diagnostics=(Branch("robot0", Level.WARN, (late,)),) if warn else (),
        said=(),
        buttons=names[len(OPERATOR) :],
        heard_s=0.1,
    )
