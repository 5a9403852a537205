"""While a person is waited for, no time passes for steering."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from real_nodes import deliver, real_node, subscriptions

from dsrl_core.schedule.conductor import RobotProgress
from dsrl_ros import msg
from dsrl_ros.interface import topics

LONG_S = 1e6
STATUS = msg.EpisodeStatus


def test_a_person_may_take_any_time_and_a_silent_robot_end_may_not(tmp_path: Path) -> None:
    with real_node("steering", tmp_path / "run") as (node, _):
        node._conductor.update({"robot0": RobotProgress()})
        node._next()
        assert node._playing is not None
        robot_end = node.create_subscription(msg.StartEpisode, topics.START_EPISODE, lambda _: None, 1)
        wait_until(lambda: node._starts.get_subscription_count() > 0)
        tell(node, STATUS.WAITING, "confirmation that the area is clear")
        node._patience._progress_s -= LONG_S
        node._watch()
        assert node._playing is not None
        assert not node._conductor.drops
        tell(node, STATUS.WAITING, "")
        node._patience._progress_s -= LONG_S
        node._watch()
        assert node._conductor.drops == 1
        node.destroy_subscription(robot_end)


def test_no_time_passes_either_while_the_robots_host_is_not_there(tmp_path: Path) -> None:
    with real_node("steering", tmp_path / "run") as (node, _):
        node._conductor.update({"robot0": RobotProgress()})
        node._next()
        node._patience._progress_s -= LONG_S
        node._watch()
        assert node._playing is not None
        assert not node._conductor.drops


def test_what_was_waited_for_is_forgotten_with_the_episode(tmp_path: Path) -> None:
    with real_node("steering", tmp_path / "run") as (node, _):
        node._conductor.update({"robot0": RobotProgress()})
        node._next()
        tell(node, STATUS.WAITING, "a label, success or failure")
        tell(node, STATUS.FAILED, "")
        assert node._conductor.drops == 1
        assert node._patience.waits_for == ""


def wait_until(condition: Callable[[], bool]) -> None:
    until = monotonic() + 30.0
    while not condition():
        assert monotonic() < until
        sleep(0.01)


def tell(node: Any, state: int, waits_for: str) -> None:
    message = STATUS(run_id=node.config.run_id, robot="robot0", state=state, waits_for=waits_for)
    message.episode = node._playing[1].episode
    deliver(subscriptions(node)["episode_status"], message)
