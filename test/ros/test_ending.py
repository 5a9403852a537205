"""A process of the graph whose disk is full ends with the code that says so, whatever else fails with it."""

import subprocess
import sys
from pathlib import Path

from dsrl_ros.interface.exit_codes import FINAL, NO_DISK

NODE = """
import errno, os
from dsrl_core.errors import CheckpointError, RecordError
from dsrl_ros.nodes import spinning

class Node:
    complete = False
    def get_name(self): return "learner"
    def destroy_node(self): pass
    def on_shutdown(self): raise CheckpointError("the checkpoint could not be written")

def spin(node, interrupt):
    try:
        {cause}
    except Exception as error:
        raise RecordError("the episode could not be recorded") from error

spinning._spin = spin
spinning.run(Node)
"""
FULL = "raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))"


def end(cause: str, words: Path) -> int:
    with words.open("w") as stderr:
        command = [sys.executable, "-P", "-c", NODE.format(cause=cause)]
        return subprocess.run(command, stdout=stderr, stderr=stderr, check=False).returncode


def test_an_error_in_the_clean_up_does_not_hide_what_ended_a_node(tmp_path: Path) -> None:
    assert end(FULL, tmp_path / "log") == NO_DISK
    log = (tmp_path / "log").read_text()
    assert "[FATAL] learner: the episode could not be recorded" in log
    assert "[FATAL] learner: the checkpoint could not be written" in log
    assert "Traceback" not in log


def test_the_code_is_the_same_where_the_log_has_no_room_for_words() -> None:
    assert end(FULL, Path("/dev/full")) == NO_DISK


def test_another_error_that_would_come_again_is_no_fault_of_the_disk(tmp_path: Path) -> None:
    assert end("raise ValueError('no number')", tmp_path / "log") == FINAL
