"""Loop and graph call the same compiled functions with the same shapes: batch 1 to act, the batch size to train."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import rclpy
from graphs import QUICK
from rclpy.executors import SingleThreadedExecutor

from dsrl_core.acting.player import Player
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import RunConfig
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.training.loop import run
from dsrl_core.training.session import Session
from dsrl_ros.nodes import camera_node, executor_node, learner_node, proprioception_node, reward_node, steering_node
from sim_bridge.envs.base import make_environment
from sim_bridge.nodes import bridge_node

pytestmark = pytest.mark.slow
Call = tuple[str, str]
SETTINGS = ("schedule.episodes=4", *QUICK)


def record(owner: Any, log: set[Call]) -> None:
    """Note every call of a compiled function that `owner` holds: its name and the shapes that it is given."""
    for name, function in list(vars(owner).items()):
        if isinstance(function, jax.stages.Wrapped | jax.stages.Compiled):
            setattr(owner, name, _noting(f"{type(owner).__name__}.{name}", function, log))


def _noting(name: str, function: Any, log: set[Call]) -> Any:
    def noted(*args: Any) -> Any:
        shapes = [f"{np.shape(x)}{getattr(x, 'dtype', type(x).__name__)}" for x in jax.tree.leaves(args)]
        log.add((name, " ".join(shapes)))
        return function(*args)

    return noted


def watch(steering: Any, trainer: Any, log: set[Call]) -> None:
    trainer.warm_up()
    functions = steering.actor._functions
    noted = [_noting(f"NoiseActor.{name}", function, log) for name, function in functions._asdict().items()]
    steering.actor._functions = type(functions)(*noted)
    for owner in (steering.policy, trainer.learner):
        record(owner, log)


def loop_calls(config: RunConfig, folder: RunFolder) -> set[Call]:
    log: set[Call] = set()
    session = Session(config, folder)
    environment = make_environment("reach", {})
    player = Player(config, environment, folder.videos)
    watch(player.steering, session.trainer, log)
    run(player, session.trainer)
    environment.close()
    return log


def graph_calls(folder: RunFolder) -> set[Call]:
    """All nodes in this process, on real topics."""
    log: set[Call] = set()
    parameters = {"config": folder.config, "robot": "robot0", "camera": "front"}
    words = [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
    rclpy.init(args=["--ros-args", "-r", "__ns:=/robot0", *words], domain_id=103)
    learner = learner_node.LearnerNode()
    steering = steering_node.SteeringNode()
    watch(steering._steering, learner._trainer, log)
    others = [
        camera_node.CameraNode(),
        proprioception_node.ProprioceptionNode(),
        reward_node.RewardNode(),
        executor_node.ExecutorNode(),
        bridge_node.SimBridgeNode(),
    ]
    executor = SingleThreadedExecutor()
    for node in (learner, steering, *others):
        executor.add_node(node)
    while not learner.complete:
        executor.spin_once(timeout_sec=0.0)
        learner.work()
    for node in (learner, steering, *others):
        node.on_shutdown()
    rclpy.try_shutdown()
    return log


def test_loop_and_graph_call_the_same_functions(tmp_path: Path) -> None:
    folders = []
    for name in ("loop", "graph"):
        opened = open_run(load_run("reach", name, 0, SETTINGS), tmp_path / name)
        folders.append(opened)
    in_loop = loop_calls(folders[0].config, folders[0].folder)
    in_graph = graph_calls(folders[1].folder)
    assert in_loop == in_graph
    names = {name for name, _ in in_loop}
    assert {"NoiseActor.sample", "NoiseActor.mode", "FlowPolicy._decode", "Learner._update"} <= names
