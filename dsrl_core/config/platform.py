"""The contract of a platform: all that differs between a simulator and a robot, `config/platforms/<name>.yaml`."""

from dataclasses import dataclass

import numpy as np

from dsrl_core.config.setting import setting
from dsrl_core.errors import ConfigError
from dsrl_core.rotation import POSE_NAMES
from dsrl_core.types import F32


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraContract:
    topic: str = setting(doc="image topic, relative to the robot's namespace or absolute")
    height: int = setting(doc="policy-size image height, pixels", ge=8, le=1024)
    width: int = setting(doc="policy-size image width, pixels", ge=8, le=1024)
    learner: bool = setting(True, doc="whether the learner sees this camera")
    policy: bool = setting(True, doc="whether the policy sees this camera")
    max_age_ms: float = setting(250.0, doc="older frames are not used (hardware), ms", ge=1)
    frozen_ms: float = setting(500.0, doc="identical pixels for longer are a frozen camera (hardware), ms", ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSource:
    topic: str = setting(doc="topic, relative to the robot's namespace or absolute")
    type: str = setting("joint_states", doc="message: names and positions, or a pose", choices=("joint_states", "pose"))
    names: tuple[str, ...] = setting((), doc="joints to select, in this order (joint_states)")
    units: tuple[str, ...] = setting((), doc="unit of each value, for people")

    @property
    def values(self) -> tuple[str, ...]:
        """Name of each value."""
        return self.names if self.type == "joint_states" else POSE_NAMES

    @property
    def size(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationContract:
    cameras: dict[str, CameraContract] = setting(doc="cameras by name; their order is the learner's")
    state: tuple[StateSource, ...] = setting(doc="streams whose values are concatenated to the state vector")
    stamps: str = setting(
        "exact",
        doc="exact: decide when all streams of one stamp are there (lockstep); newest: newest samples (hardware)",
        choices=("exact", "newest"),
    )
    tolerance_ms: float = setting(50.0, doc="largest spread of stamps in one observation with stamps: newest, ms", ge=0)
    timeout_s: float = setting(10.0, doc="an observation that stays incomplete for longer drops the episode, s", ge=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContract:
    names: tuple[str, ...] = setting(doc="what each value of an action commands")
    units: tuple[str, ...] = setting(doc="unit of each value")
    low: tuple[float, ...] = setting(doc="least value of each, in its unit")
    high: tuple[float, ...] = setting(doc="greatest value of each, in its unit")
    rate_hz: float = setting(doc="control rate, Hz", ge=0.1, le=1000)
    feedback: str = setting("joint_states", doc="joint states that pace the executor, relative topic or absolute")
    encoder: str = setting("action", doc="how a step reaches the robot: a file of dsrl_core/execution/encoders")
    limits: tuple[str, ...] = setting(
        ("clip",), doc="limits applied in this order: files of dsrl_core/execution/limits"
    )
    on_silence: str = setting(
        "nothing", doc="what HOLD commands: nothing (lockstep) or stop (hardware)", choices=("nothing", "stop")
    )
    lease_ms: float = setting(150.0, doc="steering is taken for dead after this silence, ms", ge=20, le=5000)
    gap_s: float = setting(5.0, doc="a step inside a chunk that is later than this is a HOLD, s", ge=0.05)

    @property
    def size(self) -> int:
        return len(self.names)

    def bounds(self) -> tuple[F32, F32]:
        return np.asarray(self.low, np.float32), np.asarray(self.high, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContract:
    kind: str = setting(doc="a file of dsrl_core/policies")
    endpoint: str = setting("", doc="weights (relative to config/) or the address of a policy server")
    horizon: int = setting(doc="actions in a chunk, H", ge=1)
    noise_dim: int = setting(doc="values in a noise vector, d", ge=1)
    execute: int = setting(doc="actions of a chunk that are carried out, n <= H", ge=1)
    feature_dim: int = setting(
        0, doc="values of the policy's prefix representation that the learner sees, f; 0 is none", ge=0
    )
    prompt: str = setting("", doc="instruction for the policy; empty: that of the environment's task, if it has one")
    embodiment: str = setting(
        "plain", doc="how a request to openpi is laid out and its actions read: a file of dsrl_core/embodiments"
    )
    pool: str = setting(
        "last",
        doc="which prefix representation the learner sees: of the last token, as the reference, or the mean",
        choices=("last", "mean"),
    )
    config: str = setting("", doc="name of openpi's own configuration, such as pi0_libero (kind openpi_local)")
    api_key_file: str = setting("", doc="file with the key of a policy server that asks for one")
    timeout_s: float = setting(10.0, doc="a policy server that takes longer for a reply drops the episode, s", ge=0.05)
    connect_s: float = setting(20.0, doc="a policy server must be connected within, s", ge=0.1)
    patience_s: float = setting(120.0, doc="a policy server that is away for longer ends the run, s", ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardContract:
    kind: str = setting("sparse", doc="a file of dsrl_core/rewards")


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeContract:
    max_steps: int = setting(doc="time-out, control steps", ge=1)
    variants: int = setting(1, doc="start variants that evaluation visits equally often", ge=1)
    reset: str = setting("automatic", doc="how an episode is reset", choices=("automatic", "operator"))
    ready_timeout_s: float = setting(120.0, doc="the robot end must be ready within, s", ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotEndContract:
    kind: str = setting(doc="simulation or hardware", choices=("simulation", "hardware"))
    environment: str = setting("", doc="a file of sim_bridge/envs (simulation)")
    options: dict[str, str] = setting({}, doc="keyword options of the environment (simulation)")
    render: str = setting(
        "on_demand",
        doc="on_demand: images when a decision is due; every_step: at every step, on their topics too (simulation)",
        choices=("on_demand", "every_step"),
    )
    step_timeout_s: float = setting(60.0, doc="a simulator silent for longer is restarted, s", ge=1)
    stand_in_assets: bool = setting(
        False, doc="whether the scene looks other than published; filled in from the environment (simulation)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    name: str = setting(doc="name of the platform")
    robot_end: RobotEndContract = setting(doc="simulator or drivers")
    observation: ObservationContract = setting(doc="what is observed")
    action: ActionContract = setting(doc="what is commanded")
    policy: PolicyContract = setting(doc="the base policy")
    reward: RewardContract = setting(RewardContract(), doc="where rewards come from")
    episode: EpisodeContract = setting(doc="length and reset of episodes")
    preset: str = setting(doc="default settings of the learner: a file of config/presets")

    @property
    def state_names(self) -> tuple[str, ...]:
        return tuple(name for source in self.observation.state for name in source.values)

    @property
    def state_dim(self) -> int:
        return len(self.state_names)

    @property
    def learner_cameras(self) -> tuple[str, ...]:
        return tuple(name for name, c in self.observation.cameras.items() if c.learner)

    @property
    def policy_cameras(self) -> tuple[str, ...]:
        return tuple(name for name, c in self.observation.cameras.items() if c.policy)


def check_platform(platform: Platform) -> None:
    """Raise ConfigError where values that fit alone do not fit together."""
    action, policy, name = platform.action, platform.policy, platform.name
    if not action.size:
        raise ConfigError(f"{name}: action.names is empty; a robot has at least one value to command")
    for key in ("units", "low", "high"):
        if len(getattr(action, key)) != action.size:
            count = len(getattr(action, key))
            raise ConfigError(f"{name}: action.{key} has {count} values; allowed: {action.size}, one per action.names")
    if any(lo >= hi for lo, hi in zip(action.low, action.high, strict=True)):
        raise ConfigError(f"{name}: action.low={list(action.low)} must be below action.high={list(action.high)}")
    if policy.execute > policy.horizon:
        raise ConfigError(
            f"{name}: policy.execute={policy.execute} is impossible; allowed: 1 to policy.horizon={policy.horizon}"
        )
    for source in platform.observation.state:
        if len(source.units) not in (0, source.size):
            raise ConfigError(
                f"{name}: observation.state of {source.topic} has {len(source.units)} units; allowed: {source.size}"
            )
    if not platform.learner_cameras and platform.state_dim == 0:
        raise ConfigError(f"{name}: observation offers the learner neither a camera nor a state")
    if platform.robot_end.kind == "simulation" and not platform.robot_end.environment:
        raise ConfigError(f"{name}: robot_end.environment is missing: a simulation needs a file of sim_bridge/envs")
