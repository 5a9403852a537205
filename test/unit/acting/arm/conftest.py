"""What the tests of an arm's executor begin with."""

import pytest
from arm_world import ArmWorld


@pytest.fixture
def world() -> ArmWorld:
    return ArmWorld()
