"""A fault of the disk is recognised under whatever error it was raised from, and told with the free space."""

import errno
import os
from pathlib import Path

import pytest

from dsrl_core.errors import RecordError
from dsrl_core.storage.disk import FAULTS, disk_fault, why


def raised_from(first: Exception) -> RecordError:
    try:
        try:
            raise first
        except Exception as error:
            raise RecordError("not recorded") from error
    except RecordError as error:
        return error


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_is_found_under_other_errors(number: int):
    fault = OSError(number, os.strerror(number))
    assert disk_fault(fault) is fault
    assert disk_fault(raised_from(fault)) is fault


def test_other_errors_are_no_faults_of_the_disk():
    assert disk_fault(None) is None
    assert disk_fault(raised_from(OSError(errno.EACCES, "not allowed"))) is None
    assert disk_fault(raised_from(ValueError("no number"))) is None


def test_errors_that_stand_in_a_circle_are_looked_at_once():
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert disk_fault(first) is None


def test_the_free_space_is_told_of_a_disk_that_is_full(tmp_path: Path):
    told = why(OSError(errno.ENOSPC, "No space left on device"), tmp_path / "not" / "there.json")
    assert told.startswith("No space left on device; ")
    assert told.endswith(" MB are free there")
    assert why(ValueError("no number"), tmp_path) == "no number"
