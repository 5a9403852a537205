"""In a simulator an episode begins once its scene stands, and not with joint states from before."""

from arm_world import ArmWorld

from dsrl_core.acting.arm.news import Stage
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.config.resolve import load_run

SIMULATED = load_run("franka_sim", "run", 0, ("robot_end.clock=real",)).platform


def running() -> ArmWorld:
    """A simulated arm in episode 4, whose scene stands."""
    world = ArmWorld(SIMULATED)
    world.begin(episode=4)
    world.core.scene(4, world.stamp_ns(), world.now_s)
    world.press(Kind.ARM)
    world.run(0.5)
    return world


def test_in_a_simulator_an_armed_arm_waits_for_its_scene() -> None:
    world = ArmWorld(SIMULATED)
    world.begin(episode=4)
    world.run(1.5)
    assert world.core.notice(world.now_s) == "the simulator has not put the scene of episode 4 for 2 s"
    world.core.scene(3, world.stamp_ns(), world.now_s)
    world.run(0.1)
    assert not world.news(Stage.READY)
    put_ns = world.stamp_ns() + 12_000_000  # joint states of the next ticks are older
    world.core.scene(4, put_ns, world.now_s)
    world.run(0.01)
    assert not world.press(Kind.ARM), "nothing is asked for as long as joint states are older than the scene"
    world.run(0.1)
    world.press(Kind.ARM)
    world.run(0.1)
    (ready,) = world.news(Stage.READY)
    assert ready.stamp_ns >= put_ns
    assert world.core.session.state is SessionState.RUNNING


def test_the_scene_of_another_episode_does_not_stop_one_that_runs() -> None:
    world = running()
    world.core.scene(5, world.stamp_ns(), world.now_s)
    world.run(0.5)
    assert world.core.session.state is SessionState.RUNNING


def test_where_a_person_puts_scenes_nobody_else_is_waited_for() -> None:
    world = ArmWorld()
    world.begin(episode=4)
    assert world.core.session.state is SessionState.RUNNING


def test_an_arm_that_is_armed_already_waits_for_the_scene_of_its_next_episode() -> None:
    world = running()
    world.press(Kind.FAILURE)
    world.run(1.0)
    world.press(Kind.ARM)
    assert world.core.session.state is SessionState.ARMED
    world.core.start(5, 200, world.now_s)
    world.run(0.2)
    assert world.core.session.state is SessionState.ARMED, "its scene is that of episode 4"
    world.core.scene(5, world.stamp_ns(), world.now_s)
    world.run(0.2)
    assert [news.episode for news in world.news(Stage.READY)] == [4, 5]
