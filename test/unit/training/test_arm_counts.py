"""What an arm goes through is in the metrics when its episode is recorded, and adds up over a stop."""

import json
from pathlib import Path

from builders import make_config, make_episode

from dsrl_core.run.arm_record import ArmCounts, total
from dsrl_core.run.folder import open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.run.progress import RESUMED, RunProgress
from dsrl_core.training.session import Session

SCHEDULE = {"episodes": 2, "start_episodes": 2, "eval_episodes": 0, "baselines": []}
CONFIG = make_config({"schedule": SCHEDULE}, platform={"action": {"arm": {"model": "fr3"}}})


def test_the_counts_of_a_resumed_run_are_added_and_a_stop_stays_a_stop(tmp_path: Path) -> None:
    folder = open_run(CONFIG, tmp_path).folder
    first = Session(CONFIG, folder)
    first.trainer.arms.hear("robot0", ArmCounts(actions=20, holds=1, person_s=60.0))
    assert first.trainer.receive(make_episode(0))
    assert [line["kind"] for line in read_metrics(folder.metrics)] == ["episode", "values", "arm"]
    first.trainer.arms.hear("robot0", ArmCounts(actions=40, holds=2, person_s=60.0))
    first.stop()
    assert RunProgress(folder).opening == RESUMED
    second = Session(CONFIG, folder)
    second.trainer.arms.hear("robot0", ArmCounts(actions=60, holds=2, faults=1, clipped=10, person_s=90.0))
    second.trainer.arms.write()
    assert RunProgress(folder).opening == RESUMED, "nothing is lost yet"
    assert second.trainer.receive(make_episode(1))
    while second.trainer.work():
        pass
    second.finish()
    assert total(read_metrics(folder.metrics)).actions == 100
    arm = json.loads(folder.summary.read_text())["arm"]
    assert arm == {
        "holds": 4,
        "faults": 1,
        "reflexes": 0,
        "clipped_share": 0.1,
        "takeovers": 0,
        "person_steps_share": 0.0,
        "person_minutes": 2.5,
    }
