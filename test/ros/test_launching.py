"""`ros2 launch` of a run: complete, refused, in use, and ended by the death of a node."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest
from graphs import PATIENCE_S, QUICK, ROOT

from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.summary import read_summary


def launch(file: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", str(ROOT / "test" / "launch_process.py"), str(ROOT / "launch" / file), *arguments]
    path = os.pathsep.join([str(ROOT / "test"), os.environ.get("PYTHONPATH", "")])
    environment = {name: value for name, value in os.environ.items() if name != "ROS_DOMAIN_ID"}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "PYTHONPATH": path},
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output; a launch that does not end is killed with all that it started."""
    try:
        output, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, output


def reach(out: Path, episodes: int) -> subprocess.Popen[str]:
    return launch("reach_sim.launch.py", f"out:={out}", f"episodes:={episodes}", f"settings:={' '.join(QUICK)}")


def test_a_run_is_launched_to_its_end_and_says_what_it_came_to(tmp_path: Path):
    code, output = ended(reach(tmp_path / "run", 3))
    assert code == 0, output
    summary = read_summary(tmp_path / "run" / "summary.json")
    assert summary is not None
    assert (summary["episodes"], summary["exact"]) == (3, True)
    assert "success: base" in output
    assert "ROS_DOMAIN_ID=" in output


@pytest.mark.parametrize(
    ("arguments", "reasons"),
    [
        (("franka_train.launch.py", "settings:=policy.endpoint=ws://127.0.0.1:9"), ("cannot be connected",)),
        (("reach_sim.launch.py", "seed:=one"), ("seed:=one must be a whole number",)),
        (("reach_sim.launch.py", "platform:=my_robot.yaml"), ("'my_robot.yaml': there is no such file",)),
        (("reach_sim.launch.py", "settings:=sac.utd=many"), ("sac.utd='many' must be an integer",)),
    ],
)
def test_a_run_that_cannot_start_says_why_and_leaves_nothing(
    arguments: tuple[str, ...], reasons: tuple[str, ...], tmp_path: Path
):
    code, output = ended(launch(*arguments, f"out:={tmp_path / 'run'}"))
    assert code != 0
    for reason in reasons:
        assert reason in output
    assert list(tmp_path.iterdir()) == []


def test_a_dead_node_ends_the_run_and_a_folder_in_use_is_not_shared(tmp_path: Path):
    running = reach(tmp_path / "run", 500)
    folder = RunFolder(tmp_path / "run")
    wait_until(folder.metrics.exists, running)
    code, output = ended(reach(tmp_path / "run", 500))
    assert code != 0
    assert "is in use by another run" in output
    steering, executor = (pid_of(name, running.pid) for name in ("steering", "executor"))
    assert steering
    assert executor
    os.kill(steering, signal.SIGSTOP)
    try:
        os.kill(executor, signal.SIGKILL)
        wait_until(lambda: pid_of("learner", running.pid) is None, running)
        with pytest.raises(ConfigError, match="is in use by another run"), exclusive(folder):
            pass  # steering still ends in it
    finally:
        os.kill(steering, signal.SIGCONT)
    code, output = ended(running)
    assert code != 0
    assert re.search(r"executor of /robot0 was killed by SIGKILL; the run ends", output)
    code, output = ended(reach(tmp_path / "other", 0))  # its domain was given back
    assert code == 0, output


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert monotonic() < until
        sleep(0.1)


def pid_of(node: str, parent: int) -> int | None:
    """The process of a node below the launch, None where there is none."""
    from graphs import descendants

    wanted = f"__node:={node}"
    return next((pid for pid, command in descendants(parent) if wanted in command), None)
