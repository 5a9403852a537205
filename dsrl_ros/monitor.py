"""What the graph is doing, for the person at the terminal: a node that only listens."""

from rclpy.context import Context
from rclpy.node import Node

from dsrl_core.config.load import RunConfig
from dsrl_core.run.progress import ProgressLine, Snapshot
from dsrl_core.schedule import Progress, Schedule, Tally
from dsrl_ros import msg, topics
from dsrl_ros.status import learner_books


class Monitor(Node):
    """Follows learner, decisions and executor of one run."""

    def __init__(self, config: RunConfig, robot: str, context: Context) -> None:
        super().__init__("monitor", namespace=f"/{robot}", context=context)
        self._schedule = Schedule(config)
        self._robot = robot
        self._learner: msg.LearnerStatus | None = None
        self._hold = ""
        self._notices: list[str] = []
        self._tallies: Progress = {}
        self._outcomes: list[tuple[str, bool]] = []
        status = topics.run_topic(config.run_id, "learner_status")
        self.create_subscription(msg.LearnerStatus, status, self._on_learner, topics.latched())
        self.create_subscription(msg.ExecutorStatus, topics.EXECUTOR_STATUS, self._on_executor, topics.latched())

    def snapshot(self) -> Snapshot:
        status = self._learner
        if status is None:
            return Snapshot(waiting_for="the learner to start")
        planned = self._schedule.next(learner_books(status, self._robot).progress)
        tally = learner_books(status, self._robot).progress.get(planned.group) if planned else None
        return Snapshot(
            group=planned.group if planned else "finishing",
            purpose=str(planned.purpose) if planned else "",
            episode=tally.episodes if tally else 0,
            episodes=self._schedule.size(planned.group) if planned else 0,
            gradient_steps=status.gradient_steps,
            steps_per_s=status.gradient_steps_per_s,
            waiting_for=self._waiting(status),
        )

    def tell(self, line: ProgressLine) -> None:
        """Tell `line` of the episodes that were settled since the last call, and where the run is."""
        for group, success in self._outcomes:
            line.settled(group, success)
        self._outcomes.clear()
        for notice in self._notices:
            line.note(notice)
        self._notices.clear()
        line.show(self.snapshot())

    def _on_learner(self, message: msg.LearnerStatus) -> None:
        """Statuses are latched and may be overwritten unseen: several episodes of a group can appear in one."""
        self._learner = message
        progress = learner_books(message, self._robot).progress
        for group, tally in progress.items():
            old = self._tallies.get(group, Tally())
            wins, episodes = tally.successes - old.successes, tally.episodes - old.episodes
            self._outcomes += [(group, index < wins) for index in range(episodes)]
        self._tallies = progress

    def _on_executor(self, message: msg.ExecutorStatus) -> None:
        hold = message.reason if message.state == msg.ExecutorStatus.HOLD else ""
        if hold and hold != self._hold and not self._finishing():
            self._notices.append(f"executor of {self._robot}: HOLD: {hold}")
        self._hold = hold

    def _finishing(self) -> bool:
        """All episodes are played: steering may fall silent."""
        status = self._learner
        return status is not None and self._schedule.next(learner_books(status, self._robot).progress) is None

    def _waiting(self, status: msg.LearnerStatus) -> str:
        if self._hold:
            return f"the executor (HOLD: {self._hold})"
        if status.gradient_steps_due:
            return f"{status.gradient_steps_due} gradient steps"
        return "the report" if status.state == "finishing" else ""
