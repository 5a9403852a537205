"""The adapter on a domain of its own, with fakes of the drivers' packages."""

from collections.abc import Iterator

import pytest
import rclpy
from doubles.franka_packages import installed
from franka_rig import Rig

from dsrl_ros.app.domain import take_domain


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    domain, lock = take_domain()
    rclpy.init(domain_id=domain)
    with installed():
        made = Rig(monkeypatch)
        yield made
    made.node.destroy_node()
    rclpy.shutdown()
    lock.close()
