"""Which driver's joint states pace the executor where several share a topic."""

from dsrl_core.acting.execution.pacemaker import Pacemaker

ARM = tuple(f"joint{i}" for i in range(7))


def test_the_arm_paces_and_not_what_comes_beside_it():
    pacemaker = Pacemaker((*ARM, "gripper"))
    assert pacemaker.paces(("gripper",))  # nothing better is known yet
    assert pacemaker.paces(ARM)
    assert not pacemaker.paces(("gripper",))
    assert not pacemaker.paces(("wheel",))
    assert not pacemaker.paces(())
    assert pacemaker.paces(("wheel", *ARM))


def test_two_arms_pace_alike():
    pacemaker = Pacemaker(("left1", "left2", "right1", "right2"))
    assert all(pacemaker.paces(names) for names in (("left1", "left2"), ("right1", "right2"), ("left1", "left2")))


def test_actions_that_are_not_named_by_joints_are_paced_by_every_message():
    pacemaker = Pacemaker(("x", "y", "z", "gripper"))
    assert all(pacemaker.paces(names) for names in (ARM, ("gripper",), ARM))


def test_actions_named_by_the_joints_of_the_state_are_never_paced_by_others():
    pacemaker = Pacemaker((*ARM, "gripper"), (*ARM, "finger"))
    assert not pacemaker.paces(("wheel",))  # the arm has not been heard of yet
    assert pacemaker.paces(ARM)
    assert not pacemaker.paces(("wheel",))


def test_three_arms_of_a_third_each_pace():
    names = ("left", "middle", "right")
    pacemaker = Pacemaker(names, names)
    assert all(pacemaker.paces((name,)) for name in names)
