"""The contract of a platform, `config/platforms/<name>.yaml`: everything that differs between simulators and robots."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dsrl_core.config.operator import OperatorContract
from dsrl_core.config.setting import setting
from dsrl_core.types import F32

POSE_NAMES = ("x", "y", "z", "rx", "ry", "rz")  # position, m, and axis-angle vector, rad


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
    camera_skew_ms: float = setting(
        50.0, doc="largest spread of the stamps of the cameras' images among each other (stamps: newest), ms", ge=0
    )
    timeout_s: float = setting(10.0, doc="an observation that stays incomplete for longer drops the episode, s", ge=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmContract:
    model: str = setting("", doc="the arm: a file of config/arms, or the path of a YAML file like them; empty: none")
    step_rad: float = setting(0.2, doc="turn in one step that an action of 1 means, rad; DROID's is 0.2", ge=0, le=1)
    step_m: float = setting(0.05, doc="way of the tool in one step that an action of 1 means, m", ge=0, le=0.2)
    velocity_scale: float = setting(
        0.42,
        doc="share of that speed that is commanded: DROID's soft controller is slower than its targets; calibrate it",
        ge=0.05,
        le=1,
    )
    lead_ms: float = setting(
        67.0,
        doc="a step begins so long after it was sent: messages may be late by half of it, or lost and sent again, ms",
        ge=0,
        le=500,
    )
    box_low: tuple[float, ...] = setting((), doc="least x, y, z of the tool in the frame of the arm's base, m")
    box_high: tuple[float, ...] = setting((), doc="greatest x, y, z of the tool, m")
    base_frame: str = setting("base", doc="name of that frame, in messages of Cartesian targets")
    table_height: float = setting(0.0, doc="z of the table in the frame of the arm's base, m", ge=-2, le=2)
    tool_speed: float = setting(
        0.25, doc="greatest speed of the tool, m/s: 0.25 near people, 0.5 otherwise", ge=0.01, le=0.5
    )
    gripper_dwell_s: float = setting(0.5, doc="least time between two commands to the gripper, s", ge=0, le=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContract:
    names: tuple[str, ...] = setting(doc="what each value of an action commands")
    units: tuple[str, ...] = setting(doc="unit of each value")
    low: tuple[float, ...] = setting(doc="least value of each, in its unit")
    high: tuple[float, ...] = setting(doc="greatest value of each, in its unit")
    rate_hz: float = setting(doc="control rate, Hz", ge=0.1, le=1000)
    feedback: str = setting("joint_states", doc="joint states that pace the executor, relative topic or absolute")
    encoder: str = setting(
        "action", doc="how a step reaches the robot: a file of dsrl_core/acting/execution/command_encoders"
    )
    limits: tuple[str, ...] = setting(
        ("clip",), doc="limits applied in this order: files of dsrl_core/acting/execution/limits"
    )
    on_silence: str = setting(
        "nothing", doc="what HOLD commands: nothing (lockstep) or stop (hardware)", choices=("nothing", "stop")
    )
    dry_run: bool = setting(
        False, doc="everything but motion: commands to an arm and its gripper are planned, and not sent"
    )
    arm: ArmContract = setting(ArmContract(), doc="the arm, for those encoders that plan its motion")
    lease_ms: float = setting(150.0, doc="steering is taken for dead after this silence, ms", ge=20, le=5000)
    gap_s: float = setting(5.0, doc="a step inside a chunk that is later than this is a HOLD, s", ge=0.05)

    @property
    def size(self) -> int:
        return len(self.names)

    def bounds(self) -> tuple[F32, F32]:
        return np.asarray(self.low, np.float32), np.asarray(self.high, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContract:
    kind: str = setting(doc="a file of dsrl_core/policy/backends, a package's or a module")
    endpoint: str = setting("", doc="weights (relative to config/) or the address of a policy server")
    horizon: int = setting(doc="actions in a chunk, H", ge=1)
    noise_dim: int = setting(doc="values in a noise vector, d", ge=1)
    execute: int = setting(doc="actions of a chunk that are carried out, n <= H", ge=1)
    feature_dim: int = setting(
        0, doc="values of the policy's prefix representation that the learner sees, f; 0 is none", ge=0
    )
    prompt: str = setting("", doc="instruction for the policy; empty: that of the environment's task, if it has one")
    options: dict[str, Any] = setting({}, doc="options of the policy, as its own file declares them")
    broken_chunk: str = setting(
        "drop",
        doc="what a chunk with NaN or infinity does to its episode. drop: it is not counted, as where a server fails; "
        "fail: the robot holds still to the end, which counts as a failure, as where noise makes the policy diverge",
        choices=("drop", "fail"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardContract:
    kind: str = setting("sparse", doc="a file of dsrl_core/environment/rewards, a package's or a module")
    options: dict[str, Any] = setting({}, doc="options of the reward source, as its own file declares them")


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
    clock: str = setting(
        "lockstep",
        doc="lockstep: time stands still between steps; real: the simulator keeps real time behind the drivers' topics "
        "(simulation)",
        choices=("lockstep", "real"),
    )
    render: str = setting(
        "on_demand",
        doc="on_demand: images when a decision is due; every_step: at every step, on their topics too (simulation)",
        choices=("on_demand", "every_step"),
    )
    step_timeout_s: float = setting(60.0, doc="a simulator silent for longer is restarted, s", ge=1)
    driver: str = setting(
        "",
        doc="driver that is started with the graph: fci, or franka_ros2 beside that one's own; empty: it runs already "
        "(hardware)",
        choices=("", "fci", "franka_ros2"),
    )
    driver_options: dict[str, Any] = setting({}, doc="parameters of the driver's node, such as robot_ip (hardware)")
    require_check: bool = setting(
        True, doc="whether a run starts only if ./dsrl check found nothing wrong within 24 hours (hardware)"
    )
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
    operator: OperatorContract = setting(OperatorContract(), doc="the person at the robot (`episode.reset: operator`)")
    preset: str = setting(doc="default settings of the learner: a file of config/presets")

    @property
    def on_an_arm(self) -> bool:
        """Whether an arm is commanded, by a planner, rails and a person's session; else steps go to the robot end."""
        return bool(self.action.arm.model)

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
