"""Terminal keys as events of the operator. A pedal that types a key is a keyboard, too."""

from collections.abc import Mapping

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.errors import ConfigError, among

NAMED = {"space": " ", "enter": "\n", "backspace": "\x7f", "escape": "\x1b", "tab": "\t"}  # as a terminal sends them
ALIASES = {"\r": "\n", "\b": "\x7f"}
EVENTS = {kind.name.lower(): kind for kind in Kind if kind is not Kind.RELEASED}


def event_named(name: str, where: str) -> Kind:
    """The event of a name such as `success`. Raises ConfigError if there is none; `where` is the setting."""
    if name not in EVENTS:
        raise ConfigError(f"{where}={name!r} is no event of the operator; {among(name, EVENTS)}")
    return EVENTS[name]


class Keys:
    """Translates what is typed, one character at a time."""

    def __init__(self, keys: Mapping[str, str], where: str = "operator.keys") -> None:
        """`keys`: key -> event, keys as characters or by name (space, enter, backspace, escape, tab).

        Raises:
            ConfigError: a key is no single character and has no name, two are the same key, or an event is unknown.
        """
        self._events: dict[str, Kind] = {}
        for key, name in keys.items():
            character = NAMED.get(key, key)
            if len(character) != 1:
                raise ConfigError(f"{where}: {key!r} is no key; allowed: one character, or {', '.join(NAMED)}")
            if character in self._events:
                raise ConfigError(f"{where}: {key!r} is named twice")
            self._events[character] = event_named(name, f"{where}.{key}")

    def typed(self, text: str) -> list[Kind]:
        """Events of the characters that were typed; HELD comes with each of them, as a sign that somebody is there."""
        known = [self._events.get(ALIASES.get(character, character), Kind.HELD) for character in text]
        return [kind for key in known for kind in dict.fromkeys((Kind.HELD, key))]
