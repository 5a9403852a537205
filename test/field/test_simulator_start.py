"""A simulator that is killed while it starts is started again, as one that is killed within the run; within limits."""

import os
import subprocess
from pathlib import Path
from time import monotonic, sleep

from graphs import PATIENCE_S, ROOT

from dsrl_core.config.resolve import load_run
from dsrl_core.run.folder import open_run
from dsrl_ros.app.graph import domain_environment, graph
from dsrl_ros.interface.exit_codes import FINAL
from sim_bridge.nodes.bridge_node import MAX_RESTARTS


class Bridge:
    """The node of a simulator that dies at its first `deaths` starts."""

    def __init__(self, folder: Path, deaths: int) -> None:
        self._starts, self._log = folder / "starts", folder / "log"
        options = f"robot_end.options={{starts: {self._starts}, deaths: '{deaths}'}}"
        config = load_run("reach", "run", 0, ["robot_end.environment=doubles.dying_simulator", options])
        opened = open_run(config, folder / "run")
        (spec,) = (spec for spec in graph(config, opened.folder.config) if spec.name == "sim_bridge")
        path = f"{ROOT / 'test'}:{os.environ.get('PYTHONPATH', '')}"
        with self._log.open("w") as log:
            environment = {**os.environ, **domain_environment(None, simulation=True), "PYTHONPATH": path}
            self.process = subprocess.Popen(spec.command(), stdout=log, stderr=log, env=environment)

    def starts(self) -> int:
        return len(self._starts.read_text().splitlines()) if self._starts.exists() else 0

    def said(self) -> str:
        return self._log.read_text()


def test_it_is_started_again(tmp_path: Path) -> None:
    deaths = MAX_RESTARTS
    bridge = Bridge(tmp_path, deaths)
    until = monotonic() + PATIENCE_S
    while bridge.starts() <= deaths and bridge.process.poll() is None and monotonic() < until:
        sleep(0.05)
    sleep(0.5)
    assert bridge.process.poll() is None, bridge.said()
    bridge.process.kill()
    bridge.process.wait()
    assert bridge.said().count("the doubles.dying_simulator simulator died at START: signal SIGKILL") == deaths


def test_one_that_always_dies_ends_the_node(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, MAX_RESTARTS + 1)
    assert bridge.process.wait(PATIENCE_S) == FINAL, bridge.said()
    assert bridge.starts() == MAX_RESTARTS + 1
    assert f"the simulator failed {MAX_RESTARTS + 1} times" in bridge.said()
    assert "Traceback" not in bridge.said()
