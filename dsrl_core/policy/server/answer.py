"""Answers the requests to a policy server; checks them before the policy is called. No transport, no threads."""

from time import perf_counter
from typing import Any

import numpy as np

from dsrl_core.errors import InvalidRequest, PolicyProtocolError, excerpt
from dsrl_core.policy.remote.frames import Message, pack, unpack
from dsrl_core.policy.remote.messages import (
    INFER_MANY,
    METHOD,
    NOISE,
    NOISE_APPLIED,
    NOISES,
    POOL,
    POOLS,
    PREFIX_REP,
    REQUEST_ID,
    RESERVED,
    SERVER_TIMING,
    check_noise,
    check_noises,
    check_observation,
    check_pool,
    is_finite,
)
from dsrl_core.policy.remote.metadata import STEERING, advertisement
from dsrl_core.policy.server.served import Served
from dsrl_core.types import F32

INFER = "infer"  # the method of a request that names none


class Answerer:
    """Answers requests, frame by frame. If a request has no noise, it is drawn here and not confirmed in the reply."""

    def __init__(self, policy: Served, seed: int = 0) -> None:
        self._policy = policy
        self._rng = np.random.default_rng(seed)
        self.metadata: Message = {**policy.metadata, STEERING: advertisement(policy.spec, policy.many)}

    def warm_up(self) -> None:
        """Run every compiled function once, so that errors of the set-up show before the first episode."""
        question = pack(dict(self._policy.example()))
        self.answer(question)
        if self._policy.spec.prefix_dim is not None:
            for pool in POOLS:
                self.answer(pack({**self._policy.example(), METHOD: PREFIX_REP, POOL: pool}))
        if self._policy.many:
            noises = np.zeros((1, *self._shape), np.float32)
            self.answer(pack({**self._policy.example(), METHOD: INFER_MANY, NOISES: noises}))

    def answer(self, frame: bytes | str) -> bytes:
        """The reply to a frame.

        Raises:
            InvalidRequest: the request is malformed, or its answer is not finite; says what is wrong with it.
        """
        request = _unpacked(frame)
        observation = {key: value for key, value in request.items() if key not in RESERVED}
        check_observation(observation)
        repeated = _repeated(request)
        started = perf_counter()
        answering = {PREFIX_REP: self._prefix, INFER_MANY: self._chunks, INFER: self._chunk}
        reply = answering[_method(request)](request, observation)
        return pack({**reply, **repeated, SERVER_TIMING: {"infer_ms": 1e3 * (perf_counter() - started)}})

    def _chunk(self, request: Message, observation: Message) -> Message:
        steered, shape = NOISE in request, self._shape
        noise = check_noise(request[NOISE], shape) if steered else self._rng.standard_normal(shape, np.float32)
        actions = _finite(self._policy.infer(observation, noise), "the chunk")
        return {"actions": actions, **({NOISE_APPLIED: True} if steered else {})}

    def _chunks(self, request: Message, observation: Message) -> Message:
        most = self._policy.many
        if not most:
            raise InvalidRequest("this policy decodes one noise at a time")
        noises = check_noises(request.get(NOISES), self._shape, most)
        return {"actions": _finite(self._policy.infer_many(observation, noises), "a chunk"), NOISE_APPLIED: True}

    @property
    def _shape(self) -> tuple[int, int]:
        shape = self._policy.spec.noise_shape
        assert shape is not None, "what is not steerable is not advertised"
        return shape

    def _prefix(self, request: Message, observation: Message) -> Message:
        pool = check_pool(request.get(POOL, "last"))
        if self._policy.spec.prefix_dim is None:
            raise InvalidRequest("this policy has no prefix representation")
        return {"prefix_rep": _finite(self._policy.prefix_rep(observation, pool), "the prefix representation")}


def _unpacked(frame: bytes | str) -> Message:
    if isinstance(frame, str):
        raise InvalidRequest("a request must be a binary frame, not text")
    try:
        return unpack(frame)
    except PolicyProtocolError as error:
        raise InvalidRequest(str(error)) from error


def _method(request: Message) -> str:
    method = request.get(METHOD)
    if method is None:
        return INFER
    if isinstance(method, str) and method in (PREFIX_REP, INFER_MANY, INFER):
        return method
    raise InvalidRequest(f"method must be {PREFIX_REP!r}, {INFER_MANY!r} or absent, is {excerpt(method)}")


def _repeated(request: Message) -> dict[str, Any]:
    """The id of a request that has one, for its reply."""
    if REQUEST_ID not in request:
        return {}
    found = request[REQUEST_ID]
    if type(found) is not int:
        raise InvalidRequest(f"{REQUEST_ID} must be a whole number, is {excerpt(found)}")
    return {REQUEST_ID: found}


def _finite(values: F32, name: str) -> F32:
    if not is_finite(values):
        raise InvalidRequest(
            f"{name} of this request is not finite: its state or noise is farther out than the policy can decode"
        )
    return values
