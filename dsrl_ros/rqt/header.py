"""The top of the panel: which run and which robot, where the run is, how long it still takes, what it waits for."""

from collections.abc import Sequence

from python_qt_binding.QtCore import Qt, Signal
from python_qt_binding.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dsrl_core.view.snapshot import ViewSnapshot
from dsrl_ros.rqt.colours import WARNING
from dsrl_ros.rqt.shown import alert, phase_words, time_words

NO_RUN = "no run was heard yet"
SILENT_S = 5.0  # after which it is told how long nothing was heard


class Header(QWidget):
    """Says by `run_chosen`, `robot_chosen` and `folder_wanted` what a person wants to see."""

    run_chosen = Signal(str)
    robot_chosen = Signal(str)
    folder_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.runs, self.robots, self.folder = QComboBox(), QComboBox(), QToolButton()
        self.phase, self.time_left, self.waiting, self.alert = QLabel(NO_RUN), QLabel(), QLabel(), QLabel()
        self.progress = QProgressBar()
        self._compose()
        self.runs.activated.connect(lambda _=0: self.run_chosen.emit(self.runs.currentText()))
        self.robots.activated.connect(lambda _=0: self.robot_chosen.emit(self.robots.currentText()))
        self.folder.clicked.connect(lambda _=False: self.folder_wanted.emit())

    def _compose(self) -> None:
        for box, words in ((self.runs, "the runs that are heard"), (self.robots, "the robots of this run")):
            box.setToolTip(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.folder.setText("Folder …")
        self.folder.setToolTip(
            "the run's folder, where it is not found by itself: its settings tell what is left to do"
        )
        self.phase.setStyleSheet("font-weight: bold;")
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(10)
        self.alert.setStyleSheet(f"color: {WARNING};")
        for label in (self.phase, self.time_left, self.waiting, self.alert):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.waiting, self.alert):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        first, second, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for widget in (self.runs, self.robots, self.folder):
            first.addWidget(widget)
        first.addSpacing(8)
        first.addWidget(self.phase, 1)
        first.addWidget(self.time_left)
        second.addWidget(self.progress, 1)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(first)
        whole.addLayout(second)
        whole.addWidget(self.waiting)
        whole.addWidget(self.alert)
        self.alert.hide()
        self.progress.hide()

    def show_nothing(self, domain: str) -> None:
        """No run is heard in this DDS domain."""
        told = "it must be the number that `./dsrl up` tells in its first line"
        self.waiting.setText(f"ROS_DOMAIN_ID is {domain} here; {told}")

    def show_runs(self, runs: Sequence[str], chosen: str, robots: Sequence[str], robot: str) -> None:
        """Offer the runs that are heard, and the robots of the chosen one."""
        _offer(self.runs, runs, chosen)
        _offer(self.robots, robots, robot)
        self.robots.setVisible(len(robots) > 1)

    def show_snapshot(self, snapshot: ViewSnapshot) -> None:
        phase = snapshot.phase
        self.phase.setText(phase_words(phase))
        self.time_left.setText("" if snapshot.outcome else time_words(snapshot.time_left_s))
        self.progress.setVisible(phase.episodes > 0)
        self.progress.setRange(0, max(1, phase.episodes))
        self.progress.setValue(min(phase.episode, phase.episodes))
        silent = snapshot.heard_s is None or snapshot.heard_s > SILENT_S
        age = (
            ""
            if not silent
            else "; nothing was heard" + (" yet" if snapshot.heard_s is None else f" for {snapshot.heard_s:.0f} s")
        )
        self.waiting.setText(f"waits for: {phase.waiting_for or 'nothing'}{age}")
        words = alert(snapshot)
        self.alert.setText(words)
        self.alert.setVisible(bool(words))


def _offer(box: QComboBox, names: Sequence[str], chosen: str) -> None:
    """Let `box` offer `names`; one that is open, or that offers them already, is left alone."""
    if box.view().isVisible():
        return
    if [box.itemText(index) for index in range(box.count())] != list(names):
        box.clear()
        box.addItems(list(names))
    if chosen in names and box.currentText() != chosen:
        box.setCurrentText(chosen)
