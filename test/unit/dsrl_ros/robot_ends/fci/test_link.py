"""Records between the driver's processes arrive as they were sent, late readers miss states, and an end is noticed."""

import numpy as np
import pytest
from fci_samples import trajectory

from dsrl_ros.robot_ends.fci.children import newest
from dsrl_ros.robot_ends.fci.link import (
    ArmState,
    Closed,
    Link,
    Trajectory,
    Width,
    packed_event,
    packed_state,
    packed_trajectory,
    packed_width,
    pair,
)

SEVEN = tuple(float(value) for value in range(7))


def state(arm_s: float) -> ArmState:
    more = (tuple(-value for value in SEVEN), SEVEN, SEVEN, SEVEN)
    return ArmState(1_700_000_000_123_456_789, arm_s, SEVEN, *more, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), 0.97, 4, True)


@pytest.fixture
def ends() -> tuple[Link, Link]:
    here, there = pair()
    return here, Link(there)


def test_records_arrive_as_they_were_sent(ends: tuple[Link, Link]) -> None:
    here, there = ends
    width, knots = (
        Width(2, 0.03, 0.08, True),
        trajectory((0.1, 0.2, 0.3), (0.2, 0.3, 0.0), start_ns=1_700_000_000_123_456_789),
    )
    for record in (packed_state(state(2.5)), packed_width(width), packed_event("fault", text="why")):
        assert here.send(record)
    here.send(packed_trajectory(knots))
    assert there.poll() == state(2.5)
    assert there.poll() == width
    assert there.poll() == {"kind": "fault", "text": "why"}
    came = there.poll()
    assert isinstance(came, Trajectory)
    assert came.start_ns == knots.start_ns
    for name in ("times_s", "positions", "velocities"):
        np.testing.assert_array_equal(getattr(came, name), getattr(knots, name))
    assert there.poll() is None
    assert there.wait(0.001) is None


def test_a_reader_that_is_stopped_holds_nobody_up_and_then_takes_the_newest_state(ends: tuple[Link, Link]) -> None:
    here, there = ends
    here.send(packed_event("ready"))
    taken = [here.send(packed_state(state(float(number)))) for number in range(5000)]
    assert not all(taken)
    first, last = newest(there)
    assert first == {"kind": "ready"}
    assert last == state(float(taken.index(False) - 1))


def test_an_end_is_noticed_by_both_sides(ends: tuple[Link, Link]) -> None:
    here, there = ends
    here.send(packed_event("end"))
    here.close()
    assert there.poll() == {"kind": "end"}
    for look in (there.poll, there.wait):
        with pytest.raises(Closed):
            look()
    assert not there.send(packed_event("too late"))
