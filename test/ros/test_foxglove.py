"""A run is looked at with Foxglove: topics are decoded, and who looks on, dies or hangs changes nothing."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from foxglove_client import FoxgloveClient
from graphs import QUICK, GraphRun

from dsrl_core.config.run import read_run

pytestmark = pytest.mark.slow
EQUAL = ("params_sha256", "transitions_sha256", "dropped_episodes", "exact")
PATIENCE_S = 120.0
LONG_ENOUGH = ("--episodes=40", *QUICK)  # to find and hear each topic meanwhile


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shown(folder: Path, port: int, *settings: str) -> GraphRun:
    return GraphRun(folder, *LONG_ENOUGH, "log.foxglove=true", f"log.foxglove_port={port}", *settings)


def client_of(run: GraphRun, port: int) -> FoxgloveClient:
    until = monotonic() + PATIENCE_S
    while True:
        try:
            return FoxgloveClient(port)
        except OSError:
            assert monotonic() < until, run.logs()
            assert run.process.poll() is None, run.finish()[1] + run.logs()
            sleep(0.1)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same run that nobody looks at, in one process."""
    run = GraphRun(tmp_path_factory.mktemp("alone") / "run", *LONG_ENOUGH, command="train")
    assert run.finish()[0] == 0
    return run.summary()


def look(client: FoxgloveClient, wanted: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """What comes on these topics, which are subscribed to as they are offered, until the run ends."""
    asked: set[str] = set()
    while True:
        heard = client.hear(PATIENCE_S)
        for topic in {*wanted} & {*client.channels} - asked:
            asked.add(topic)
            client.subscribe(topic)
        if heard is not None:
            yield heard


def test_topics_come_decoded_and_neither_that_nor_a_hang_changes_the_run(tmp_path: Path, alone: dict[str, Any]) -> None:
    port = free_port()
    run = shown(tmp_path / "run", port)
    client = client_of(run, port)
    name = read_run(run.folder.config).run_id
    image, status = "/robot0/observation/images/front", f"/{name}/learner_status"
    wanted = (image, status, "/robot0/decision", "/robot0/executor_status", "/diagnostics")
    first: dict[str, Any] = {}
    for topic, message in look(client, wanted):
        first.setdefault(topic, message)
        if len(first) == len(wanted):
            break
    camera = read_run(run.folder.config).platform.observation.cameras["front"]
    pixels = np.asarray(first[image].data).reshape(camera.height, camera.width, 3)
    assert pixels.std() > 0
    assert (first["/robot0/decision"].run_id, first[status].run_id) == (name, name)
    assert first["/robot0/decision"].noise_norm > 0
    assert "/" in first["/diagnostics"].status[0].name
    assert not {topic.rpartition("/")[2] for topic in client.channels} & {"episode", "actor_params"}
    os.kill(run.processes()["foxglove"], signal.SIGSTOP)
    code, output = run.finish()
    client.close()
    assert code == 0, output + run.logs()
    assert f"ws://127.0.0.1:{port}" in output
    assert {key: run.summary()[key] for key in EQUAL} == {key: alone[key] for key in EQUAL}
    layout = json.loads((run.folder.path / "foxglove.json").read_text())
    assert layout["configById"]["Image!front"]["imageMode"]["imageTopic"] in client.channels
    assert not run.left_over()


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_its_death_does_not_touch_the_run(tmp_path: Path, alone: dict[str, Any], number: int) -> None:
    port = free_port()
    run = shown(tmp_path / "run", port)
    client = client_of(run, port)
    heard = next(look(client, ("/robot0/decision", "/robot0/observation/images/front", "/diagnostics")))
    assert heard
    os.kill(run.processes()["foxglove"], number)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    assert {key: run.summary()[key] for key in EQUAL} == {key: alone[key] for key in EQUAL}
    assert not run.left_over()
    if number == signal.SIGTERM:
        assert "the run goes on without it" in output


@pytest.mark.long
def test_a_port_that_is_taken_costs_the_view_and_not_the_run(tmp_path: Path, alone: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = shown(tmp_path / "run", port)
        code, output = run.finish()
    assert code == 0, output + run.logs()
    assert "the run goes on without it" in output
    assert f"log.foxglove_port={port} cannot be served" in run.logs()
    assert run.summary()["params_sha256"] == alone["params_sha256"]
