"""The floors of the house: which folder may import which. `docs/architecture.md` shows them, a test holds them.

A folder imports folders that stand before it in this list, never one after it, so that no folder imports one that
imports it. What a process loads by name (plug-ins, nodes, a simulator) is not an import.
"""

import ast
from pathlib import Path

FLOORS = (
    # the ground: words, errors, how things are found and stored
    "dsrl_core",
    "dsrl_core.storage",
    "dsrl_core.config",
    "dsrl_core.random",
    "dsrl_core.machine",
    # what surrounds the noise: task, policy, plan, record
    "dsrl_core.environment",
    "dsrl_core.environment.rewards",
    "dsrl_core.policy",
    "dsrl_core.policy.embodiments",
    "dsrl_core.policy.remote",
    "dsrl_core.policy.flow",
    "dsrl_core.policy.state_flow",
    "dsrl_core.policy.server",
    "dsrl_core.policy.backends",
    "dsrl_core.schedule",
    "dsrl_core.record",
    # what computes
    "dsrl_core.native",
    "dsrl_core.networks.blocks",
    "dsrl_core.networks.densities",
    "dsrl_core.networks.distributions",
    "dsrl_core.networks.encoders",
    "dsrl_core.networks",
    "dsrl_core.augmentations",
    "dsrl_core.algorithms",
    "dsrl_core.algorithms.shared",
    "dsrl_core.algorithms.sac",
    "dsrl_core.algorithms.na",
    "dsrl_core.reversal",
    # the way of an episode: acting, learning, the run that holds both
    "dsrl_core.acting.execution.rails",
    "dsrl_core.acting.execution.arm",
    "dsrl_core.acting.execution",
    "dsrl_core.acting.execution.limits",
    "dsrl_core.acting.execution.command_encoders",
    "dsrl_core.acting.execution.operator",
    "dsrl_core.acting.arm",
    "dsrl_core.acting.execution.robot_end",
    "dsrl_core.acting",
    "dsrl_core.learner.replay",
    "dsrl_core.learner.devices",
    "dsrl_core.learner",
    "dsrl_core.learner.counterfactual",
    "dsrl_core.run",
    "dsrl_core.view",
    "dsrl_core.robot_check",
    "dsrl_core.preflight",
    "dsrl_core.report",
    "dsrl_core.training.sinks",
    "dsrl_core.training",
    "dsrl_core.exchange",
    "dsrl_core.train_base",
    # what people call
    "dsrl_core.app",
    "dsrl_core.app.bench",
    "dsrl_core.app.docs",
    "dsrl_core.app.doctor",
    "dsrl_core.app.commands",
    # simulators
    "sim_bridge",
    "sim_bridge.real_time",
    "sim_bridge.envs",
    "sim_bridge.envs.reach",
    "sim_bridge.envs.aloha",
    "sim_bridge.envs.aloha_sided",
    "sim_bridge.envs.libero",
    "sim_bridge.envs.franka_sim",
    "sim_bridge.envs.panda_pick",
    "sim_bridge.process",
    # ROS
    "dsrl_ros",
    "dsrl_ros.interface.conversion",
    "dsrl_ros.interface",
    "dsrl_ros.nodes",
    "dsrl_ros.view",
    "dsrl_ros.rqt",
    "dsrl_ros.observers",
    "dsrl_ros.robot_ends",
    "dsrl_ros.robot_ends.fci",
    "dsrl_ros.robot_ends.franka_ros2",
    "dsrl_ros.robot_ends.cameras",
    "sim_bridge.nodes",
    "dsrl_ros.app",
    "dsrl_ros.app.page",
    "dsrl_ros.app.benchmarks",
    "dsrl_ros.app.robot_check",
)


def what_happens_in(root: Path, folder: str) -> str:
    """The first paragraph of a folder's own description, in its `__init__.py`."""
    path = root / folder.replace(".", "/") / "__init__.py"
    doc = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(doc.split("\n\n")[0].split())


def room_table(root: Path) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A row per folder, from the ground floor up."""
    return ("folder", "what happens in it"), [(f"`{name}`", what_happens_in(root, name)) for name in FLOORS]
