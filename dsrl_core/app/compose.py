"""The one place where simulators are found by name; everything else receives them as values."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from dsrl_core.config import resolve
from dsrl_core.config.address import is_address
from dsrl_core.config.operated import scripted
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import Settings
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment, TaskFacts
from dsrl_core.errors import ConfigError
from dsrl_core.policy.base import told_by_server


def load_run(platform: str, run_id: str, seed: int = 0, overrides: Sequence[str] = ()) -> RunConfig:
    """The configuration that a command line asks for, with what the task and a policy server decide.

    Args:
        platform: a platform's name, or the path of a contract.
        run_id: name of the run.
        seed: all randomness follows from it.
        overrides: `key=value` words such as `sac.utd=10`; they win over everything else.
    Raises:
        ConfigError: names the key, its value and what is allowed.
    """
    return resolve.load_run(platform, run_id, seed, overrides, task_and_server)


def task_and_server(platform: Platform, asked: Settings) -> dict[str, Any]:
    """Settings that the task decides, and in simulation those of the policy server that a person named.

    On a robot a person states them in the contract.
    """
    facts = told_by_environment(platform)
    if platform.robot_end.kind == "simulation" and is_address(asked.get("policy.endpoint")):
        facts |= told_by_server(platform)
    return facts


def environment_module(platform: Platform) -> ModuleType:
    """The file of the platform's environment.

    Raises:
        ConfigError: the robot end is hardware, or no such environment exists.
    """
    if platform.robot_end.kind != "simulation":
        raise ConfigError(f"{platform.name} has no simulator (robot_end.kind={platform.robot_end.kind!r})")
    module: ModuleType = import_module("sim_bridge.envs.base").environment_module(platform.robot_end.environment)
    return module


def make_environment(platform: Platform) -> Environment:
    """The platform's environment, in this process; ConfigError for unknown kinds and options."""
    environment_module(platform)
    registry = import_module("sim_bridge.envs.base")
    environment: Environment = registry.make_environment(platform.robot_end.environment, platform.robot_end.options)
    return environment


def make_expert(config: RunConfig, environment: Environment) -> Expert | None:
    """The environment's scripted expert where the run has episodes of its own, else None.

    Raises:
        ConfigError: the environment has none.
    """
    if not scripted(config):
        return None
    registry = import_module("sim_bridge.envs.base")
    expert: Expert = registry.make_expert(config.platform.robot_end.environment, environment)
    return expert


def make_stock(platform: Platform) -> Any:
    """The platform's simulator as its package steps it: `run(seconds)` gives control steps per second.

    Raises:
        ConfigError: there is none, or it is not complete here.
    """
    end = platform.robot_end
    return import_module("sim_bridge.envs.base").make_stock(end.environment, end.options)


def told_by_environment(platform: Platform) -> dict[str, Any]:
    """Settings that a simulated task decides, by its module's own `task_facts(**options)`, if any.

    Its instruction is the policy's prompt where the contract has none.

    Raises:
        ConfigError: options name no task, or what it needs is missing.
    """
    if platform.robot_end.kind != "simulation":
        return {}
    facts_of = getattr(environment_module(platform), "task_facts", None)
    facts: TaskFacts = facts_of(**platform.robot_end.options) if facts_of else TaskFacts()
    told: dict[str, Any] = {"robot_end.stand_in_assets": facts.stand_in_assets}
    if facts.instruction and not platform.policy.prompt:
        told["policy.prompt"] = facts.instruction
    return {key: value for key, value in told.items() if value}
