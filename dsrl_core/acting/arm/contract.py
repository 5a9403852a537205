"""What the contract says to the executor of an arm."""

from dsrl_core.acting.execution.command_encoders.base import ArmEncoder
from dsrl_core.acting.execution.deadman import WITHIN_S
from dsrl_core.acting.execution.session_state import SessionSettings
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError


def session_settings(platform: Platform) -> SessionSettings:
    """Those of the session with the contract's operator."""
    contract = platform.operator
    return SessionSettings(guided=contract.guided, label_s=contract.label_s, deadman_s=WITHIN_S[contract.deadman])


def check_encoder(platform: Platform, encoder: ArmEncoder) -> None:
    """Raise ConfigError where the operator needs what the contract's encoder cannot do."""
    operator, name = platform.operator, f"action.encoder={platform.action.encoder!r}"
    if operator.guided and not encoder.homes:
        raise ConfigError(
            f"operator.guided=true needs a command encoder that moves the arm home; {name} does not; allowed: false, "
            "the person brings it there"
        )
    if operator.takeover != "none" and not encoder.commands_joints:
        raise ConfigError(
            f"operator.takeover={operator.takeover!r} needs a command encoder of joints, which {name} is not; "
            "allowed: none"
        )
