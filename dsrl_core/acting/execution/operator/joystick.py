"""A joystick, `sensor_msgs/Joy`, as events of the operator: buttons on their edge, the dead-man by its level."""

from collections.abc import Mapping, Sequence

from dsrl_core.acting.execution.operator.keys import event_named
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails.permit import DEADMAN_S
from dsrl_core.errors import ConfigError, InvalidRequest


class Joystick:
    """Remembers which buttons are down. A joystick that is unplugged sends nothing, and the dead-man runs out."""

    def __init__(self, buttons: Mapping[str, str], deadman: int, where: str = "operator.buttons") -> None:
        """`buttons`: number of a button -> event; `deadman`: number of the button that has to be held.

        Raises:
            ConfigError: a button is no number, is the dead-man as well, or an event is unknown.
        """
        self._deadman = deadman
        self._events = {_number(key, where): event_named(name, f"{where}.{key}") for key, name in buttons.items()}
        if deadman in self._events:
            raise ConfigError(f"{where}: button {deadman} is the dead-man already (operator.deadman_button)")
        self._down: set[int] | None = None  # None before the first message

    def pressed(self, number: int) -> bool:
        """Whether a button is down."""
        return self._down is not None and number in self._down

    def read(self, buttons: Sequence[int]) -> list[Kind]:
        """Events of a message. What is down in the first one was pressed before anybody listened, and is no event.

        Raises:
            InvalidRequest: the joystick has fewer buttons than are named.
        """
        most = max((self._deadman, *self._events))
        if len(buttons) <= most:
            raise InvalidRequest(f"Joy.buttons: expected more than {most}, the highest named one; got {len(buttons)}")
        down = {number for number, pressed in enumerate(buttons) if pressed}
        before, self._down = self._down, down
        fresh = down - before if before is not None else set()
        events = [self._events[number] for number in sorted(fresh) if number in self._events]
        return [*self._level(self._deadman in down, before), *events]

    def silence(self, silent_s: float) -> str:
        """What to tell of no message for so long: one while the dead-man is held lets go of it. Empty if nothing."""
        if silent_s <= DEADMAN_S or not self.pressed(self._deadman):
            return ""
        return (
            "the joystick fell silent while its dead-man was held, which counts as let go: is it plugged in, and does "
            "joy_node repeat what it reads (autorepeat_rate of 20)?"
        )

    def _level(self, held: bool, before: set[int] | None) -> list[Kind]:
        """HELD with each message while the dead-man is held, RELEASED once after."""
        if held:
            return [Kind.HELD]
        return [Kind.RELEASED] if before is not None and self._deadman in before else []


def _number(key: str, where: str) -> int:
    if not key.isdecimal():
        raise ConfigError(f"{where}: {key!r} is no number of a button; allowed: 0, 1, 2, ...")
    return int(key)
