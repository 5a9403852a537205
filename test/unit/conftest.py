"""Property tests have no deadline: the machine may be busy. And a machine to try `./dsrl` on."""

import pytest
from doubles.machine import Machine
from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("unit")


@pytest.fixture
def machine(tmp_path):
    """A machine on which `./dsrl` can be tried."""
    return Machine(tmp_path)
