"""What may go wrong with every message is told at once, and then at most every few seconds."""

from dsrl_ros.nodes.complaints import PERIOD_S, Complaints


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_the_first_is_told_at_once_and_the_rest_counted():
    clock = Clock()
    complaints = Complaints(clock)
    assert complaints.line("joints", "no a") == "no a"
    assert complaints.line("joints", "no b") is None
    clock.now_s += PERIOD_S
    assert complaints.line("joints", "no c") == f"no c (2 times in {PERIOD_S:.0f} s)"
    clock.now_s += 2 * PERIOD_S
    assert complaints.line("joints", "no d") == "no d"


def test_a_stream_that_is_good_and_bad_in_turn_is_told_of_every_few_seconds():
    """Two drivers on one topic: 230 messages in a second, half of them invalid, for a minute."""
    clock, told = Clock(), []
    complaints = Complaints(clock)
    for _ in range(60 * 115):
        clock.now_s += 1 / 115
        told += [complaints.line("joints", "no a"), complaints.over("joints")]
    lines = [line for line in told if line is not None]
    assert len(lines) <= 60 / PERIOD_S + 1
    assert not any(line.startswith(" (meanwhile") or line == "" for line in lines)


def test_the_end_is_told_once_when_the_trouble_has_stayed_away():
    clock = Clock()
    complaints = Complaints(clock)
    assert complaints.over("joints") is None
    complaints.line("joints", "no a")
    complaints.line("joints", "no a")
    clock.now_s += PERIOD_S / 2
    assert complaints.over("joints") is None
    clock.now_s += PERIOD_S
    assert complaints.over("joints") == " (meanwhile 1 more)"
    assert complaints.over("joints") is None
    assert complaints.line("joints", "no a") == "no a"  # a new trouble is told at once again


def test_troubles_do_not_hold_each_other_back():
    complaints = Complaints(Clock())
    assert complaints.line("joints", "no a") == "no a"
    assert complaints.line("camera", "black") == "black"


def test_a_trouble_that_lasts_is_repeated_without_a_number_and_may_end_at_once():
    clock, told = Clock(), []
    complaints = Complaints(clock)
    for _ in range(120):
        told.append(complaints.line("decision", "none", lasting=True))
        clock.now_s += 0.1
    assert [line for line in told if line is not None] == ["none"] * 3
    assert complaints.over("decision", after_s=0.0) == ""
    assert complaints.over("decision", after_s=0.0) is None, "once"
    assert complaints.line("decision", "none", lasting=True) == "none"
