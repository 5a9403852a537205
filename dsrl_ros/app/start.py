"""How a run of the graph begins, for `./dsrl up` and `ros2 launch` alike: folder, lock, check, domain, processes."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from dsrl_core.app.check import RECORD, SIMULATOR, check_before_start
from dsrl_core.config.paths import names
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.machine.jax_check import check_jax
from dsrl_core.machine.settle import refuse, settle
from dsrl_core.machine.variables import Scope
from dsrl_core.robot_check.result import require_recent_pass
from dsrl_core.run.folder import OpenedRun, RunFolder, open_run
from dsrl_core.run.foxglove import LAYOUT
from dsrl_core.run.recorded import check_recorded
from dsrl_core.run.refusal import starting
from dsrl_core.run.role import ALONE, Place, Role
from dsrl_ros.app.domain import chosen_domain, lock_robot, take_domain, take_network
from dsrl_ros.app.graph import NodeSpec, domain_environment, graph

ELSEWHERE = {Role.LEARNER: (SIMULATOR,), Role.ROBOT: (RECORD,)}  # what another host has


@dataclass
class RunStart:
    """A run that may begin. It holds the run's folder and its DDS domain until it is closed, or the process ends.

    Nobody else can work in the folder meanwhile, and no other run of this machine takes the domain.
    """

    opened: OpenedRun
    specs: list[NodeSpec]
    domain: int | None  # None on hardware: the network is the user's
    environment: Mapping[str, str]  # of the run's processes
    notes: list[str]  # for people: variables of the environment that do not hold in the run, where to look on, hosts
    place: Place  # of this host in the run
    _held: ExitStack = field(repr=False)

    @property
    def config(self) -> RunConfig:
        return self.opened.config

    @property
    def folder(self) -> RunFolder:
        return self.opened.folder

    @property
    def awaits(self) -> str:
        """The command by which the host of a robot that is missing joins; empty where no other host is to."""
        if self.place.role is not Role.LEARNER:
            return ""
        number = os.environ.get("ROS_DOMAIN_ID") if self.domain is None else self.domain
        name = self.config.platform.name
        contract = name if name in names("platforms") else f"{name}.yaml"
        return f"{f'ROS_DOMAIN_ID={number} ' if number else ''}./dsrl up {contract} role=robot"

    @property
    def domain_again(self) -> str:
        """What a learner's host must say to be in the same domain when it goes on, where the others wait for it."""
        chosen = self.place.role is Role.LEARNER and self.domain is not None
        return f"ROS_DOMAIN_ID={self.domain} and " if chosen else ""

    def close(self) -> None:
        """Let go of folder and domain."""
        self._held.close()


def start_run(
    config: RunConfig,
    folder: RunFolder,
    remappings: Mapping[str, str] | None = None,
    place: Place = ALONE,
) -> RunStart:
    """Settle the environment, lock the folder, make or resume the run in it, check all it needs, and take a domain.

    Args:
        config: what is asked for.
        folder: where the run lies or is to lie.
        remappings: topics of the contract to those of this machine's drivers.
        place: of this host in the run.
    Raises:
        ConfigError: the folder is in use or holds something else, a part is missing or does not fit (every one is
            named), an environment variable cannot work, another run is in the domain, or on hardware no recent check of
            the robot passed. A folder that was made for this is gone again.
        RecordError: a recorded episode of the run is damaged, or of another run.
        DsrlError: no domain is free.
    """
    simulated = config.platform.robot_end.kind == "simulation"
    several = place.role is not Role.ALL
    notes = settle_environment(simulated, several)
    with ExitStack() as held:
        with starting(folder, held):
            opened = open_run(config, folder.path)
            check_recorded(opened.folder, opened.config)
            domain = _take_domain(opened.config, held, place)
            if place.role is Role.LEARNER:
                _refuse_second_learner(domain)
            specs = graph(opened.config, opened.folder.config, remappings, place)
            if place.role is not Role.VIEW:
                _check(opened, place)
            if place.role in (Role.ALL, Role.ROBOT):
                _require_check(opened.config, remappings)
            if not place.role.joins:
                notes += _shown(opened)
        environment = domain_environment(domain, simulated, several)
        return RunStart(opened, specs, domain, environment, notes, place, held.pop_all())


def _refuse_second_learner(domain: int | None) -> None:
    from dsrl_ros.app.joining import refuse_second_learner  # rclpy reads the environment, which is settled now

    refuse_second_learner(domain)


def settle_environment(simulated: bool, several_hosts: bool = False) -> list[str]:
    """Make this process's environment the one that a graph starts in; returns what does not hold any more.

    Raises:
        ConfigError: a variable cannot work; names every one, and what to do.
    """
    network = (Scope.SEVERAL_HOSTS if several_hosts else Scope.SIMULATION) if simulated else Scope.HARDWARE
    scopes = (Scope.COMMANDS, network, *((Scope.DISCOVERY,) if several_hosts else ()))
    refuse(os.environ, *scopes, *((Scope.RENDERING,) if simulated else ()))
    notes = settle(os.environ, *scopes)
    check_jax(os.environ)
    return notes


def _shown(opened: OpenedRun) -> list[str]:
    """Where people may look on, in words."""
    log = opened.config.log
    if not log.foxglove:
        return []
    port = log.foxglove_port or "PORT, which logs/ has in the file of foxglove"
    return [f"in Foxglove open ws://127.0.0.1:{port}, and import the layout {opened.folder.path / LAYOUT}"]


def _check(opened: OpenedRun, place: Place) -> None:
    try:
        check_before_start(opened.folder.config, ELSEWHERE.get(place.role, ()))
    except ConfigError as error:
        name = opened.config.platform.name
        missing = "".join(f"\n  - {line}" for line in str(error).splitlines())
        raise ConfigError(f"the run of {name} cannot start; missing or not fitting:{missing}") from error


def _require_check(config: RunConfig, remappings: Mapping[str, str] | None) -> None:
    """On hardware: refuse a robot that ./dsrl check did not find well lately, unless that is switched off."""
    end = config.platform.robot_end
    if end.kind == "hardware" and end.require_check:
        require_recent_pass(config.platform, remappings)


def _take_domain(config: RunConfig, held: ExitStack, place: Place) -> int | None:
    simulated = config.platform.robot_end.kind == "simulation"
    if place.role.joins:
        for robot in place.robots_of(config.robots) if place.role is Role.ROBOT else ():
            held.enter_context(lock_robot(robot))
        return chosen_domain() if simulated else None
    if not simulated:
        held.enter_context(take_network())
        for robot in config.robots if place.role is Role.ALL else ():
            held.enter_context(lock_robot(robot))
        return None
    domain, lock = take_domain()
    held.enter_context(lock)
    return domain
