from collections.abc import Iterator

import pytest

from sim_bridge.envs.panda_pick import environment as panda


@pytest.fixture(scope="module")
def env() -> Iterator[panda.PandaPick]:
    made = panda.make()
    yield made
    made.close()
