"""The plugin beside real nodes: it finds a run, shows what its topics say, and its buttons call its services."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from panel_stage import CAMERA, Stage
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from real_nodes import real_node

from dsrl_ros import msg

PATIENCE_S = 60.0
DOMAIN = 143


class Context:
    """As rqt's context of a plugin."""

    def __init__(self, node: Node, *arguments: str, serial: int = 1) -> None:
        self.node, self._arguments, self._serial = node, list(arguments), serial
        self.widgets: list[Any] = []

    def argv(self) -> list[str]:
        return self._arguments

    def serial_number(self) -> int:
        return self._serial

    def add_widget(self, widget: Any) -> None:
        self.widgets.append(widget)


class Settings(dict[str, str]):
    """As rqt's settings of a plugin."""

    def set_value(self, name: str, value: str) -> None:
        self[name] = value

    def value(self, name: str, default: str) -> str:
        return self.get(name, default)


class Desk:
    """A run on a stage with its real operator node, and a person in front of panels of it."""

    def __init__(self, app: Any, stage: Stage, folder: Path, executor: MultiThreadedExecutor) -> None:
        self.app, self.stage, self.folder, self._executor = app, stage, folder, executor
        self.panels: list[Any] = []
        self.nodes: list[Node] = []

    def panel(self, *arguments: str) -> Any:
        from dsrl_ros.rqt.panel import Panel

        number = len(self.panels)
        node = Node(f"rqt_gui_py_node_{number}", use_global_arguments=False, start_parameter_services=False)
        self._executor.add_node(node)
        made = Panel(Context(node, *arguments))
        made.widget.resize(900, 700)
        made.widget.show()
        self.panels.append(made)
        self.nodes.append(node)
        return made

    def tell_folder(self) -> None:
        """Let the run have a learner, whose parameter `config` names the run's settings."""
        run_id = self.stage.config.run_id
        learner = Node("learner", namespace=f"/{run_id}", use_global_arguments=False)
        learner.declare_parameter("config", str(self.folder / "config.yaml"))
        self._executor.add_node(learner)
        self.nodes.append(learner)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let Qt work until `condition`, while ROS spins in its own thread."""
        until = monotonic() + PATIENCE_S
        while not condition():
            self.app.processEvents()
            self.stage.say()
            sleep(0.01)
            assert monotonic() < until, f"never saw {what}"

    def press(self, panel: Any, name: str) -> str:
        """What the panel shows as the answer to a press."""
        row = panel.widget.operator if name in panel.widget.operator.buttons else panel.widget.run
        button, answers = row.buttons[name], panel.widget.answers
        self.wait(button.isEnabled, f"{name} enabled: {button.toolTip()}")
        before = len(answers.kept)
        button.click()
        self.wait(lambda: len(answers.kept) > before, f"an answer to {name}")
        return str(answers.text())


@pytest.fixture
def desk(app: Any, shown: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    with real_node("operator", tmp_path / "run") as (operator, folder):
        stage = Stage(operator.config)
        executor = MultiThreadedExecutor()  # as rqt's
        for node in (operator, stage):
            executor.add_node(node)
        thread = Thread(target=executor.spin, daemon=True)
        thread.start()
        made = Desk(app, stage, folder.path, executor)
        try:
            yield made
        finally:
            for panel in made.panels:
                panel.shutdown_plugin()
                shown += [panel.widget, panel]
            executor.shutdown(timeout_sec=10)
            thread.join(10)
            for node in (*made.nodes, stage):
                node.destroy_node()


def test_it_finds_the_run_and_shows_what_its_topics_say(desk: Desk, tmp_path: Path) -> None:
    panel = desk.panel()
    widget = panel.widget
    desk.wait(lambda: bool(widget.cameras.names and widget.q.lines and widget.success.lines), "pictures and curves")
    assert widget.header.runs.currentText() == desk.stage.config.run_id
    assert widget.cameras.names == (CAMERA,)
    desk.wait(lambda: widget.executor.state.text() == "RUNNING", "the executor's state")
    assert [hop.name for hop in widget.hops.hops] == ["observe", "actor", "policy", "whole"]
    assert widget.hops.hops[-1].newest_ms == pytest.approx(12.0)
    assert widget.figures.values["Replay buffer"].text() == "30 transitions"
    desk.stage.hold("the state is 0.4 s old")
    desk.wait(lambda: widget.executor.state.text() == "HOLD", "the hold")
    assert "the state is 0.4 s old" in widget.executor.reason.text()
    assert widget.grab().save(str(tmp_path / "panel.png"))


def test_buttons_are_events_and_calls_and_their_answers_are_shown(desk: Desk) -> None:
    panel = desk.panel()
    answer = desk.press(panel, "success")
    assert "success: SUCCESS of episode 7" in answer
    desk.wait(lambda: bool(desk.stage.events), "the event")
    assert desk.stage.events == [(msg.OperatorEvent.SUCCESS, 7)]
    assert "save checkpoint: checkpoint 1" in desk.press(panel, "save_checkpoint")
    assert "stop: STOP of episode 7" in desk.press(panel, "stop")


def test_what_would_do_nothing_is_grey_and_says_why(desk: Desk) -> None:
    buttons = desk.panel().widget.run.buttons
    desk.wait(buttons["pause"].isEnabled, "pause")
    assert not buttons["resume"].isEnabled()
    assert buttons["resume"].toolTip() == "Resume would do nothing: the run is not paused"
    buttons["resume"].click()
    desk.stage.close_services()
    desk.wait(lambda: not buttons["pause"].isEnabled(), "no services any more")
    assert buttons["pause"].toolTip() == "Pause would do nothing: the run does not offer it"
    assert desk.stage.calls == []


def test_two_panels_that_press_at_once_are_each_told_what_came_of_it(desk: Desk) -> None:
    panels = [desk.panel(), desk.panel()]
    buttons = [panel.widget.run.buttons["pause"] for panel in panels]
    desk.wait(lambda: all(button.isEnabled() for button in buttons), "pause in both")
    for button in buttons:
        button.click()
    desk.wait(lambda: all(panel.widget.answers.kept for panel in panels), "two answers")
    said = sorted(panel.widget.answers.kept[-1].partition("  ")[2] for panel in panels)
    assert said == ["pause: not done: the run is paused already", "pause: the run is paused after episode 7"]
    resumes = [panel.widget.run.buttons["resume"] for panel in panels]
    desk.wait(lambda: all(button.isEnabled() for button in resumes), "both see that the run is paused")


def test_an_answer_that_does_not_come_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsrl_ros.rqt import answers

    monkeypatch.setattr(answers, "PATIENCE_S", 0.0)
    panel = desk.panel()
    desk.stage.deaf.clear()
    desk.wait(panel.widget.run.buttons["pause"].isEnabled, "pause")
    panel.widget.run.buttons["pause"].click()
    desk.wait(lambda: "pause: no answer for" in panel.widget.answers.text(), "words about no answer")
    desk.stage.deaf.set()
    desk.wait(lambda: bool(panel.widget.answers.kept), "the answer after all")


def test_the_runs_folder_tells_its_length_and_time(desk: Desk, tmp_path: Path) -> None:
    panel = desk.panel(str(desk.folder))
    header = panel.widget.header
    desk.wait(header.progress.isVisible, "the length of the run")
    assert " of 4" in header.phase.text()
    kept = Settings()
    panel.save_settings(None, kept)
    assert kept == {"folder": str(desk.folder.resolve())}
    other = desk.panel()
    other.restore_settings(None, kept)
    desk.wait(other.widget.header.progress.isVisible, "the same after a restart of rqt")
    wrong = desk.panel(str(tmp_path / "nowhere"))
    assert "folder: not done" in wrong.widget.answers.text()


def test_the_learner_tells_where_the_folder_is(desk: Desk) -> None:
    panel = desk.panel()
    desk.wait(lambda: bool(panel.widget.q.lines), "the run")
    assert not panel.widget.header.progress.isVisible(), "how long it is stands in its settings"
    desk.tell_folder()
    desk.wait(panel.widget.header.progress.isVisible, "the length of the run")
    assert " of 4" in panel.widget.header.phase.text()


def test_a_panel_that_is_closed_leaves_the_node_as_it_was(desk: Desk) -> None:
    panel = desk.panel()
    (node,) = desk.nodes
    desk.wait(panel.widget.run.buttons["pause"].isEnabled, "the run")
    assert list(node.subscriptions)
    assert list(node.clients)
    panel.shutdown_plugin()
    assert not list(node.subscriptions)
    assert not list(node.clients)


def test_rqt_loads_it_without_jax_and_with_little_else() -> None:
    doubles = Path(__file__).parents[1] / "doubles" / "qt"
    code = f"import sys; sys.path.insert(0, {str(doubles)!r}); import dsrl_ros.rqt.panel; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    absent = {"jax", "jaxlib", "flax", "optax", "distrax", "msgpack", "rosbags", "matplotlib", "PIL", "mujoco", "scipy"}
    assert not loaded & absent, "a distribution's Python need not have them"
