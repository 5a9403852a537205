"""The policy: whether it can be reached and fits, how long it takes, and what noise and units do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from time import monotonic

import numpy as np

from dsrl_core.acting.execution.rails import chunk_age
from dsrl_core.acting.observation import fit_image
from dsrl_core.config.platform import Platform
from dsrl_core.errors import DsrlError
from dsrl_core.policy.base import Policy, make_policy
from dsrl_core.robot_check.facts import JointFacts, PolicyFacts
from dsrl_core.robot_check.finding import Bounds, Finding, graded, notice, ok, wrong
from dsrl_core.types import F32, U8, Observation

ABOUT = "policy"
CALLS = 10
LATENCY_S = Bounds(1.0, chunk_age.AGE_S)  # an older chunk is dropped; 0.1 to 1 s is normal, the arm rests meanwhile
CLIPPED = 0.3  # share of values beyond the contract's bounds that is worth a look
TOLERANCE = 1e-3  # of a bound's range


def measure(platform: Platform, pictures: Mapping[str, U8], state: F32, calls: int = CALLS) -> PolicyFacts:
    """Call the policy of a contract, each time with another noise, and close it.

    Args:
        platform: the contract.
        pictures: u8[h, w, 3] of any size by camera; cameras without one are black.
        state: f32[s].
        calls: how many are timed; one before them is not, as it may compile.
    """
    where = platform.policy.endpoint or platform.policy.kind
    try:
        with closing(make_policy(platform)) as policy:
            return _called(policy, platform, _observation(platform, pictures, state), calls)
    except (DsrlError, OSError) as error:
        return PolicyFacts(where, str(error))


def _observation(platform: Platform, pictures: Mapping[str, U8], state: F32) -> Observation:
    images = {}
    for name, camera in platform.observation.cameras.items():
        picture = pictures.get(name)
        black = np.zeros((camera.height, camera.width, 3), np.uint8)
        images[name] = black if picture is None else fit_image(picture, camera.height, camera.width)
    return Observation(0, images, state, platform.policy.prompt)


def _called(policy: Policy, platform: Platform, observation: Observation, calls: int) -> PolicyFacts:
    rng = np.random.default_rng(0)
    shape = (platform.policy.horizon, platform.policy.noise_dim)
    chunks, latencies = [], []
    for _ in range(calls + 1):
        noise = rng.standard_normal(shape).astype(np.float32)
        began_s = monotonic()
        chunks.append(policy.infer(observation, noise))
        latencies.append(monotonic() - began_s)
    where = platform.policy.endpoint or platform.policy.kind
    return PolicyFacts(where, "", np.array(latencies[1:], np.float32), np.stack(chunks[1:]))


def state_of(platform: Platform, joints: Sequence[JointFacts]) -> F32:
    """The state f32[s] as it was last heard; 0 where nothing was."""
    heard = [facts for facts in joints if len(facts.positions)]
    known = {name: facts.positions[-1, i] for facts in heard for i, name in enumerate(facts.wanted)}
    return np.nan_to_num(np.array([known.get(name, 0.0) for name in platform.state_names], np.float32))


def findings(facts: PolicyFacts, platform: Platform) -> list[Finding]:
    if facts.fault or facts.chunks is None:
        remedy = (
            "start the policy server (docs/how-to/pi0.md), or correct policy.endpoint, policy.horizon, policy.noise_dim"
        )
        return [wrong(ABOUT, facts.fault, remedy)]
    shape = " x ".join(map(str, facts.chunks.shape[1:]))
    found = [
        ok(ABOUT, f"{facts.where} answers with chunks of {shape}; {platform.policy.execute} steps are carried out")
    ]
    return [*found, *_latency(facts), *_values(facts.chunks, platform)]


def _latency(facts: PolicyFacts) -> Iterator[Finding]:
    middle, late = np.percentile(facts.latencies_s, (50, 99))
    words = f"{1e3 * middle:.0f} ms (p50), {1e3 * late:.0f} ms (p99) over {len(facts.latencies_s)} calls"
    remedy = "an answer later than 1.5 s is dropped, and the arm rests while it waits: a faster GPU, or a nearer server"
    yield graded(f"{ABOUT}: latency", float(late), LATENCY_S, words, remedy)


def _values(chunks: F32, platform: Platform) -> Iterator[Finding]:
    """Whether noise changes the chunks, and whether their units may be those of the contract."""
    if not np.isfinite(chunks).all():
        yield wrong(f"{ABOUT}: values", "a chunk has a value that is not finite", "look at the policy's normalisation")
        return
    if not np.ptp(chunks, axis=0).any():
        remedy = "the server ignores noise, or the policy has none; pre-flight in simulation tells more"
        yield wrong(f"{ABOUT}: noise", "another noise gives the same chunk: steering would change nothing", remedy)
    low, high = platform.action.bounds()
    margin = TOLERANCE * (high - low)
    beyond = (chunks < low - margin) | (chunks > high + margin)
    share, words = (
        float(beyond.mean()),
        f"{100 * beyond.mean():.0f} % of the values are clipped to the contract's bounds",
    )
    remedy = "is the policy of this robot? Look at units, order of cameras and the gripper's convention"
    yield graded(f"{ABOUT}: clipped", share, Bounds(CLIPPED, 1.0), words, remedy)
    if not (np.abs(chunks) > TOLERANCE).any():
        yield notice(f"{ABOUT}: motion", "every value is 0", remedy)
