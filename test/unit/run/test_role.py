"""A host's place in a run: what `role=` and `robot=` mean, and what cannot be."""

import pytest

from dsrl_core.errors import ConfigError
from dsrl_core.run.role import Place, Role, place_of, take_place


def test_without_a_role_everything_is_here():
    assert take_place(["sac.utd=4"]) == (Place(Role.ALL), ["sac.utd=4"])


def test_the_role_is_no_setting_of_the_run():
    place, words = take_place(["role=robot", "sac.utd=4", "robot=robot1,robot2", "robot_end=fci"])
    assert place == Place(Role.ROBOT, ("robot1", "robot2"))
    assert words == ["sac.utd=4", "robot_end=fci"]
    assert place.robots_of(["robot0", "robot1", "robot2"]) == ("robot1", "robot2")
    assert Place(Role.ROBOT).robots_of(["robot0", "robot1"]) == ("robot0", "robot1")


@pytest.mark.parametrize(
    ("role", "robots", "words"),
    [
        ("robots", "", r"role='robots' is unknown; allowed: all, learner, robot, view; did you mean 'robot'\?"),
        ("Learner", "", "role='Learner' is unknown"),
        ("learner", "robot0", "robot=robot0 goes with role=robot alone, not with role=learner"),
        ("", "robot0", "not with role=all"),
    ],
)
def test_what_is_no_place_is_refused(role: str, robots: str, words: str):
    with pytest.raises(ConfigError, match=words):
        place_of(role, robots)


def test_a_robot_that_the_run_lacks_is_refused_with_those_that_it_has():
    with pytest.raises(ConfigError, match="robot=robot7 is none of this run's; allowed: robot0, robot1"):
        Place(Role.ROBOT, ("robot7",)).robots_of(["robot0", "robot1"])
