"""Finds the run of a folder, looks on in a thread of its own, and tells how it ended: the page's source.

It looks at what has arrived ten times a second and lets the middleware keep only the newest meanwhile, so that it costs
the machine little, however fast a simulator plays.
"""

import os
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor, TimeoutException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from dsrl_core.app.outcome import headline, out_again
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.lock import LOCK
from dsrl_core.run.sound_lines import read_sound
from dsrl_core.run.summary import read_summary
from dsrl_core.types import U8
from dsrl_core.view.run_view import RunView
from dsrl_core.view.snapshot import Outcome, ViewSnapshot
from dsrl_core.view.values import WatchedRun
from dsrl_ros.app.domain import VARIABLE, domain_of
from dsrl_ros.app.graph import NO_LOG_FILES, domain_environment
from dsrl_ros.view.buttons import Answer, Buttons
from dsrl_ros.view.observer import Observer

LOOK_S = 0.1  # between two looks at what has arrived
FIND_S = 1.0  # between two looks whether the run lives, and which services are there
MOST = 500  # messages in one look
JOIN_S = 0.5  # for the thread at the end
NOT_ALIVE = "no process of this run is alive on this machine; the page goes on as soon as one is"


class Watching:
    """The run of one folder, whenever it lives. `start` begins the thread, `close` ends it."""

    def __init__(self, folder: RunFolder, several_hosts: bool = False) -> None:
        """Raises ConfigError where the folder holds something else than a run; it may not be there yet.

        With `several_hosts` what a simulation's other hosts say is heard, too.
        """
        self._several_hosts = several_hosts
        self.folder, self.note = folder, ""
        self._chosen = os.environ.get(VARIABLE, "")  # for a run of another user or machine
        self._buttons: Buttons | None = None
        self._ending = Event()
        self._config = _read(folder)
        self._view = RunView(WatchedRun(folder.path.name, (), ()))
        if self._config is not None:
            self._view = self._remembering(RunView(WatchedRun.of(self._config)))
        self._thread = Thread(target=self._watch, name="watching", daemon=True)

    @property
    def report(self) -> Path:
        return self.folder.report

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread lives; it ends with an error of this package alone, or by `close`."""
        return self._thread.is_alive()

    def close(self, ended: bool) -> None:
        """End the thread; `ended`: the run ends too."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        if ended:
            self._conclude()

    def snapshot(self) -> ViewSnapshot:
        return self._view.snapshot()

    def newest_image(self, robot: str, camera: str) -> tuple[U8, int] | None:
        return self._view.newest_image(robot, camera)

    def press(self, name: str, robot: str = "") -> "Future[Answer]":
        buttons = self._buttons
        if buttons is not None:
            return buttons.press(name, robot)
        answer: Future[Answer] = Future()
        answer.set_result(Answer(False, "the run is not alive"))
        return answer

    def _watch(self) -> None:
        while not self._ending.is_set():
            domain = self._find()
            if domain is None or self._config is None:
                self._ending.wait(FIND_S)
            else:
                self._look_on(self._config, domain)

    def _find(self) -> int | None:
        """The domain of the run once it lives, else None; what is known without it is shown."""
        try:
            config = _read(self.folder)
        except DsrlError as error:  # it was replaced by something else
            self.note = str(error)
            return None
        if config is None:
            self.note = f"{self.folder.path} is not there yet; the page goes on as soon as a run begins in it"
            return None
        if config != self._config:
            self._config, self._view = config, self._remembering(RunView(WatchedRun.of(config)))
        domain = domain_of(self.folder.path)
        if domain is None and self._several_hosts and config.platform.robot_end.kind != "simulation":
            return int(self._chosen or 0)  # everybody's
        if domain is None and self._chosen.isdecimal():
            return int(self._chosen)
        if domain is None:
            self._conclude()
            self.note = NOT_ALIVE
        return domain

    def _remembering(self, view: RunView) -> RunView:
        """The view with the episodes of the run so far; what cannot be read is not shown."""
        with suppress(DsrlError):
            view.history(read_sound(self.folder.metrics).lines)
        return view

    def _look_on(self, config: RunConfig, domain: int) -> None:
        """Follow the run until it does not live any more."""
        simulated = config.platform.robot_end.kind == "simulation"
        os.environ.update(domain_environment(domain, simulated, self._several_hosts))
        context, run = Context(), WatchedRun.of(config)
        quiet = SignalHandlerOptions.NO
        rclpy.init(args=["--ros-args", NO_LOG_FILES], context=context, domain_id=domain, signal_handler_options=quiet)
        node = Node(
            "view",
            namespace=f"/{config.run_id}",
            context=context,
            start_parameter_services=False,
            enable_rosout=False,
        )
        observer, buttons = Observer(node, run), Buttons(node, run)
        self._view, self._buttons, self.note = self._remembering(observer.view), buttons, ""
        try:
            self._follow(node, observer, buttons)
        finally:
            self._buttons = None
            node.destroy_node()
            rclpy.shutdown(context=context)

    def _follow(self, node: Node, observer: Observer, buttons: Buttons) -> None:
        executor = SingleThreadedExecutor(context=node.context)
        executor.add_node(node)
        here, looked_s = domain_of(self.folder.path) is not None, float("-inf")
        while not self._ending.wait(LOOK_S):
            _hear(executor)
            if monotonic() - looked_s > FIND_S:
                looked_s = monotonic()
                observer.view.offered(buttons.offered())
                if here and domain_of(self.folder.path) is None:
                    self._chosen = ""  # it was of this machine
                    return

    def _conclude(self) -> None:
        """Show how the run ended, as far as its folder tells."""
        with suppress(DsrlError):
            summary, path = read_summary(self.folder.summary), str(self.folder.report)
            report = path if self.folder.report.is_file() else ""
            if summary is not None and summary.get("complete"):
                self._view.conclude(Outcome(headline(summary), complete=True, report=report))
            elif self.folder.metrics.exists():
                on = f"To go on, give the same command with {out_again(self.folder)}"
                self._view.conclude(Outcome(on, complete=False, report=report))


def _read(folder: RunFolder) -> RunConfig | None:
    """The settings of the run in a folder, None before it is there.

    Raises:
        ConfigError: the folder holds no run, or its settings cannot be read.
    """
    if folder.config.exists():
        return read_run(folder.config)
    if folder.path.exists() and (not folder.path.is_dir() or any(item.name != LOCK for item in folder.path.iterdir())):
        raise ConfigError(f"{folder.path} is no run: there is no {folder.config.name} in it")
    return None


def _hear(executor: SingleThreadedExecutor) -> None:
    """Take what has arrived."""
    with suppress(TimeoutException):
        for _ in range(MOST):
            handler, _, _ = executor.wait_for_ready_callbacks(timeout_sec=0.0)
            handler()
            if (error := handler.exception()) is not None:
                raise error
