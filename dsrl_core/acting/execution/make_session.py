"""The session that a contract asks for."""

from dsrl_core.acting.execution.deadman import WITHIN_S
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings
from dsrl_core.config.platform import Platform


def make_session(platform: Platform) -> Session | None:
    """A session with the contract's operator; None where none takes part, so that steps are always permitted."""
    contract = platform.operator
    if platform.episode.reset != "operator":
        return None
    return Session(
        SessionSettings(guided=contract.guided, label_s=contract.label_s, deadman_s=WITHIN_S[contract.deadman])
    )
