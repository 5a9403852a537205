"""Whatever a child writes, its parent raises an error of its own and goes on with a new child."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sim_fakes.counter import Counter

from dsrl_core.environment.protocol import StepResult
from dsrl_core.errors import EnvironmentFailed, InvalidRequest
from sim_bridge.process import messages as wire
from sim_bridge.process.child import ChildEnvironment
from sim_bridge.process.messages import Op

SPEC = Counter(4).spec
ACTION = np.zeros(2, np.float32)
STATE = np.zeros(3, np.float32)


class FakeChild:
    """Answers with the bytes it is given."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.ended = answer, False

    def exchange(self, request: bytes, timeout_s: float, most: int) -> bytes:
        return self.answer

    def end(self, kill: bool = False) -> str:
        self.ended = True
        return "exit code 0"


def asked(answer: bytes, call: str, *values: Any) -> Any:
    """The result of a call whose answer is `answer`; its request is number 7."""
    child = FakeChild(answer)
    environment = object.__new__(ChildEnvironment)
    environment._kind, environment._timeout_s, environment._spec = "fake", 1.0, SPEC
    environment._asked, environment._state, environment._child = 6, STATE, child  # type: ignore[assignment]
    try:
        return getattr(environment, call)(*values)
    except EnvironmentFailed as error:
        check_error(str(error), child)
        raise


def check_error(said: str, child: FakeChild) -> None:
    assert len(said) < 2_200
    assert child.ended == ("malformed" in said)


def answer(op: Op, body: bytes = b"", count: int = 7) -> bytes:
    return wire.message(op, body, count)


VALUES: dict[str, tuple[Any, ...]] = {"reset": (1,), "step": (ACTION,), "expert_chunk": (0, 3)}
STEP = wire.pack_step(StepResult(1.0, True), STATE)


@pytest.mark.parametrize(
    ("given", "call", "message"),
    [
        (b"", "step", r"begins with \[\]; the request was 3, 7"),
        (b"\x03", "step", "begins with"),
        (answer(Op.STEP, STEP, count=6), "step", r"begins with \[3, 6\]; the request was 3, 7"),
        (answer(Op.RESET, STEP), "step", r"begins with \[2, 7\]"),
        (answer(Op.STEP), "step", "STEP is malformed"),
        (answer(Op.STEP, STEP[:-1]), "step", "STEP is malformed"),
        (answer(Op.STEP, STEP[:-4]), "step", "the state has 2 values where its spec promises 3"),
        (answer(Op.RENDER, b"\0" * 100), "render", "it rendered 100 bytes where its spec promises 78"),
        (answer(Op.RENDER_VIDEO), "render_video", "RENDER_VIDEO is malformed"),
        (answer(Op.RENDER_VIDEO, b"\xff" * 8), "render_video", "holds 4294967295 where a whole number belongs"),
        (answer(Op.RENDER_VIDEO, wire._FRAME.pack(2, 2) + b"\0"), "render_video", "RENDER_VIDEO is malformed"),
        (answer(Op.EXPERT), "expert_chunk", "the expert's actions have 0 values where 6 are due"),
        (answer(Op.EXPERT, b"\0" * 25), "expert_chunk", "EXPERT is malformed"),
        (answer(Op.EXPERT, b"\0" * 32), "expert_chunk", "have 8 values where 6 are due"),
        (answer(Op.STEP, b"\0" * 24), "expert_chunk", r"begins with \[3, 7\]; the request was 8, 7"),
        (answer(Op.ERROR), "step", "STEP is malformed"),
        (answer(Op.ERROR, b"[" * 100_000), "step", "STEP is malformed"),
        (answer(Op.ERROR, json.dumps(["SystemExit", "x"]).encode()), "step", "malformed.*SystemExit"),
        (answer(Op.ERROR, json.dumps(["EnvironmentFailed", "x" * 10**6]).encode()), "step", "xxxx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_answer_ends_the_child(given: bytes, call: str, message: str):
    with pytest.raises(EnvironmentFailed, match=message):
        asked(given, call, *VALUES.get(call, ()))


def test_a_sound_answer_is_read():
    result = asked(answer(Op.STEP, STEP), "step", ACTION)
    assert result == StepResult(1.0, True)
    with pytest.raises(InvalidRequest, match="no"):
        asked(answer(Op.ERROR, json.dumps(["InvalidRequest", "no"]).encode()), "step", ACTION)


@pytest.mark.parametrize(
    "change",
    [
        {"cameras": {"a": [-1, 2]}},
        {"cameras": {"a": [2.5, 2]}},
        {"cameras": {"a": [1]}},
        {"cameras": {str(number): [8_192, 8_192] for number in range(3)}},
        {"cameras": 5},
        {"action_dim": -3},
        {"action_dim": "2"},
        {"rate_hz": float("nan")},
        {"rate_hz": 0},
        {"state_names": [1, 2]},
        {"max_steps": 0},
        {"colour": "red"},
    ],
    ids=str,
)
def test_an_impossible_spec_is_refused(change: dict[str, Any]):
    sound = dataclasses.asdict(SPEC)
    assert wire.unpack_spec(json.dumps(sound).encode()) == SPEC
    with pytest.raises(wire.MALFORMED):
        wire.unpack_spec(json.dumps({**sound, **change}).encode())


@given(st.sampled_from(list(Op)), st.binary(max_size=120), st.sampled_from([*VALUES, "render", "render_video"]))
def test_any_answer_is_a_result_or_an_error(op: Op, body: bytes, call: str):
    with suppress(EnvironmentFailed, InvalidRequest):
        asked(answer(op, body), call, *VALUES.get(call, ()))


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return tmp_path / "frame"


@pytest.fixture
def liar(frame: Path) -> Iterator[ChildEnvironment]:
    environment = ChildEnvironment("sim_fakes.liar", {"frame": str(frame)}, timeout_s=30.0)
    yield environment
    environment.close()


def framed(body: bytes, length: int | None = None) -> bytes:
    return b"%d|%b" % (len(body) if length is None else length, body)


@pytest.mark.parametrize(
    "written",
    [
        framed(b""),
        framed(b"\0" * 2_000),
        framed(b"", length=2**31 - 1),
        framed(b"", length=-1),
        framed(wire.message(Op.STEP, STEP, 1)),
    ],
    ids=["empty", "zeros", "2 GB", "longer still", "of another request"],
)
def test_over_the_real_pipe(written: bytes, frame: Path, liar: ChildEnvironment):
    liar.reset(1)
    frame.write_bytes(written)
    with pytest.raises(EnvironmentFailed, match="answer to STEP is malformed, and it was ended"):
        liar.step(ACTION)
    frame.unlink()
    liar.restart()
    liar.reset(5)
    liar.step(ACTION)
    np.testing.assert_array_equal(liar.state(), [5, -1, 1])


def test_an_answer_given_twice_is_not_that_of_the_next_request(frame: Path, liar: ChildEnvironment):
    liar.reset(1)  # request 2, after START
    twice = wire.message(Op.STEP, wire.pack_step(StepResult(0.1, False), np.array([1, -1, 1], np.float32)), 3)
    frame.write_bytes(framed(twice))
    liar.step(ACTION)
    frame.unlink()
    with pytest.raises(EnvironmentFailed, match=r"begins with \[3, 3\]; the request was 3, 4"):
        liar.step(ACTION)
