"""A writer that is killed leaves whole segments and one half-made folder, never something in between."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from record_samples import assert_equal, make_episode

from dsrl_core.record.segment import clean, read_segment, segments, write_segment

WRITER = """
import sys
from pathlib import Path
from record_samples import make_episode
from dsrl_core.record.segment import write_segment
print("ready", flush=True)
for number in range(100_000):
    write_segment(Path(sys.argv[1]), make_episode(number))
    print(number, flush=True)
"""


@pytest.mark.parametrize("attempt", range(4))
def test_kill_at_a_random_moment(tmp_path: Path, attempt: int) -> None:
    announced = kill_after(tmp_path, random.Random(attempt).uniform(0.0, 0.15))
    found = segments(tmp_path)
    assert len(found) in (announced, announced + 1)
    for number, path in enumerate(found):
        assert_equal(read_segment(path), make_episode(number))
    assert {p for p in tmp_path.iterdir() if p.name != ".partial"} == set(found)
    clean(tmp_path)
    write_segment(tmp_path, make_episode(len(found)))
    assert len(segments(tmp_path)) == len(found) + 1


def kill_after(bag: Path, delay_s: float) -> int:
    """Start a writer, SIGKILL it `delay_s` after it is up, and give the number of segments that it announced."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(bag)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(delay_s)
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=30)
    return rest.count("\n")
