"""The page's source follows whatever run is in its folder: one that is to come, one that lives, one that has ended."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
import yaml
from builders import make_config

from dsrl_core.config.run import write_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder
from dsrl_ros.app.domain import domain_of
from dsrl_ros.app.page.watching import NOT_ALIVE, Watching

CONFIG = make_config()
RUN = """
import sys
from pathlib import Path
import rclpy
from dsrl_core.run.lock import lock
from dsrl_ros import msg
from dsrl_ros.app.domain import lock_robot, take_domain
from dsrl_ros.app.graph import domain_environment
from dsrl_ros.interface import topics
import os
held = lock(Path(sys.argv[1]))
domain, taken = take_domain()
if len(sys.argv) > 2:  # one end of a run on several hosts
    taken.close()
    os.environ["ROS_DOMAIN_ID"] = str(domain)
    taken = lock_robot("robot0")
os.environ.update(domain_environment(domain, True))
rclpy.init(domain_id=domain)
node = rclpy.create_node("learner")
quality = topics.asserting(topics.latched(), topics.LEARNER_LEASE_S)
status = node.create_publisher(msg.LearnerStatus, topics.run_topic("run", "learner_status"), quality)
status.publish(msg.LearnerStatus(run_id="run", state="training", gradient_steps=40))
print(domain, flush=True)
rclpy.spin(node)
"""


@contextmanager
def alive(folder: Path, *words: str) -> Iterator[int]:
    """A process that holds the folder and a domain as a run does, and speaks as its learner; gives the domain."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", RUN, str(folder), *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


@pytest.fixture
def watching(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    started = Watching(folder)
    started.start()
    yield started
    started.close(ended=False)


def wait(condition: Callable[[], object], patience_s: float = 60.0) -> None:
    until = monotonic() + patience_s
    while not condition():
        assert monotonic() < until
        sleep(0.05)


@pytest.mark.parametrize("words", [(), ("end",)])
def test_the_domain_of_a_run_is_found_by_its_folder(folder: RunFolder, words: tuple[str, ...]) -> None:
    folder.path.mkdir()
    assert domain_of(folder.path) is None
    with alive(folder.path, *words) as domain:
        assert domain_of(folder.path) == domain
        assert domain_of(folder.path.parent) is None
    assert domain_of(folder.path) is None


def test_it_waits_for_a_run_follows_it_and_tells_its_end(watching: Watching, folder: RunFolder) -> None:
    wait(lambda: "not there yet" in watching.note)
    assert watching.snapshot().run_id == "run"
    folder.path.mkdir()
    write_run(CONFIG, folder.config)
    line = {"kind": "episode", "wall_s": 2.0, "robot": "robot0", "episode": 0, "purpose": "train", "group": "train"}
    line |= {"index": 0, "success": True, "decisions": 3, "env_steps": 12}
    folder.metrics.write_text(json.dumps(line) + "\n")
    wait(lambda: watching.note == NOT_ALIVE)
    assert watching.press("pause").result(timeout=1).text == "the run is not alive"
    for _ in range(2):  # it may be interrupted, and go on in another domain
        with alive(folder.path):
            wait(lambda: watching.snapshot().outcome is None and watching.snapshot().buffers.gradient_steps == 40)
            seen = watching.snapshot()
            assert watching.note == ""
            assert seen.curves[0].successes == (True,), "what was before is remembered"
        wait(lambda: watching.snapshot().outcome is not None)
        outcome = watching.snapshot().outcome
        assert outcome is not None
        assert not outcome.complete
        assert f"--out {folder.path}" in outcome.text


def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, folder: RunFolder) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(ConfigError, match=r"is no run: there is no config\.yaml in it"):
        Watching(RunFolder(tmp_path / "photos"))
    with pytest.raises(ConfigError, match="is no run"):
        Watching(RunFolder(tmp_path / "photos" / "cat.jpg"))
    folder.path.mkdir()
    folder.config.write_text(yaml.safe_dump({"seed": "x"}))
    with pytest.raises(ConfigError):
        Watching(folder)
