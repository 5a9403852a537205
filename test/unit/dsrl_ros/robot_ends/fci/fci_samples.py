"""Trajectories and a control of the fake arm, for the tests of the driver."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_ros.robot_ends.fci.control import Control
from dsrl_ros.robot_ends.fci.link import Link, Trajectory, pair
from dsrl_ros.robot_ends.fci.settings import FciSettings

FAKE = Path(__file__).parents[4] / "doubles" / "fake_franka" / "pylibfranka.py"
FR3 = load_arm("fr3")
PERIOD_S, LEAD_S = 1 / 15, 0.03
ANYWHERE = Workspace(np.full(3, -2.0), np.full(3, 2.0), 10.0)


def fake_franka(**script: Any) -> ModuleType:
    """A fresh stand-in for pylibfranka whose arm obeys `script`, and does not wait between ticks."""
    spec = importlib.util.spec_from_file_location("fake_pylibfranka", FAKE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    module.SCRIPT.clear()
    module.SCRIPT.update({"period_s": 0.0, **script})
    return module


def trajectory(*knots: tuple[float, float, float], start_ns: int = 0, joint: int = 0) -> Trajectory:
    """Knots (time in s, rad from home, rad/s) of one joint; the others stay at home."""
    times, offsets, speeds = (np.array(column) for column in zip(*knots, strict=True))
    unit = np.eye(7)[joint]
    return Trajectory(start_ns, times, FR3.home + offsets[:, None] * unit, speeds[:, None] * unit)


def planned(steps: int, seed: int = 0, amplitude: float = 0.8) -> list[Trajectory]:
    """Messages of a stream at 15 Hz from home on; each is sent at its `start_ns`, from which its times count."""
    draw, wanted, messages = np.random.default_rng(seed), np.zeros(7), []
    stream = KnotStream(Planner(FR3, PERIOD_S, ANYWHERE), PERIOD_S, LEAD_S)
    stream.anchor(-1.0, FR3.home)
    for step in range(steps):
        following = 0.85 * wanted + 0.15 * draw.normal(0, 3 * amplitude, 7)
        knots = stream.send(step * PERIOD_S, wanted, following)
        columns = (
            [k.time_s - step * PERIOD_S for k in knots],
            [k.positions for k in knots],
            [k.velocities for k in knots],
            [np.zeros(7) + k.accelerations for k in knots],
        )
        messages.append(Trajectory(round(step * PERIOD_S * 1e9), *(np.array(column) for column in columns)))
        wanted = following
    return messages


class Driven:
    """A control of the fake arm, run in this thread: what the node sends is a function of the tick."""

    def __init__(self, interface: str = "position", **script: Any) -> None:
        self.franka = fake_franka(**script)
        self.robot = self.franka.Robot("192.0.2.1")
        self.arm = self.robot.arm
        self.link, theirs = pair()
        self.slow_s = 0.0  # by which this process has fallen behind the arm
        settings = FciSettings(robot_ip="192.0.2.1", clock="arm", state_rate_hz=500, interface=interface)
        self.control = Control(
            self.franka, self.robot, Link(theirs), settings, FR3, lambda: 0, lambda: self.arm.tick * 1e-3 + self.slow_s
        )
        self.events: list[dict[str, Any]] = []

    def run(self, node: Any, most: int = 5000) -> None:
        """Run to its end; `node(tick, self)` is called before each state of the arm."""

        def on_tick(tick: int) -> None:
            self._hear(tick)
            assert tick < most, "the control does not end"
            node(tick, self)

        self.robot.on_tick = on_tick
        self.control.run()
        self._hear(most)

    def _hear(self, tick: int) -> None:
        while self.link.fileno() >= 0 and (record := self.link.poll()) is not None:
            if isinstance(record, dict):
                self.events.append({**record, "tick": tick})

    def told(self, kind: str) -> list[str]:
        """The texts of the events of a kind, in their order."""
        return [event.get("text", "") for event in self.events if event["kind"] == kind]
