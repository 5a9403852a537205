"""Hold a run's contract against environment, policy and plug-ins, before any process of the graph starts.

A process of its own: it loads jax and the simulator, which the supervisor must not.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dsrl_core.acting.golden_ticket import golden_noise
from dsrl_core.algorithms.base import check_algorithm
from dsrl_core.app.compose import make_environment
from dsrl_core.config.checks import check_supported
from dsrl_core.config.platform import Platform
from dsrl_core.config.ros_names import check_ros_names
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.environment.rewards.base import make_reward
from dsrl_core.environment.simulated_robot import check_contract
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.plugins import COMMAND_ENCODERS, DISTRIBUTIONS, LIMITS, load_plugin
from dsrl_core.policy.base import check_policy
from dsrl_core.run.foxglove import check_foxglove
from dsrl_core.training.sinks.base import check_sinks

SIMULATOR, RECORD = "--simulator-elsewhere", "--record-elsewhere"


def check_before_start(config: Path, elsewhere: Sequence[str] = ()) -> None:
    """Check a run's `config.yaml`; ConfigError names every key, value and what is allowed.

    Args:
        config: path of the file.
        elsewhere: what is on another host and need not work here: `SIMULATOR`, and `RECORD`, where what is logged goes.
    """
    missing = missing_in(config, elsewhere)
    if missing:
        raise ConfigError("\n".join(missing))


def missing_in(config: Path, elsewhere: Sequence[str] = ()) -> list[str]:
    """`missing_parts` of a run's `config.yaml`, found by a fresh process of `DSRL_PYTHON`, else of this Python.

    Raises:
        DsrlError: that process ended without an answer; says how, and what it said last.
    """
    python = os.environ.get("DSRL_PYTHON", sys.executable)
    command = [python, "-P", "-m", "dsrl_core.app.check", str(config), *elsewhere]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        faults = json.loads(result.stdout.splitlines()[-1])
        return [str(fault) for fault in _list(faults)]
    except (IndexError, TypeError, ValueError) as error:
        code = result.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        raise DsrlError(f"the check before the start {how}; nothing was started\n{result.stderr.strip()}") from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return value


def missing_parts(config: RunConfig, elsewhere: Sequence[str] = ()) -> list[str]:
    """What a run's settings name and this installation lacks, or what does not fit, one line each."""
    platform, contract = config.platform, config.platform.action
    checks: list[Callable[[], object]] = [
        lambda: check_supported(platform),
        lambda: check_ros_names(platform),
        lambda: [load_plugin(LIMITS, name, "action.limits") for name in contract.limits],
        lambda: load_plugin(COMMAND_ENCODERS, contract.encoder, "action.encoder").make(contract),
        lambda: make_reward(platform),
        lambda: check_policy(platform),
        lambda: _check_encoder(config),
        lambda: check_algorithm(config),
        lambda: _check_augmentations(config),
        lambda: golden_noise(config),
        lambda: load_plugin(DISTRIBUTIONS, config.preset.network.policy, "network.policy"),
    ]
    if RECORD not in elsewhere:
        checks += [lambda: check_sinks(config), lambda: check_foxglove(config)]
    if SIMULATOR not in elsewhere and platform.robot_end.kind == "simulation":
        checks.append(lambda: _check_environment(platform))
    return [fault for fault in map(_fault, checks) if fault]


def _check_encoder(config: RunConfig) -> None:
    from dsrl_core.networks.encoders.base import make_encoder  # here, as the supervisor must not load flax

    if config.platform.learner_cameras:
        make_encoder(config.preset.network)


def _check_augmentations(config: RunConfig) -> None:
    from dsrl_core.augmentations.pipeline import further  # here, as the supervisor must not load jax

    further(config.preset.sac, config.platform.learner_cameras)


def _check_environment(platform: Platform) -> None:
    environment = make_environment(platform)
    check_contract(environment.spec, platform)
    environment.close()


def _fault(check: Callable[[], object]) -> str:
    try:
        check()
    except DsrlError as error:
        return str(error)
    return ""


def main(path: Path, *options: str) -> int:
    """Print what is missing, a JSON list; the exit code says whether anything is."""
    missing = missing_parts(read_run(path), options)
    print(json.dumps(missing))  # the last line: what is imported may have printed others
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
