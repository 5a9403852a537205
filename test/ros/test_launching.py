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
from graphs import HEARING, PATIENCE_S, QUICK, ROOT

from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.summary import read_summary


def launch(file: str, *arguments: str, variables: dict[str, str] | None = None) -> subprocess.Popen[str]:
    script, description = ROOT / "test" / "launch_process.py", ROOT / "launch" / file
    command = [*HEARING, sys.executable, "-P", str(script), str(description), *arguments]
    path = os.pathsep.join([str(ROOT / "test"), os.environ.get("PYTHONPATH", "")])
    environment = {name: value for name, value in os.environ.items() if name != "ROS_DOMAIN_ID"}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "PYTHONPATH": path, **(variables or {})},
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


def asked(out: Path, episodes: int) -> tuple[str, ...]:
    return f"out:={out}", f"episodes:={episodes}", f"settings:={' '.join(QUICK)}"


def reach(out: Path, episodes: int) -> subprocess.Popen[str]:
    return launch("reach_sim.launch.py", *asked(out, episodes))


def test_two_runs_of_one_launch_do_not_meet_and_each_says_what_it_came_to(tmp_path: Path):
    file = "reach_sim.launch.py"
    one, other = asked(tmp_path / "one", 3), asked(tmp_path / "other", 4)
    code, output = ended(launch(file, *one, "--", str(ROOT / "launch" / file), *other))
    assert code == 0, output
    domains = re.findall(r"ROS_DOMAIN_ID=(\d+)", output)
    assert len(domains) == len(set(domains)) == 2
    assert output.count("success: base") == 2, "the first one's end does not end the second"
    for name, episodes in (("one", 3), ("other", 4)):
        folder = RunFolder(tmp_path / name)
        summary = read_summary(folder.summary)
        assert summary is not None
        assert (summary["episodes"], summary["exact"], summary["learner_restarts"]) == (episodes, True, 0)
        written = {path.name for path in folder.logs.iterdir()}
        assert {"progress.log", "robot0.steering.log", f"{name}.learner.log"} <= written
        assert "success of last 20" in (folder.logs / "progress.log").read_text()
    assert "[progress]" in output


@pytest.mark.parametrize("moment", ["the run's folder", "a process", "an episode"])
def test_ctrl_c_ends_a_launch_with_a_code_and_one_line_at_any_moment(moment: str, tmp_path: Path):
    running, folder = reach(tmp_path / "run", 500), RunFolder(tmp_path / "run")
    conditions: dict[str, Callable[[], bool]] = {
        "the run's folder": folder.path.exists,
        "a process": lambda: pid_of("executor", running.pid) is not None,
        "an episode": lambda: folder.metrics.exists() and folder.metrics.stat().st_size > 0,
    }
    wait_until(conditions[moment], running)
    os.killpg(running.pid, signal.SIGINT)  # a terminal's goes to every process, too
    code, output = ended(running)
    assert code != 0, output
    assert "Traceback" not in output
    begun = f"run {folder.path} is stopped and saved; out:={folder.path} goes on" in output
    assert begun != ("interrupted before the run began" in output), output
    assert begun or list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "reasons"),
    [
        (("franka_train.launch.py", "settings:=policy.endpoint=ws://127.0.0.1:9"), ("cannot be connected",)),
        (("reach_sim.launch.py", "seed:=one"), ("seed:=one must be a whole number",)),
        (("reach_sim.launch.py", "ROS_DOMAIN_ID=500"), ("ROS_DOMAIN_ID='500'",)),
        (("reach_sim.launch.py", "platform:=my_robot.yaml"), ("'my_robot.yaml': there is no such file",)),
        (("reach_sim.launch.py", "settings:=sac.utd=many"), ("sac.utd='many' must be an integer",)),
    ],
)
def test_a_run_that_cannot_start_says_why_and_leaves_nothing(
    arguments: tuple[str, ...], reasons: tuple[str, ...], tmp_path: Path
):
    variables = dict(word.split("=", 1) for word in arguments if word.startswith("ROS_DOMAIN_ID="))
    words = [word for word in arguments if not word.startswith("ROS_DOMAIN_ID=")]
    code, output = ended(launch(*words, f"out:={tmp_path / 'run'}", variables=variables))
    assert code != 0
    assert "Traceback" not in output
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
