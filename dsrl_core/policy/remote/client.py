"""The client of a policy server. It checks requests before it sends them, and replies before it returns them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dsrl_core.errors import PolicyProtocolError, SteeringNotApplied, SteeringUnsupported
from dsrl_core.policy.remote.frames import Message
from dsrl_core.policy.remote.greeting import UNSTEERABLE, Expected, Server
from dsrl_core.policy.remote.link import Link, Patience
from dsrl_core.policy.remote.messages import (
    INFER_MANY,
    METHOD,
    NOISE,
    NOISE_APPLIED,
    NOISES,
    POOL,
    PREFIX_REP,
    check_noise,
    check_noises,
    check_observation,
    check_pool,
)
from dsrl_core.policy.remote.replies import Chunk, read_chunk, read_chunks, read_prefix
from dsrl_core.types import F32, PolicySpec

REPLY_S = 10.0
ONE_AT_A_TIME = (
    "the server decodes one noise at a time, and finding the noise behind some actions takes hundreds; serve the "
    "checkpoint with this release's ./dsrl serve-policy, which decodes many at once (openpi's checkpoints for jax, not "
    "for PyTorch)"
)


class PolicyClient:
    """A client for `./dsrl serve-policy`, for openpi's stock server (not steerable), and for forks of it (probed).

    Every request may raise PolicyError, or InvalidRequest if it is malformed or the server refuses it. After
    InvalidRequest the connection can be used on. After a PolicyTimeout or PolicyConnectionError it is made again in the
    background.
    """

    def __init__(
        self,
        address: str,
        *,
        expected: Expected | None = None,
        api_key: str = "",
        patience: Patience = Patience(),  # noqa: B008 - frozen
        seed: int = 0,
    ) -> None:
        """`address` is ws://host:port; `expected` is needed for servers whose metadata do not tell of steering."""
        self._address = address
        self._link = Link(address, expected, api_key, patience)
        self._seed = seed
        self._rng = np.random.default_rng(seed)

    def connect(self, timeout_s: float = 20.0) -> PolicySpec:
        """Connect; returns the spec of the served policy."""
        return self._link.open(timeout_s).spec

    @property
    def ready(self) -> bool:
        """Whether the server is connected. Raises PolicyError if it has been away for too long."""
        return self._link.ready

    @property
    def patient(self) -> bool:
        """Whether the server may be away for any time, as while a run is paused."""
        return self._link.patient

    @patient.setter
    def patient(self, patient: bool) -> None:
        self._link.patient = patient

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata that the server sent on connecting."""
        return self._server().metadata

    def infer(
        self, observation: Mapping[str, Any], *, noise: F32 | None = None, timeout_s: float | None = None
    ) -> Chunk:
        """Decode a chunk.

        Args:
            observation: in the server's own layout, see `dsrl_core.policy.embodiments`.
            noise: f32[H, d] or [1, H, d], t = 1 is noise; if None, the client draws it for a server that takes noise.
            timeout_s: of this call.
        Raises:
            SteeringUnsupported: noise was given, and the server takes none.
            SteeringNotApplied: the server did not confirm it.
        """
        check_observation(observation)
        server = self._server()
        applied = self._noise(server, noise)
        question: Message = dict(observation)
        if applied is not None:
            question[NOISE] = applied[None]

        def read(reply: Message) -> Chunk:
            if applied is not None and server.confirms:
                _check_applied(reply)
            chunk = read_chunk(reply, applied)
            _check_shape(chunk.actions.shape, server.spec.action_shape)
            return chunk

        return self._link.ask(question, read, timeout_s or REPLY_S)

    @property
    def many(self) -> int:
        """How many noises of one observation the server decodes at once; 0: only one."""
        return self._server().many

    def infer_many(self, observation: Mapping[str, Any], noises: F32, *, timeout_s: float | None = None) -> F32:
        """Decode many noises of one observation in one request.

        Args:
            observation: as of `infer`.
            noises: f32[n, k, d], n at most `many`; each of the k vectors serves H / k steps.
            timeout_s: of this call.
        Returns:
            f32[n, H, a], finite, writable.
        Raises:
            SteeringUnsupported: the server decodes one noise at a time, or takes none.
            SteeringNotApplied: the server did not confirm them.
        """
        check_observation(observation)
        server = self._server()
        shape = server.spec.noise_shape
        if shape is None or not server.many:
            raise SteeringUnsupported(f"{self._address}: {ONE_AT_A_TIME if shape else UNSTEERABLE}")
        told = check_noises(noises, shape, server.many)

        def read(reply: Message) -> F32:
            _check_applied(reply)
            return read_chunks(reply, (len(told), *server.spec.action_shape))

        question = {**observation, METHOD: INFER_MANY, NOISES: np.asarray(noises, np.float32)}
        return self._link.ask(question, read, timeout_s or REPLY_S)

    def prefix_rep(self, observation: Mapping[str, Any], *, pool: str = "last", timeout_s: float | None = None) -> F32:
        """The prefix representation f32[W] of an observation, of its last token or the mean over all.

        Raises:
            SteeringUnsupported: the server offers none.
        """
        check_observation(observation)
        check_pool(pool)
        width = self._server().spec.prefix_dim
        if width is None:
            raise SteeringUnsupported(f"{self._address} offers no prefix representation")

        def read(reply: Message) -> F32:
            features = read_prefix(reply, pool)
            if features.shape != (width,):
                raise PolicyProtocolError(f"it gave {len(features)} features; it said {width}")
            return features

        return self._link.ask({**observation, METHOD: PREFIX_REP, POOL: pool}, read, timeout_s or REPLY_S)

    def reset(self) -> None:
        """Restart the random stream of the noise that the client draws."""
        self._rng = np.random.default_rng(self._seed)

    def close(self) -> None:
        """End the connection; safe to call twice."""
        self._link.close()

    def _server(self) -> Server:
        return self._link.server or self._link.open(REPLY_S)

    def _noise(self, server: Server, noise: F32 | None) -> F32 | None:
        """The noise to send: always some if the server takes noise, so that it compiles one function only."""
        shape = server.spec.noise_shape
        if shape is None:
            if noise is not None:
                raise SteeringUnsupported(f"{self._address}: {UNSTEERABLE}")
            return None
        if noise is None:
            return self._rng.standard_normal(shape, np.float32)
        return check_noise(noise, shape)


def _check_applied(reply: Message) -> None:
    if reply.get(NOISE_APPLIED) is not True:
        raise SteeringNotApplied("it did not confirm that it applied the noise it was sent")


def _check_shape(shape: tuple[int, ...], told: tuple[int, int]) -> None:
    if shape[0] != told[0] or (told[1] and shape[1] != told[1]):
        raise PolicyProtocolError(f"it gave a chunk of shape {shape}; it said {told}")
