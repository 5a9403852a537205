"""LIBERO's package: tasks by number and name, its import, and its files of initial states. No assets are needed."""

import io
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero.package import SUITES, find_task
from sim_bridge.envs.libero.states import initial_states


def test_a_task_is_found_by_number_name_and_instruction():
    task = find_task("libero_90", "57")
    assert task.instruction == "pick up the cream cheese and put it in the tray"
    assert find_task("libero_90", task.name) == task
    assert find_task("libero_object", "pick_up_the_milk_and_place_it_in_the_basket").index == 7
    assert find_task("libero_10", "turn on the stove and put the moka pot on it").index == 2


@pytest.mark.parametrize(("suite", "count"), [(suite, 90 if suite == "libero_90" else 10) for suite in SUITES])
def test_every_task_has_its_files_and_an_instruction_without_the_scene(suite, count):
    for index in range(count):
        task = find_task(suite, str(index))
        assert task.bddl_file.is_file()
        assert task.initial_states_file.is_file()
        assert task.instruction
        assert task.instruction.islower()
        assert "scene" not in task.instruction
    with pytest.raises(ConfigError, match=f"{suite} has tasks 0 to {count - 1}"):
        find_task(suite, str(count))


@pytest.mark.parametrize(
    ("suite", "task", "message"),
    [
        ("libero_100", "0", "suite='libero_100' is unknown; allowed: libero_spatial, libero_object"),
        ("libero_goal", "make coffee", "task='make coffee' is unknown; allowed in libero_goal: 0 open_the_middle"),
        ("libero_90", "-1", "task='-1' is unknown; allowed in libero_90"),
        ("libero_90", "put the black bowl on the plate", "names several tasks of libero_90; allowed: "),
    ],
)
def test_an_unknown_suite_or_task_says_what_is_allowed(suite, task, message):
    with pytest.raises(ConfigError, match=message):
        find_task(suite, task)


def test_initial_states_are_read_without_torch():
    states = initial_states(find_task("libero_90", "57"))
    assert states.shape[0] == 50
    assert states.dtype == np.float64
    assert np.isfinite(states).all()
    assert "torch" not in sys.modules


class Harmful:
    def __reduce__(self):
        return print, ("this must never run",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(Harmful(), 2), "it asks for .*print"),
        (pickle.dumps([1.0], 2), "holds no array of states"),
        (pickle.dumps(np.zeros((2, 3)), 2)[:40], "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(tmp_path, capsys, content, message):
    path = tmp_path / "task.pruned_init"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archive/data.pkl", content or b"")
    path.write_bytes(b"no zip" if content is None else archive.getvalue())
    with pytest.raises(ConfigError, match=message):
        initial_states(replace(find_task("libero_90", "57"), initial_states_file=path))
    assert capsys.readouterr().out == ""


def test_the_first_import_asks_nothing_and_leaves_nothing_behind(tmp_path):
    code = """
import sys
from pathlib import Path
from sim_bridge.envs.libero.package import load
envs = load(Path("assets"))
assert envs.TASK_MAPPING and "torch" not in sys.modules
"""
    home = {"HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path), "MUJOCO_GL": "egl"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, env=home, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / ".libero").exists()
