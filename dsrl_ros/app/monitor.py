"""What the graph is doing, for the person at the terminal: a node that only listens."""

from collections import deque
from dataclasses import replace
from functools import partial
from time import monotonic

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.event_handler import QoSLivelinessChangedInfo, SubscriptionEventCallbacks

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.run.progress_line import ProgressLine, Snapshot, snapshot
from dsrl_core.run.waiting import waits_for
from dsrl_core.schedule.progress import GroupProgress, merge
from dsrl_core.schedule.rounds import Everyone, planned
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.learner_status import robot_progress
from dsrl_ros.interface.notices import notices_of
from dsrl_ros.nodes.listening import ListeningNode

SHOWN = 1000  # outcomes that are kept until they are told
STOPPED = {msg.ExecutorStatus.HOLD: "HOLD", msg.ExecutorStatus.FAULT: "FAULT"}  # states in which output has stopped


class Monitor(ListeningNode):
    """Follows learner and executors of one run, and what its nodes complain about."""

    def __init__(self, config: RunConfig, context: Context, played: bool = False, awaits: str = "") -> None:
        """A monitor of a run.

        Args:
            config: of the run.
            context: of the node.
            played: where a bag is played into its learner, which then waits for its episodes.
            awaits: the command by which the hosts of robots join, where these are on other hosts.
        """
        super().__init__("monitor", namespace=f"/{config.run_id}", context=context)
        self._config, self._played, self._awaits = config, played, awaits
        self._learner: msg.LearnerStatus | None = None
        self._silent_since: float | None = None  # monotonic time at which the learner fell silent
        self._robots: Everyone = {}
        self._holds = dict.fromkeys(config.robots, "")
        self._stalls = dict.fromkeys(config.robots, "")  # robot -> why it makes no decision
        self._steering: dict[str, msg.SteeringStatus] = {}  # by robot
        self._notices: list[str] = []
        self._outcomes: deque[tuple[str, bool]] = deque(maxlen=SHOWN)
        status = topics.run_topic(config.run_id, "learner_status")
        events = SubscriptionEventCallbacks(liveliness=self._on_liveliness)
        lease = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
        self.listen(msg.LearnerStatus, status, self._on_learner, lease, event_callbacks=events)
        self.listen(DiagnosticArray, topics.DIAGNOSTICS, self._on_notice, topics.reliable(100))
        for robot in config.robots:
            topic, callback = topics.of_robot(robot, topics.EXECUTOR_STATUS), partial(self._on_executor, robot)
            self.listen(msg.ExecutorStatus, topic, callback, topics.latched())
            plays, on_steering = topics.of_robot(robot, topics.STEERING_STATUS), partial(self._on_steering, robot)
            self.listen(msg.SteeringStatus, plays, on_steering, topics.latched())

    def snapshot(self) -> Snapshot:
        status = self._learner
        if status is None:
            return Snapshot(waiting_for="the learner to start")
        return replace(
            snapshot(self._config, self._robots),
            gradient_steps=status.gradient_steps,
            steps_per_s=status.gradient_steps_per_s,
            waiting_for=self._waiting(status),
            halted=self._halted(status),
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
        if not self.is_of(message, run_id=self._config.run_id):
            return
        robots = {robot: robot_progress(message, robot).groups for robot in self._config.robots}
        known = merge(self._robots.values())
        self._learner, self._robots = message, robots
        for group, tally in merge(self._robots.values()).items():
            old = known.get(group, GroupProgress())
            wins, episodes = tally.successes - old.successes, tally.episodes - old.episodes
            self._outcomes += [(group, index < wins) for index in range(min(episodes, SHOWN))]

    def _on_liveliness(self, event: QoSLivelinessChangedInfo) -> None:
        self._silent_since = None if event.alive_count > 0 else self._silent_since or monotonic()

    def _on_executor(self, robot: str, message: msg.ExecutorStatus) -> None:
        if not self.is_of(message, run_id=self._config.run_id, robot=robot):
            return
        if message.state > msg.ExecutorStatus.RESETTING:
            raise InvalidRequest(f"ExecutorStatus.state={message.state} is unknown; the highest is RESETTING")
        name = STOPPED.get(message.state, "")
        hold = f"{name}: {message.reason}" if name else ""
        if hold and hold != self._holds[robot] and not self._finishing(robot):
            self._notices.append(f"executor of {robot}: {hold}")
        self._holds[robot] = hold

    def _on_steering(self, robot: str, message: msg.SteeringStatus) -> None:
        if self.is_of(message, run_id=self._config.run_id, robot=robot):
            self._steering[robot] = message

    def _on_notice(self, message: DiagnosticArray) -> None:
        for notice in notices_of(message, self._config.run_id):
            if notice.text:
                self._notices.append(f"{notice.node} of {notice.robot}: {notice.text}")
            if notice.about == "decision" and notice.robot in self._stalls:
                self._stalls[notice.robot] = notice.text

    def _is_there(self, robot: str) -> bool:
        """Whether a robot's executor is alive, or it has nothing more to do."""
        there = self.count_publishers(topics.of_robot(robot, topics.EXECUTOR_STATUS)) > 0
        return there or self._finishing(robot)

    def _finishing(self, robot: str) -> bool:
        """All episodes of a robot are played: its steering may fall silent."""
        return self._learner is not None and planned(self._config, self._robots, robot) is None

    def _halted(self, status: msg.LearnerStatus) -> str:
        """What a person has asked for by a service, and which robots still play; empty where nothing is."""
        if not status.paused and not status.ending:
            return ""
        plays = [f"{s.robot} plays episode {s.episode} to its end" for s in self._steering.values() if s.playing]
        rest = f" ({', '.join(plays)})" if plays else ""
        if status.ending:
            return f"ending, as stop_after_episode asked{rest}"
        resume = topics.run_topic(self._config.run_id, "resume")
        return f"paused{rest}; goes on with: ros2 service call {resume} std_srvs/srv/Trigger"

    def _missing(self) -> list[str]:
        """What a robot lacks, in words: its host, an executor that goes on, or a decision."""
        away = [robot for robot in self._robots if self._awaits and not self._is_there(robot)]
        return [
            *(f"the host of {robot}: {self._awaits}" for robot in away),
            *(f"the executor of {robot} ({hold})" for robot, hold in self._holds.items() if hold),
            *(f"a decision of {robot} ({text})" for robot, text in self._stalls.items() if text),
        ]

    def _waiting(self, status: msg.LearnerStatus) -> str:
        silent_s = None
        if self._silent_since is not None:
            silent_s = monotonic() - self._silent_since + topics.LEARNER_LEASE_S
        missing = "".join(self._missing()[:1])
        first = waits_for(silent_s, missing, status.gradient_steps_due, status.state == "finishing")
        return first or (status.awaits if self._played else "")
