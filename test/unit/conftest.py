"""A machine to try `./dsrl` on."""

import pytest
from doubles.machine import Machine


@pytest.fixture
def machine(tmp_path):
    """A machine on which `./dsrl` can be tried."""
    return Machine(tmp_path)
