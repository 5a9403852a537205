"""The rqt plugin `dsrl_ros`: finds runs, shows one, and carries presses of its buttons to the run's services.

ROS calls back in rqt's thread that spins; widgets are touched in Qt's alone. The view is safe in both, and answers
cross by a Signal.
"""

import os
from argparse import ArgumentParser
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from python_qt_binding.QtCore import QTimer, Signal
from python_qt_binding.QtWidgets import QFileDialog
from rqt_gui_py.plugin import Plugin

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError
from dsrl_core.view.values import WatchedRun
from dsrl_ros.rqt.run_widget import RunWidget
from dsrl_ros.rqt.watch import Watch, known, settings_of
from dsrl_ros.view.buttons import Answer
from dsrl_ros.view.finding import runs_heard

SHOW_MS, FIND_MS = 200, 1000


class Panel(Plugin):
    """Shows the run that is heard first, until a person chooses another."""

    _answered = Signal(str, bool, str)  # button, done, text

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.setObjectName("dsrl_ros")
        self.widget = RunWidget()
        self.widget.setObjectName("dsrl_ros")
        serial = context.serial_number()
        self.widget.setWindowTitle("dsrl_ros" if serial < 2 else f"dsrl_ros ({serial})")
        self._node = context.node
        self._folder: Path | None = None
        self._unfit: Path | None = None  # a folder that held no settings
        self._config: RunConfig | None = None
        self._watch: Watch | None = None
        self._robot = ""
        self._name_folder(_folder_of(context.argv()))
        self._connect()
        context.add_widget(self.widget)

    def shutdown_plugin(self) -> None:
        for timer in self._timers:
            timer.stop()
        if self._watch is not None:
            self._watch.close()

    def save_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        instance_settings.set_value("folder", "" if self._folder is None else str(self._folder))

    def restore_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        if self._folder is None:
            self._name_folder(str(instance_settings.value("folder", "") or ""))

    def _connect(self) -> None:
        header = self.widget.header
        header.run_chosen.connect(self._choose)
        header.robot_chosen.connect(self._choose_robot)
        header.folder_wanted.connect(self._ask_folder)
        self.widget.pressed.connect(self._press)
        self._answered.connect(self.widget.answers.answer)
        self._timers = []
        for period_ms, look in ((FIND_MS, self._find), (SHOW_MS, self._show)):
            timer = QTimer(self)
            timer.timeout.connect(look)
            timer.start(period_ms)
            self._timers.append(timer)

    def _find(self) -> None:
        """Look for runs, and follow the one that is shown where more is known of it than before."""
        folder = None if self._watch is None else self._watch.folder()
        if folder is not None and folder not in (self._folder, self._unfit):
            self._name_folder(str(folder))
        runs = {run.run_id: run for run in runs_heard(self._node)}
        shown = self._watch.run if self._watch is not None else None
        wanted = shown.run_id if shown is not None else self._config.run_id if self._config is not None else ""
        run = runs.get(wanted) or (next(iter(runs.values()), None) if shown is None else None)
        if run is not None and (watched := known(run, self._config, shown)) != shown:
            self._follow(watched)
        names = sorted({*runs, *([self._watch.run.run_id] if self._watch is not None else [])})
        if self._watch is not None:
            robots = self._watch.run.robots
            self._robot = self._robot if self._robot in robots else next(iter(robots), "")
            self.widget.header.show_runs(names, self._watch.run.run_id, robots, self._robot)

    def _follow(self, run: WatchedRun) -> None:
        if self._watch is not None:
            self._watch.close()
            self.widget.answers.forget()
        own = self._config is not None and self._config.run_id == run.run_id
        self._watch = Watch(self._node, run, self._folder if own else None)

    def _show(self) -> None:
        if self._watch is None:
            self.widget.header.show_nothing(os.environ.get("ROS_DOMAIN_ID") or "0")
        else:
            self.widget.show_snapshot(self._watch.snapshot(), self._robot)

    def _choose(self, run_id: str) -> None:
        run = next((run for run in runs_heard(self._node) if run.run_id == run_id), None)
        if run is not None and (self._watch is None or self._watch.run.run_id != run_id):
            self._follow(known(run, self._config, None))
            self._find()

    def _choose_robot(self, robot: str) -> None:
        self._robot = robot
        self._show()

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.widget, "Folder of the run", str(self._folder or Path.cwd()))
        self._name_folder(folder)

    def _name_folder(self, folder: str) -> None:
        """Read the settings of a run from its folder; the run they are of is then shown once it is heard."""
        if not folder:
            return
        try:
            config = settings_of(Path(folder))
        except (DsrlError, OSError) as error:
            self._unfit = Path(folder).resolve()  # it is not asked for again
            self.widget.answers.answer("folder", False, str(error))
            return
        self._folder, self._config = Path(folder).resolve(), config
        self._choose(config.run_id)

    def _press(self, name: str, robot: str) -> None:
        if self._watch is None:
            return

        def answered(future: "Future[Answer]") -> None:
            answer = future.result()
            self._answered.emit(name, answer.success, answer.text)

        self._watch.press(name, robot).add_done_callback(answered)


def _folder_of(arguments: list[str]) -> str:
    """The run's folder among the arguments of `rqt --standalone dsrl_ros --args RUN`; empty where none is named."""
    parser = ArgumentParser(prog="rqt --standalone dsrl_ros --args", add_help=False)
    parser.add_argument("run", nargs="?", default="", help="folder of a run")
    return str(parser.parse_known_args(arguments)[0].run)
