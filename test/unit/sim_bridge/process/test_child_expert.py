"""The scripted expert of a simulator in a child process says what it would say in this one."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from sim_fakes.counter import make

from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError
from sim_bridge.envs.base import make_environment, make_expert
from sim_bridge.process import serve
from sim_bridge.process.child import ChildEnvironment
from sim_bridge.process.expert import ChildExpert

HORIZON = 8


@pytest.fixture(scope="module")
def reach() -> Iterator[ChildEnvironment]:
    environment = ChildEnvironment("reach", {}, timeout_s=60.0)
    yield environment
    environment.close()


def said(environment: Environment, expert: Expert, seed: int) -> np.ndarray:
    """What the expert says at five decisions, of which the first half is done."""
    environment.reset(seed)
    expert.begin(seed, -1)
    chunks = []
    for decision in range(5):
        chunks.append(expert.chunk(4 * decision, HORIZON))
        for action in chunks[-1][:4]:
            environment.step(action)
    return np.array(chunks)


def test_it_says_what_it_would_say_here(reach: ChildEnvironment) -> None:
    here = make_environment("reach", {})
    child, own = ChildExpert(reach), make_expert("reach", here)
    for seed in (1, 2):
        there, expected = said(reach, child, seed), said(here, own, seed)
        np.testing.assert_array_equal(there, expected, strict=True)
        assert np.abs(np.diff(expected, axis=0)).max() > 0, "it follows the state"
    here.close()


def test_the_environment_stays_as_it_is(reach: ChildEnvironment) -> None:
    reach.reset(1)
    state = reach.state()
    first = ChildExpert(reach).chunk(0, HORIZON)
    np.testing.assert_array_equal(ChildExpert(reach).chunk(0, HORIZON), first)
    reach.reset(1)
    np.testing.assert_array_equal(reach.state(), state)


class Remembering:
    """Says the seed, the variant and the step."""

    def begin(self, seed: int, variant: int) -> None:
        self._begun = (seed, variant)

    def chunk(self, step: int, count: int) -> np.ndarray:
        return np.tile(np.array([sum(self._begun), step], np.float32), (count, 1))


def test_the_childs_expert_begins_with_each_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one that is made when it is first asked, after the reset."""
    served = serve._Served("reach", make("4"))
    monkeypatch.setattr(serve, "make_expert", lambda kind, environment: Remembering())
    for seed in (10, 20):
        served.reset(seed, 3)
        assert served.expert_chunk(5, 1).tolist() == [[seed + 3, 5]]


def test_an_environment_without_one_names_those_that_have_one() -> None:
    with closing(ChildEnvironment("sim_fakes.counter", {}, timeout_s=60.0)) as counter:
        counter.reset(0)
        with pytest.raises(
            ConfigError, match=r"'sim_fakes\.counter' has no scripted expert .*those that have: .*reach"
        ):
            ChildExpert(counter).chunk(0, 4)
        counter.reset(1)
