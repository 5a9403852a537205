"""Each guard rail of an arm, provoked in a graph in real time; how soon it acts is printed. For an idle machine."""

from collections.abc import Iterator

import pytest
from arm_watcher import ArmWatcher
from graphs import QUICK, GraphRun

from dsrl_ros.msg import EpisodeStatus, ExecutorStatus

pytestmark = pytest.mark.long  # real time asks for two cores of its own
REAL_TIME = (
    "robot_end.clock=real",
    "policy.kind=doubles.waving_policy",
    "schedule.eval_episodes=50",
    "operator.script.mistakes=0",
)
DOMAIN = 130
SLACK_S = 0.1  # of this test's own messages
HOLD, FAULT = ExecutorStatus.HOLD, ExecutorStatus.FAULT
RAILS = {  # fault -> state, words of the reason, deadline
    "joints_stale 3": (FAULT, "no joint states", 0.2),
    "joints_nan 3": (FAULT, "no joint states", 0.2),
    "joints_frozen 3": (FAULT, "frozen", 0.1),
    "clock_jump 3": (FAULT, "stamps of the joint states", 0.1),
    "reflex": (FAULT, "no joint states", 0.25),
    "user_stop": (FAULT, "user stop", 0.0),
    "commands_lost 3": (HOLD, "ahead", 3.0),  # until the setpoint is 0.1 rad ahead, and two ticks
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphRun]:
    patch = pytest.MonkeyPatch()
    patch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    patch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    run = GraphRun(tmp_path_factory.mktemp("arm") / "run", "--episodes=50", *QUICK, *REAL_TIME, platform="franka_sim")
    yield run
    run.process.terminate()
    run.finish(60)
    patch.undo()


@pytest.fixture(scope="module")
def watcher(run: GraphRun) -> Iterator[ArmWatcher]:
    watcher = ArmWatcher()
    assert watcher.until(watcher.moves, 90), run.logs()
    yield watcher
    watcher.close()


@pytest.mark.parametrize("fault", RAILS)
def test_a_rail_stops_the_arm_in_time_and_a_confirmation_lets_it_go_on(
    run: GraphRun, watcher: ArmWatcher, fault: str
) -> None:
    state, words, deadline_s = RAILS[fault]
    assert watcher.until(lambda: watcher.state() == ExecutorStatus.RUNNING and watcher.moves(), 60), run.logs()
    at_s = watcher.fault(fault)
    found = lambda: [(when, told) for when, told in watcher.since(at_s, state) if words in told.reason]  # noqa: E731
    assert watcher.until(lambda: bool(found()), 5), run.logs()
    told_s, status = found()[0]
    print(f"{fault}: {ExecutorStatus.__name__} after {told_s - at_s:.3f} s, deadline {deadline_s} s: {status.reason}")
    assert told_s - at_s <= deadline_s + SLACK_S
    assert watcher.until(watcher.rests, 5)
    assert watcher.until(lambda: any(n.state == EpisodeStatus.FAILED for when, n in watcher.news if when > at_s), 5)
    assert watcher.until(lambda: watcher.state() == ExecutorStatus.RUNNING and watcher.moves(), 60), run.logs()


def test_a_camera_that_falls_silent_costs_the_episode_and_not_the_run(run: GraphRun, watcher: ArmWatcher) -> None:
    assert watcher.until(lambda: watcher.state() == ExecutorStatus.RUNNING and watcher.moves(), 60), run.logs()
    before = run.settled()
    watcher.fault("camera_drop wrist 4")
    assert watcher.until(watcher.rests, 10)
    assert watcher.until(lambda: run.settled() > before + 1, 120), run.logs()
