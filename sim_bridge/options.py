"""Options of an environment, which come as words: read, and refused by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsrl_core.errors import ConfigError, among


@dataclass(frozen=True, slots=True)
class Options:
    """Reads the options of one environment; each method raises ConfigError that names environment, option, value."""

    environment: str  # as in `robot_end.environment`

    def number(self, name: str, text: str, low: float, high: float) -> float:
        """A number in [low, high]."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ConfigError(f"{self.environment} option {name}={text!r} must be a number in [{low}, {high}]")
        return value

    def whole(self, name: str, text: str, low: int, high: int) -> int:
        """A whole number in [low, high], of digits alone."""
        if not (text.isdecimal() and low <= int(text) <= high):
            raise ConfigError(f"{self.environment} option {name}={text!r} must be a whole number in [{low}, {high}]")
        return int(text)

    def choice(self, name: str, text: str, allowed: Sequence[str]) -> str:
        """One of the allowed words."""
        if text not in allowed:
            raise ConfigError(f"{self.environment} option {name}={text!r} is unknown; {among(text, allowed)}")
        return text
