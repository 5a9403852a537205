"""Answers the requests to a policy server; checks them before the policy is called. No transport, no threads."""

from time import perf_counter

import numpy as np

from dsrl_core.errors import InvalidRequest, PolicyProtocolError
from dsrl_core.policy.remote.client import POOLS
from dsrl_core.policy.remote.messages import (
    METHOD,
    NOISE,
    NOISE_APPLIED,
    POOL,
    PREFIX_REP,
    SERVER_TIMING,
    STEERING,
    Message,
    advertisement,
    check_noise,
    check_observation,
    pack,
    unpack,
)
from dsrl_core.policy.server.served import Served

RESERVED = (NOISE, METHOD, POOL)


class Answerer:
    """Answers requests, frame by frame. If a request has no noise, it is drawn here and not confirmed in the reply."""

    def __init__(self, policy: Served, seed: int = 0) -> None:
        self._policy = policy
        self._rng = np.random.default_rng(seed)
        self.metadata: Message = {**policy.metadata, STEERING: advertisement(policy.spec)}

    def warm_up(self) -> None:
        """Run every compiled function once, so that errors of the set-up show before the first episode."""
        question = pack(dict(self._policy.example()))
        self.answer(question)
        if self._policy.spec.prefix_dim is not None:
            for pool in POOLS:
                self.answer(pack({**self._policy.example(), METHOD: PREFIX_REP, POOL: pool}))

    def answer(self, frame: bytes | str) -> bytes:
        """The reply to a frame.

        Raises:
            InvalidRequest: the request is malformed; says what is wrong with it.
        """
        request = _unpacked(frame)
        observation = {key: value for key, value in request.items() if key not in RESERVED}
        check_observation(observation)
        started = perf_counter()
        method = request.get(METHOD)
        if method == PREFIX_REP:
            reply = self._prefix(request, observation)
        elif method in (None, "infer"):
            reply = self._chunk(request, observation)
        else:
            raise InvalidRequest(f"method must be {PREFIX_REP!r} or absent, is {method!r}")
        return pack({**reply, SERVER_TIMING: {"infer_ms": 1e3 * (perf_counter() - started)}})

    def _chunk(self, request: Message, observation: Message) -> Message:
        shape = self._policy.spec.noise_shape
        assert shape is not None, "what is not steerable is not advertised"
        steered = NOISE in request
        noise = check_noise(request[NOISE], shape) if steered else self._rng.standard_normal(shape, np.float32)
        actions = self._policy.infer(observation, noise)
        return {"actions": actions, **({NOISE_APPLIED: True} if steered else {})}

    def _prefix(self, request: Message, observation: Message) -> Message:
        pool = request.get(POOL, "last")
        if pool not in POOLS:
            raise InvalidRequest(f"pool must be one of {', '.join(POOLS)}, is {pool!r}")
        if self._policy.spec.prefix_dim is None:
            raise InvalidRequest("this policy has no prefix representation")
        return {"prefix_rep": self._policy.prefix_rep(observation, pool)}


def _unpacked(frame: bytes | str) -> Message:
    if isinstance(frame, str):
        raise InvalidRequest("a request must be a binary frame, not text")
    try:
        return unpack(frame)
    except PolicyProtocolError as error:
        raise InvalidRequest(str(error)) from error
