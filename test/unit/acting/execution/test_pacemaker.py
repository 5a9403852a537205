"""Which driver's joint states pace the executor where several share a topic."""

import pytest

from dsrl_core.acting.execution.pacemaker import Pacemaker

ARM = tuple(f"joint{i}" for i in range(7))
FINGERS = ("finger",)


def test_the_arm_paces_and_not_what_comes_beside_it():
    pacemaker = Pacemaker((*ARM, "gripper"), (*ARM, *FINGERS))
    for _ in range(2):
        assert not any(pacemaker.paces(names) for names in (("gripper",), FINGERS, ("wheel",), ()))
        assert pacemaker.paces(ARM)
        assert pacemaker.paces(("wheel", *ARM, *FINGERS))
        assert pacemaker.paces((*ARM, "gripper"))  # more than the arm sends does not make it deaf for the arm


@pytest.mark.parametrize("arms", [1, 2, 4])
def test_several_arms_pace_alike(arms: int):
    each = [tuple(f"arm{arm}_{joint}" for joint in ARM) for arm in range(arms)]
    names = sum(each, ())
    assert all(Pacemaker(names, names).paces(arm) for arm in each)


def test_actions_that_are_not_named_by_joints_are_paced_by_every_message():
    pacemaker = Pacemaker(("x", "y", "z", "gripper"), (*ARM, "gripper"))
    assert all(pacemaker.paces(names) for names in (ARM, ("gripper",), ()))
