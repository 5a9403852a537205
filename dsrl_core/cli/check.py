"""Hold a run's contract against environment, policy and plug-ins, before any process of the graph starts.

A process of its own: it loads jax and the simulator, which the supervisor must not.
"""

import subprocess
import sys
from pathlib import Path

from dsrl_core.cli.compose import make_environment
from dsrl_core.config.load import read_run
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.plugins import load_plugin
from dsrl_core.policies.base import make_policy
from dsrl_core.rewards.base import make_reward
from dsrl_core.simulated_robot import check_contract


def check_before_start(config: Path) -> None:
    """Check a run's `config.yaml` in a fresh process.

    Raises:
        ConfigError: names key, value and what is allowed.
    """
    command = [sys.executable, "-P", "-m", "dsrl_core.cli.check", str(config)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ConfigError(result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "the check failed")


def check_platform_parts(platform: Platform) -> None:
    """Raise ConfigError where something that the contract names is missing or does not fit."""
    for name in platform.action.limits:
        load_plugin("dsrl_core.execution.limits", name, "action.limits")
    load_plugin("dsrl_core.execution.encoders", platform.action.encoder, "action.encoder")
    make_reward(platform)
    environment = make_environment(platform)
    check_contract(environment.spec, platform)
    environment.close()
    make_policy(platform).close()


if __name__ == "__main__":
    try:
        check_platform_parts(read_run(Path(sys.argv[1])).platform)
    except DsrlError as error:
        sys.exit(str(error))
