"""Images when a decision is due, or at every step: the same states, rewards and images, to the last bit."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.environment.protocol import Environment
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick
from dsrl_core.errors import ConfigError
from dsrl_core.types import EpisodeRequest, Purpose
from sim_bridge.envs import libero
from sim_bridge.envs.base import make_environment

STEPS = 24
REQUEST = EpisodeRequest("run", "robot0", 0, Purpose.TRAIN, "train", 0, 2**63 + 5, -1, 0, False)


@pytest.fixture(params=["reach", "aloha", "libero", "franka_sim"])
def platform(request: pytest.FixtureRequest) -> str:
    if request.param == "libero":
        try:
            libero.task_facts()
        except ConfigError as missing:
            pytest.skip(str(missing))
    if request.param == "franka_sim" and not find_spec("franky_sim"):
        pytest.skip("franky-sim is not installed")
    return request.param


def play(environment: Environment, name: str, render: str, every: int) -> tuple[list[Tick], list[Any]]:
    """Ticks of an episode of seeded small moves, and a trace of all that a learner could see, as bytes."""
    platform = load_run(name, "run", overrides=[f"robot_end.render={render}"]).platform
    robot, rng = SimulatedRobot(environment, platform), np.random.default_rng(2)
    low, high = platform.action.bounds()
    ticks = [robot.start(REQUEST)]
    centre = ticks[0].state if platform.action.size == len(ticks[0].state) > 2 else np.zeros_like(low)
    for step in range(1, STEPS + 1):
        action = np.clip(centre + 0.05 * rng.standard_normal(len(low)), low, high).astype(np.float32)
        ticks.append(robot.apply(action, decision_due=step % every == 0))
    frames = [tick.frame for tick in ticks if tick.frame is not None]
    pictures = [{camera: image.tobytes() for camera, image in frame.images.items()} for frame in frames]
    events = [(frame.event.native_reward_sum, frame.event.success, frame.event.executed.tobytes()) for frame in frames]
    return ticks, [[(tick.stamp_ns, tick.state.tobytes()) for tick in ticks], pictures, events]


def test_bits_do_not_depend_on_who_looks(platform: str) -> None:
    end = load_run(platform, "run").platform.robot_end
    environment = make_environment(end.environment, end.options)
    try:
        asked, seldom = play(environment, platform, "on_demand", every=12)
        watched, always = play(environment, platform, "every_step", every=12)
        decided, _ = play(environment, platform, "on_demand", every=1)
    finally:
        environment.close()
    assert seldom == always
    assert not any(tick.between for tick in asked)
    assert [bool(tick.between) != (tick.frame is not None) for tick in watched] == [True] * (STEPS + 1)
    for tick, other in zip(watched, decided, strict=True):
        images = tick.frame.images if tick.frame else tick.between
        assert other.frame is not None
        assert {name: image.tobytes() for name, image in images.items()} == {
            name: image.tobytes() for name, image in other.frame.images.items()
        }
