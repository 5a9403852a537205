"""What executors of arms count is added over the lives of executor, learner and run, each count once."""

from typing import Any

import pytest

from dsrl_core.run.arm_record import ArmCounts, ArmRecord, arm_line, total
from dsrl_core.run.metrics import Line, event_line
from dsrl_core.run.progress import RESTARTED, RESUMED, train_wall_s
from dsrl_core.run.sound_lines import is_sound

FIRST = ArmCounts(actions=100, person_actions=10, takeovers=1, holds=2, faults=1, reflexes=1, clipped=7, person_s=40.0)
MORE = ArmCounts(actions=150, person_actions=10, takeovers=2, holds=3, faults=1, reflexes=1, clipped=9, person_s=55.5)
ANEW = ArmCounts(actions=20, takeovers=1, holds=1, person_s=5.0)
BOTH = ArmCounts(actions=170, person_actions=10, takeovers=3, holds=4, faults=1, reflexes=1, clipped=9, person_s=60.5)


def line(counts: ArmCounts, robot: str = "robot0") -> Line:
    return arm_line(robot, counts, 1.0)


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ([], ArmCounts()),
        ([line(FIRST)], FIRST),
        ([line(FIRST), line(MORE)], MORE),
        ([line(FIRST), event_line(RESTARTED, 2.0), line(MORE)], MORE),  # the learner alone has died
        ([line(FIRST), line(MORE), line(ANEW)], BOTH),  # the executor has died
        ([line(ANEW), event_line(RESUMED, 2.0), line(MORE)], BOTH),  # everything is new, however high its counts
        ([line(MORE), line(ANEW, "robot1")], BOTH),
    ],
)
def test_each_count_is_added_once(lines: list[Line], whole: ArmCounts) -> None:
    assert total(lines) == whole


def test_a_line_is_written_where_something_has_changed() -> None:
    written: list[Line] = []
    record = ArmRecord(written.append, lambda: 1.0)
    record.write()
    assert not written
    record.hear("robot0", FIRST)
    record.write()
    record.write()
    assert written == [line(FIRST)]
    record.hear("robot0", MORE)
    record.hear("robot0", ArmCounts())
    assert written == [line(FIRST), line(MORE)], "of the executor that died before a line was due"
    record.hear("robot0", ANEW)
    record.write()
    assert total(written) == BOTH


@pytest.mark.parametrize("changes", [{"holds": None}, {"faults": 1.5}, {"robot": 0}, {"person_s": "long"}])
def test_a_damaged_line_is_not_sound(changes: dict[str, Any]) -> None:
    assert is_sound(line(FIRST))
    assert not is_sound({**line(FIRST), **changes})


def test_these_lines_do_not_shorten_the_time_of_training() -> None:
    base, train = ({"kind": "episode", "group": group, "wall_s": 0.5} for group in ("base_iid", "train"))
    assert train_wall_s([base, line(FIRST), train, {"kind": "gradient", "wall_s": 9.5}]) == 9.0
