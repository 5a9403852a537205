"""The policy of a check: reached, timed, and asked whether noise changes anything."""

import dataclasses

import numpy as np
import pytest
from doubles.echo_policy import EchoPolicy
from robot_check_samples import franka, joints, not_ok, picture, words

from dsrl_core.robot_check import policy
from dsrl_core.robot_check.facts import PolicyFacts
from dsrl_core.types import PolicySpec

CONTRACT = franka()
STATE = np.zeros(8, np.float32)


def sound(**changes: object) -> PolicyFacts:
    chunks = np.random.default_rng(0).uniform(0.1, 0.9, (10, 10, 8)).astype(np.float32)
    facts = PolicyFacts("ws://server", "", np.full(10, 0.2, np.float32), chunks)
    return dataclasses.replace(facts, **changes)


def test_a_sound_policy_is_as_it_must_be():
    assert not_ok(policy.findings(sound(), CONTRACT)) == {}


def test_the_policy_is_called_with_what_the_robot_shows():
    facts = policy.measure(CONTRACT, {"left": picture()}, STATE, calls=4)
    assert (facts.fault, len(facts.latencies_s)) == ("", 4)
    assert facts.chunks is not None
    assert facts.chunks.shape == (4, 10, 8)
    assert np.ptp(facts.chunks, axis=0).all(), "each call has another noise"


def test_a_server_that_is_not_there_is_wrong_with_its_address():
    contract = franka("policy.kind=openpi", "policy.endpoint=ws://127.0.0.1:9", "policy.options={connect_s: 0.2}")
    facts = policy.measure(contract, {}, STATE)
    found = policy.findings(facts, contract)
    assert not_ok(found) == {"policy": "wrong"}
    assert "127.0.0.1:9" in words(found, "policy")


def test_a_policy_of_another_horizon_is_wrong(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(EchoPolicy, "spec", PolicySpec((15, 32), (15, 8)))
    facts = policy.measure(CONTRACT, {}, STATE)
    assert "the policy gives chunks of (15, 8); the contract asks for (10, 8)" in facts.fault
    assert not_ok(policy.findings(facts, CONTRACT)) == {"policy": "wrong"}


@pytest.mark.parametrize(("late_s", "told"), [(0.9, {}), (1.2, "notice"), (1.7, "wrong")])
def test_an_answer_must_come_before_it_is_dropped(late_s: float, told: object):
    latencies = np.full(10, late_s, np.float32)
    assert not_ok(policy.findings(sound(latencies_s=latencies), CONTRACT)) == (
        {"policy: latency": told} if told else {}
    )


def test_values_that_are_not_finite_and_noise_without_effect_are_wrong():
    chunks = sound().chunks
    assert chunks is not None
    broken = chunks.copy()
    broken[3, 2, 1] = np.nan
    assert not_ok(policy.findings(sound(chunks=broken), CONTRACT)) == {"policy: values": "wrong"}
    same = np.repeat(chunks[:1], 10, axis=0)
    assert not_ok(policy.findings(sound(chunks=same), CONTRACT)) == {"policy: noise": "wrong"}
    assert not_ok(policy.findings(sound(chunks=0 * chunks), CONTRACT)) == {
        "policy: noise": "wrong",
        "policy: motion": "notice",
    }


@pytest.mark.parametrize(("share", "told"), [(0.29, {}), (0.31, {"policy: clipped": "notice"})])
def test_many_clipped_values_are_told(share: float, told: dict[str, str]):
    chunks = sound().chunks
    assert chunks is not None
    chunks.reshape(-1)[: round(share * chunks.size)] += 5
    assert not_ok(policy.findings(sound(chunks=chunks), CONTRACT)) == told


def test_the_state_is_what_was_heard_last():
    facts = joints()
    state = policy.state_of(CONTRACT, [facts])
    np.testing.assert_allclose(state[:7], facts.positions[-1], atol=1e-6)
    assert state[7] == 0
