"""All that the panel shows of a run, put together."""

from python_qt_binding.QtCore import Signal
from python_qt_binding.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dsrl_core.view.buttons import OPERATOR, RUN
from dsrl_core.view.snapshot import Robot, ViewSnapshot
from dsrl_ros.rqt import shown
from dsrl_ros.rqt.answers import Answers
from dsrl_ros.rqt.buttons import ButtonRow
from dsrl_ros.rqt.cameras import Cameras
from dsrl_ros.rqt.chart import Chart
from dsrl_ros.rqt.drawing import subdue
from dsrl_ros.rqt.executor_line import ExecutorLine
from dsrl_ros.rqt.figures import Figures
from dsrl_ros.rqt.header import Header
from dsrl_ros.rqt.hops import Hops


class RunWidget(QWidget):
    """Shows snapshots; `pressed` says which button was pressed and of which robot, empty for a button of the run."""

    pressed = Signal(str, str)  # button, robot

    def __init__(self) -> None:
        super().__init__()
        self.header, self.cameras, self.hops = Header(), Cameras(), Hops()
        self.success = Chart("Success", 0.0, 1.0, percent=True)
        self.q, self.noise = Chart("Q of the newest decisions"), Chart("Noise, root mean square", low=0.0)
        self.figures, self.executor = Figures(shown.FIGURES), ExecutorLine()
        self.operator, self.run, self.answers = ButtonRow(OPERATOR), ButtonRow(RUN), Answers()
        self._robot = ""
        self._compose()
        self.operator.pressed.connect(lambda name: self.pressed.emit(name, self._robot))
        self.run.pressed.connect(lambda name: self.pressed.emit(name, ""))
        self.pressed.connect(lambda name, _robot: self.answers.ask(name))

    def show_snapshot(self, snapshot: ViewSnapshot, robot: str) -> None:
        """Show a run, and of what each robot has for itself that of `robot`."""
        self._robot = robot
        decisions = [decision for decision in snapshot.decisions if decision.robot == robot]
        found: Robot | None = next((each for each in snapshot.robots if each.name == robot), None)
        self.header.show_snapshot(snapshot)
        self.success.show_lines(*shown.success(snapshot.curves, snapshot.phase.group))
        self.q.show_lines(*shown.q_values(decisions))
        self.noise.show_lines(*shown.noise(decisions))
        self.hops.show_hops(shown.hops(decisions))
        cameras = [camera for camera in snapshot.cameras if camera.robot == robot]
        self.cameras.show_pictures({each.name: each.image for each in cameras if each.image is not None})
        self.figures.show_values(shown.figures(snapshot, found))
        self.executor.show_state(*shown.executor_words(found))
        self.operator.show_buttons(() if found is None else found.buttons)
        self.run.show_buttons(snapshot.buttons)
        self.answers.wait()

    def _compose(self) -> None:
        left, right, across, whole = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for chart, share in ((self.success, 4), (self.q, 3), (self.noise, 3)):
            left.addWidget(chart, share)
        right.addWidget(self.cameras, 1)
        right.addWidget(self.hops)
        right.addWidget(self.figures)
        for column in (left, right):
            column.setSpacing(8)
            across.addLayout(column, 1)
        across.setSpacing(16)
        whole.addWidget(self.header)
        whole.addLayout(across, 1)
        whole.addWidget(self.executor)
        for title, row in (("Operator", self.operator), ("Run", self.run)):
            line, label = QHBoxLayout(), QLabel(title)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("Operator "))
            subdue(label)
            line.addWidget(label)
            line.addWidget(row, 1)
            whole.addLayout(line)
        whole.addWidget(self.answers)
