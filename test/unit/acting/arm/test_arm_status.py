"""What the status of an arm's executor counts."""

from arm_world import ArmWorld

from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails.robot_state import USER_STOPPED
from dsrl_core.acting.execution.session_state import SessionState


def test_what_looks_like_a_reflex_is_counted_and_so_is_a_person_s_time() -> None:
    world = ArmWorld()
    world.begin()
    world.core.robot(world.now_s, mode=USER_STOPPED)
    world.core.robot(world.now_s, mode=0)
    world.press(Kind.CONFIRM_RESET)
    world.run(0.1)
    assert world.core.session.state is not SessionState.FAULT
    world.silent = True
    world.run(1.0)
    status = world.core.status()
    assert (status.faults, status.reflexes) == (2, 1)
    assert status.person_s == world.core.session.person_s > 0.5
