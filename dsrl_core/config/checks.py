"""Checks of settings that must fit each other. Each function raises ConfigError, which names both settings."""

from dsrl_core.config.noises import BASELINES
from dsrl_core.config.operator import check_operator
from dsrl_core.config.platform import Platform
from dsrl_core.config.preset import Preset
from dsrl_core.errors import ConfigError, among

WATCHED_SPEED = 0.25  # m/s of the tool, where nobody holds a dead-man


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
    slow = platform.operator.deadman != "presence" or action.arm.tool_speed <= WATCHED_SPEED
    if platform.robot_end.kind == "hardware" and platform.on_an_arm and not slow:
        raise ConfigError(
            f"{name}: operator.deadman='presence' with action.arm.tool_speed={action.arm.tool_speed} is too fast: a "
            f"person who only presses a key now and then stops nothing; allowed: {WATCHED_SPEED} m/s at most"
        )
    check_operator(platform.operator, platform.robot_end.kind == "hardware", name)


def check_preset(preset: Preset) -> None:
    """Raise ConfigError where values that fit alone do not fit together."""
    if preset.network.encoder == "cnn":
        _check_cnn(preset)
    unknown = sorted(set(preset.schedule.baselines) - set(BASELINES))
    if unknown:
        wrong = unknown[0]
        raise ConfigError(f"{preset.name}: schedule.baselines={wrong!r} is unknown; {among(wrong, BASELINES)}")
    _check_guard(preset)
    _check_learner(preset)


def _check_cnn(preset: Preset) -> None:
    network = preset.network
    if len(network.cnn_features) != len(network.cnn_strides):
        raise ConfigError(
            f"{preset.name}: network.cnn_strides={list(network.cnn_strides)} must have "
            f"{len(network.cnn_features)} values, one per network.cnn_features"
        )
    least = least_image_size(network.cnn_strides)
    if network.image_size < least:
        raise ConfigError(
            f"{preset.name}: network.image_size={network.image_size} leaves nothing after the convolutions of "
            f"network.cnn_strides={list(network.cnn_strides)}; allowed: {least} or more"
        )


def _check_guard(preset: Preset) -> None:
    schedule, kept = preset.schedule, preset.checkpoint_keep_best
    if schedule.guard.enabled and not (schedule.select_every and kept):
        raise ConfigError(
            f"{preset.name}: schedule.guard.enabled=true with schedule.select_every={schedule.select_every} and "
            f"checkpoint_keep_best={kept}; allowed: 1 or more of each, selections to judge by and a checkpoint to go "
            "back to"
        )


def _check_learner(preset: Preset) -> None:
    batch, replay = preset.sac.batch_size, preset.replay
    if preset.devices and batch % preset.devices:
        raise ConfigError(f"{preset.name}: devices={preset.devices} must divide sac.batch_size={batch}")
    if bool(replay.demonstrations) != bool(round(replay.demonstration_ratio * batch)):
        raise ConfigError(
            f"{preset.name}: replay.demonstration_ratio={replay.demonstration_ratio} and "
            f"replay.demonstrations={replay.demonstrations!r} must both be set, the ratio to at least "
            f"half a transition of sac.batch_size={batch}, or neither"
        )


def least_image_size(strides: tuple[int, ...]) -> int:
    """The smallest side, in pixels, of which unpadded 3x3 convolutions of these strides leave one pixel."""
    size = 1
    for stride in reversed(strides):
        size = (size - 1) * stride + 3
    return size


def check_run_parts(platform: Platform, preset: Preset, num_robots: int) -> None:
    """Check a contract against a preset and the number of robots."""
    vectors, horizon = preset.noise.vectors, platform.policy.horizon
    if horizon % vectors:
        raise ConfigError(f"noise.vectors={vectors} is impossible; allowed: divisors of policy.horizon={horizon}")
    cameras = platform.learner_cameras
    for name in preset.sac.flip_cameras:
        if name not in cameras:
            raise ConfigError(f"sac.flip_cameras={name!r} is unknown; {among(name, cameras)}")
    _check_robots(platform, num_robots)
    _check_operated(platform, preset)
    if preset.schedule.preflight and num_robots > 1:
        raise ConfigError(f"num_robots={num_robots} with schedule.preflight={preset.schedule.preflight}; allowed: 1")
    decisions = -(-platform.episode.max_steps // platform.policy.execute)
    if preset.replay_capacity < decisions:
        raise ConfigError(
            f"replay_capacity={preset.replay_capacity} is less than an episode; allowed: {decisions} or more, "
            "the decisions of episode.max_steps"
        )


def _check_operated(platform: Platform, preset: Preset) -> None:
    """Check that an operator can play the episodes that are to be its own."""
    operator, own = platform.operator, platform.operator.episodes
    if own > preset.schedule.episodes:
        raise ConfigError(
            f"operator.episodes={own} is more than schedule.episodes={preset.schedule.episodes}, of which they are a "
            "part; raise that, or lower operator.episodes"
        )
    simulated = platform.robot_end.kind == "simulation" and not platform.on_an_arm
    if own and operator.kind == "expert" and not simulated:
        raise ConfigError(
            f"{platform.name}: operator.kind='expert' reads a simulator's state in lockstep; on an arm a person acts: "
            "operator.kind=person"
        )
    acts = operator.kind == "person" or (operator.kind == "auto" and not simulated)
    if own and acts and operator.takeover == "none":
        raise ConfigError(
            f"operator.episodes={own} are a person's, who has nothing to act with; operator.takeover allowed: joy, "
            "twist, leader"
        )
    if own and operator.reversal == "none":
        raise ConfigError(
            "operator.reversal='none' makes no noise of an operator's actions; operator.episodes needs it"
        )


def _check_robots(platform: Platform, num_robots: int) -> None:
    """Check that several robots would not share a topic of joint states or camera images, with an absolute name."""
    contract = platform.observation
    images, states = (source.topic for source in contract.cameras.values()), (source.topic for source in contract.state)
    topics = [*images, *states, platform.action.feedback]
    shared = [topic for topic in topics if topic.startswith("/")]
    if num_robots > 1 and shared:
        raise ConfigError(
            f"num_robots={num_robots}: {shared[0]!r} of the contract is one topic for all robots; allowed: "
            "topics relative to a robot's namespace, such as " + repr(shared[0].lstrip("/"))
        )


def check_supported(platform: Platform) -> None:
    """Refuse values that fit alone, but with which no executor can work; called before a run starts.

    Raises:
        ConfigError: a line for each such setting.
    """
    arm = platform.on_an_arm
    why = f"action.arm.model={platform.action.arm.model!r}" if arm else "without action.arm.model"
    wanted = {
        "action.on_silence": (platform.action.on_silence, "stop" if arm else "nothing"),
        "episode.reset": (platform.episode.reset, "operator" if arm else "automatic"),
        "observation.stamps": (platform.observation.stamps, "newest" if arm else platform.observation.stamps),
    }
    faults = [
        f"{key}={value!r} does not go {'with' if arm else ''} {why}; allowed: {allowed}".replace("  ", " ")
        for key, (value, allowed) in wanted.items()
        if value != allowed
    ]
    if platform.action.dry_run and platform.operator.guided:
        faults.append("action.dry_run=true needs operator.guided=false: an arm that does not move is not led home")
    if platform.robot_end.clock == "real" and not arm:
        faults.append("robot_end.clock='real' needs action.arm.model, whose drivers the simulator stands in for")
    if faults:
        raise ConfigError("\n".join(f"{platform.name}: {fault}" for fault in faults))
