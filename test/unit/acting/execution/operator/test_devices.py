"""What devices say: keys, pedals and joysticks as events of the operator."""

import pytest

from dsrl_core.acting.execution.deadman import WITHIN_S, DeadMan
from dsrl_core.acting.execution.operator.joystick import Joystick
from dsrl_core.acting.execution.operator.keys import EVENTS, Keys
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails import permit
from dsrl_core.acting.execution.rails.verdict import Level
from dsrl_core.config import operator
from dsrl_core.config.operator import OperatorContract
from dsrl_core.errors import ConfigError, InvalidRequest

KEYS = {
    "s": "success",
    "f": "failure",
    "space": "stop",
    "enter": "confirm_reset",
    "backspace": "take_back",
    "h": "held",
}


def test_keys_are_events_and_a_sign_that_somebody_is_there():
    keys = Keys(KEYS)
    assert keys.typed("s") == [Kind.HELD, Kind.SUCCESS]
    assert keys.typed(" \n") == [Kind.HELD, Kind.STOP, Kind.HELD, Kind.CONFIRM_RESET]
    assert keys.typed("\r") == [Kind.HELD, Kind.CONFIRM_RESET]
    assert keys.typed("\x7f") == keys.typed("\b") == [Kind.HELD, Kind.TAKE_BACK]
    assert keys.typed("x") == [Kind.HELD], "a key without a meaning"
    assert keys.typed("hh") == [Kind.HELD, Kind.HELD], "a pedal that repeats its key"
    assert keys.typed("") == []


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"s": "succes"}, "is no event of the operator"),
        ({"s": "released"}, "is no event of the operator"),
        ({"ctrl": "stop"}, "is no key"),
        ({"": "stop"}, "is no key"),
        ({"space": "stop", " ": "arm"}, "named twice"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, str], word: str):
    with pytest.raises(ConfigError, match=word):
        Keys(keys)


def test_every_event_has_a_name():
    assert set(EVENTS.values()) == set(Kind) - {Kind.RELEASED}
    assert tuple(EVENTS) == operator.EVENTS
    Keys(operator.KEYS)
    Joystick(operator.BUTTONS, OperatorContract().deadman_button)
    assert EVENTS["take_back"] is Kind.TAKE_BACK


def test_buttons_count_when_they_go_down_and_the_dead_man_while_it_is():
    joystick = Joystick({"0": "success", "1": "stop"}, deadman=4)
    assert joystick.read([1, 0, 0, 0, 0]) == [], "held since before anybody listened"
    assert joystick.read([0, 0, 0, 0, 1]) == [Kind.HELD]
    assert joystick.read([1, 0, 0, 0, 1]) == [Kind.HELD, Kind.SUCCESS]
    assert joystick.read([1, 1, 0, 0, 1]) == [Kind.HELD, Kind.STOP]
    assert joystick.read([1, 1, 0, 0, 0]) == [Kind.RELEASED]
    assert joystick.read([0, 0, 0, 0, 0]) == []
    assert joystick.read([1, 0, 0, 0, 0]) == [Kind.SUCCESS], "labels need no dead-man"


def test_a_joystick_that_is_unplugged_is_told_where_its_dead_man_was_held():
    joystick = Joystick({"0": "success"}, deadman=4)
    assert joystick.silence(float("inf")) == "", "none was ever there"
    joystick.read([0, 0, 0, 0, 0])
    assert joystick.silence(100.0) == "", "nobody holds it"
    joystick.read([0, 0, 0, 0, 1])
    assert joystick.silence(0.25) == ""
    assert "is it plugged in" in joystick.silence(0.26)
    joystick.read([0, 0, 0, 0, 0])
    assert joystick.silence(100.0) == ""


def test_a_joystick_with_too_few_buttons_is_told():
    with pytest.raises(InvalidRequest, match="expected more than 7"):
        Joystick({"7": "stop"}, deadman=4).read([0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("buttons", "word"),
    [({"4": "stop"}, "dead-man already"), ({"A": "stop"}, "no number"), ({"-1": "stop"}, "no number")],
)
def test_buttons_that_cannot_be(buttons: dict[str, str], word: str):
    with pytest.raises(ConfigError, match=word):
        Joystick(buttons, deadman=4)


def test_the_dead_man_of_each_kind():
    hold, presence, none = (DeadMan(WITHIN_S[kind]) for kind in ("hold", "presence", "none"))
    for deadman in (hold, presence, none):
        assert deadman.take(Kind.HELD, 10.0)
    assert allows(hold, 10.25)
    assert not allows(hold, 10.26)
    assert allows(presence, 20.0)
    assert not allows(presence, 20.1)
    assert allows(none, 1e6)
    hold.take(Kind.HELD, 11.0)
    hold.take(Kind.RELEASED, 11.1)
    assert not allows(hold, 11.1)


def allows(deadman: DeadMan, now_s: float) -> bool:
    return permit.check(deadman.permit(armed=True, ready=True), now_s).level is Level.OK
