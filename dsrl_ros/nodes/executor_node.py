"""The only publisher to the robot: executes action chunks step by step; HOLD if steering or robot is silent. No jax."""

from time import monotonic

from rclpy.event_handler import QoSLivelinessChangedInfo, SubscriptionEventCallbacks
from sensor_msgs.msg import JointState
from std_msgs.msg import Empty

from dsrl_core.acting.execution.executor import Executor, State, Status
from dsrl_core.acting.execution.followed_episode import FollowedEpisode
from dsrl_core.acting.execution.pacemaker import Pacemaker
from dsrl_core.errors import ChunkRefused, InvalidRequest
from dsrl_core.plugins import COMMAND_ENCODERS, load_plugin
from dsrl_core.types import ActionChunk
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import (
    action_message,
    chunk_of,
    header,
    request_of,
    serialised_stamp_ns,
    stamp_ns,
    status_of,
)
from dsrl_ros.interface.reports import executor_report
from dsrl_ros.nodes.graph_node import GraphNode, run

WATCH_S = 0.05


class ExecutorNode(GraphNode):
    """Joint states pace the steps; the DDS liveliness of this run's steering tells when it has died."""

    def __init__(self) -> None:
        super().__init__("executor", parameter_services=False)
        contract = self.config.platform.action
        self._core = Executor(self.config.platform)
        self._encoder = load_plugin(COMMAND_ENCODERS, contract.encoder, "action.encoder").make(contract)
        self._pacemaker = Pacemaker(contract.names, self.config.platform.state_names)
        self._followed = FollowedEpisode()
        self._matched = False
        self._tick_ns = 0
        self._alive_s = monotonic()
        self._silence_ms = 0.0
        self._published: tuple[State, int] | None = None  # state and episode of the last status
        self._out = self.create_publisher(msg.Action, topics.ACTION, topics.reliable())
        self._status = self.create_publisher(
            msg.ExecutorStatus, topics.EXECUTOR_STATUS, topics.latched(), **topics.unwatched_out()
        )
        self.diagnostics.add("state", lambda: executor_report(self._status_message()))
        self._subscribe(contract.lease_ms / 1e3, contract.feedback)
        self.create_timer(WATCH_S, self._watch)

    def _subscribe(self, lease_s: float, feedback: str) -> None:
        events = SubscriptionEventCallbacks(liveliness=self._on_liveliness, use_default_callbacks=False)
        alive, topic = topics.alive(topics.reliable(), lease_s), topics.steering_alive(self.config.run_id, self.robot)
        self.listen(Empty, topic, lambda message: None, alive, event_callbacks=events)
        stamps = self.config.platform.observation.stamps
        lockstep = stamps == "exact"
        on_joints = self._on_joints if lockstep else self._on_drivers_joints
        self.listen(JointState, feedback, on_joints, topics.sensor(stamps, 10), raw=lockstep)
        one, ten, quiet = topics.reliable(), topics.reliable(10), topics.unwatched()
        self.listen(msg.ActionChunk, topics.ACTION_CHUNK, self._on_chunk, one, **quiet)
        self.listen(msg.StartEpisode, topics.START_EPISODE, self._on_start, ten, **quiet)
        self.listen(msg.EpisodeStatus, topics.EPISODE_STATUS, self._on_status, ten, **quiet)

    def _on_start(self, message: msg.StartEpisode) -> None:
        if self.for_this_robot(message):
            self._enter(request_of(message).episode)

    def _on_status(self, message: msg.EpisodeStatus) -> None:
        if not self.for_this_robot(message):
            return
        over = status_of(message) in (msg.EpisodeStatus.ENDED, msg.EpisodeStatus.FAILED)
        if over and message.episode == self._followed.number:
            self._core.end()
            self._publish_status()

    def _on_chunk(self, message: msg.ActionChunk) -> None:
        if not self.for_this_robot(message):
            return
        chunk = chunk_of(message)
        try:
            self._accept(chunk, message.episode, message.decision)
        except ChunkRefused as error:
            raise InvalidRequest(str(error)) from error
        self._act()

    def _accept(self, chunk: ActionChunk, episode: int, decision: int) -> None:
        """Take a chunk that is not late. The present episode is not left for one of another that is refused."""
        if episode < self._followed.number:
            return
        if episode > self._followed.number:
            self._core.check_first(chunk, decision)
        self._enter(episode)
        self._alive_s = monotonic()
        self._core.accept(chunk, decision, monotonic())

    def _on_joints(self, message: bytes) -> None:
        """Take serialised joint states: only the stamp is needed, and unpacking the names is slow."""
        self._on_tick(serialised_stamp_ns(message))

    def _on_drivers_joints(self, message: JointState) -> None:
        """Take joint states of hardware, where drivers of other joints may share the topic."""
        if self._pacemaker.paces(message.name):
            self._on_tick(stamp_ns(message.header.stamp))

    def _on_tick(self, stamp: int) -> None:
        self._tick_ns = stamp
        self._core.tick(stamp, monotonic())
        for about, text in self._core.told().items():
            self.complain(about, text)
        self._act()

    def _act(self) -> None:
        """Publish the step that is due, if any. Before DDS has found the robot end it waits, as it would be lost."""
        self._matched = self._matched or self._out.get_subscription_count() > 0
        if not self._matched:
            return
        step = self._core.next_step()
        if step is not None:
            self._out.publish(action_message(self._encoder.encode(step), self.episode_id(self._followed.number)))

    def _on_liveliness(self, event: QoSLivelinessChangedInfo) -> None:
        if event.alive_count == 0:
            self._silence_ms = 1e3 * (monotonic() - self._alive_s)
            self._core.hold("steering is silent", monotonic())
            self.complain("HOLD", "HOLD: steering is silent", error=True)
        else:
            self._alive_s = monotonic()
            self._core.release(monotonic())
            self._act()
        self._publish_status()

    def _watch(self) -> None:
        self._core.watch(monotonic())
        self._act()
        self._publish_status()
        self.diagnostics.update()

    def _enter(self, episode: int) -> None:
        if self._followed.enter(episode):
            self._core.begin(monotonic())

    def _publish_status(self) -> None:
        """Publish the status if state or episode changed. Changes between RUNNING and WAITING are left to the timer."""
        status: Status = self._core.status
        if self._published == (status.state, self._followed.number):
            return
        self._published = (status.state, self._followed.number)
        self._status.publish(self._status_message())

    def _status_message(self) -> msg.ExecutorStatus:
        status = self._core.status
        message = msg.ExecutorStatus(header=header(self._tick_ns), run_id=self.config.run_id, robot=self.robot)
        message.episode, message.state, message.reason = max(self._followed.number, 0), int(status.state), status.reason
        message.actions, message.chunks = status.actions, status.chunks
        message.refused, message.holds, message.silence_ms = status.refused, status.holds, self._silence_ms
        return message


def main() -> None:
    run(ExecutorNode)
