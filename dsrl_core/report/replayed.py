"""What a replay says of itself in its report: nothing of it was played."""

from collections.abc import Mapping
from html import escape
from typing import Any

from dsrl_core.report.data import RunData


def replayed(data: RunData) -> str:
    """A notice on top; empty for a run that was played."""
    facts = (data.summary or {}).get("replay")
    return f'<p class="banner">{escape(in_words(facts))}</p>' if facts else ""


def in_words(facts: Mapping[str, Any]) -> str:
    """What was replayed, how, and what came of it, from the summary's `replay`."""
    how = (
        "its bag was played into a live learner, and no robot took part"
        if facts.get("live")
        else ("its recorded episodes were learned from, and nothing was played")
    )
    parts = [f"A replay of {facts['of']}: {how}."]
    if facts["changes"]:
        parts.append(
            f"Changed: {', '.join(facts['changes'])}. What is shown of episodes is what the recorded run's actor did; "
            "what this one would do, ./dsrl eval says."
        )
    elif facts["params_equal"] is None:
        parts.append("The recorded run has not ended, so its parameters cannot be compared.")
    else:
        parts.append(f"The parameters are {'' if facts['params_equal'] else 'NOT '}those that the run ended with.")
    return " ".join(parts)
