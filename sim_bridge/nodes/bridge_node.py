"""A simulator as robot end. It runs in a child process; if it dies, the episode is dropped and the run goes on."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import Image, JointState

from dsrl_core.config.operated import scripted
from dsrl_core.config.platform import POSE_NAMES
from dsrl_core.environment.simulated_robot import SimulatedRobot, Tick
from dsrl_core.errors import DsrlError, EnvironmentFailed, InvalidRequest
from dsrl_core.record.video_recorder import VideoRecorder
from dsrl_core.run.folder import RunFolder
from dsrl_core.types import U8, EpisodeRequest
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import (
    SerialisedJointState,
    action_of,
    header,
    image_message,
    pose_message,
    request_of,
    task_event_message,
)
from dsrl_ros.nodes.graph_node import GraphNode, run
from sim_bridge.process.child import ChildEnvironment
from sim_bridge.process.expert import ChildExpert

MAX_RESTARTS = 3
T = TypeVar("T")


class SimBridgeNode(GraphNode):
    """Publishes joint states every tick, and images, measured joint states and a task event when a decision is due.

    With `robot_end.render: every_step` it publishes images every tick.
    """

    def __init__(self) -> None:
        super().__init__("sim_bridge", parameter_services=False)
        platform = self.config.platform
        end = platform.robot_end
        self._restarts = 0
        self._environment = self._started(lambda: ChildEnvironment(end.environment, end.options, end.step_timeout_s))
        expert = ChildExpert(self._environment) if scripted(self.config) else None
        self._robot = SimulatedRobot(self._environment, platform, expert)
        videos = RunFolder(self.config_path.parent).videos
        self._recorder = VideoRecorder(self._environment, platform.action.rate_hz, videos)
        self._serialised = SerialisedJointState(self._environment.spec.state_names)
        self._request: EpisodeRequest | None = None
        self._last: Tick | None = None  # first tick of the episode, until a step is taken
        self._expected: tuple[int, int] | None = None  # decision and index of the next step; None between episodes
        self._publish_to()
        ten, quiet = topics.reliable(10), topics.unwatched()
        self.listen(msg.StartEpisode, topics.START_EPISODE, self._on_start, ten, **quiet)
        self.listen(msg.Action, topics.ACTION, self._on_action, topics.reliable(), **quiet)

    def _publish_to(self) -> None:
        observation, one = self.config.platform.observation, topics.reliable()
        self._joints = self.create_publisher(JointState, self.config.platform.action.feedback, one)
        self._measured = []
        for source in observation.state:
            kind = JointState if source.type == "joint_states" else PoseStamped
            self._measured.append((source.type, self.create_publisher(kind, source.topic, one)))
        self._images = {n: self.create_publisher(Image, c.topic, one) for n, c in observation.cameras.items()}
        ten, quiet = topics.reliable(10), topics.unwatched_out()
        self._events = self.create_publisher(msg.TaskEvent, topics.TASK_EVENT, ten, **quiet)
        self._statuses = self.create_publisher(msg.EpisodeStatus, topics.EPISODE_STATUS, ten, **quiet)

    def _on_start(self, message: msg.StartEpisode) -> None:
        """Reset and answer READY. A repeated request is answered again, without a reset, until the first step."""
        if not self.for_this_robot(message):
            return
        request = request_of(message)
        if request == self._request:
            if self._last is not None:
                self._ready(self._last)
            return
        self._request, self._expected = request, (0, 0)
        try:
            self._last = self._robot.start(request)
            self._recorder.begin(request)
        except (EnvironmentFailed, InvalidRequest) as error:
            self._fail(error)
            return
        self._ready(self._last)

    def _on_action(self, message: msg.Action) -> None:
        if self._request is None or not self.for_this_robot(message) or message.episode != self._request.episode:
            return
        if (message.decision, message.index) != self._expected:
            return  # a step that was sent twice, or was on its way when the episode ended
        values = self._robot.checked(action_of(message).values)
        due = message.decision_due
        self._expected = (message.decision + 1, 0) if due else (message.decision, message.index + 1)
        self._last = None
        self.diagnostics.update()
        try:
            tick = self._robot.apply(values, due)
            self._recorder.step()
            self._publish_tick(tick)
            if tick.ended and tick.frame is not None:
                self._expected = None
                self._status(msg.EpisodeStatus.ENDED, tick.stamp_ns)
                self._recorder.end(tick.frame.event.success)
        except (EnvironmentFailed, InvalidRequest) as error:
            self._fail(error)

    def _ready(self, tick: Tick) -> None:
        self._status(msg.EpisodeStatus.READY, tick.stamp_ns)
        self._publish_tick(tick)

    def _publish_tick(self, tick: Tick) -> None:
        """Publish what is due at this tick; joint states come last, as they pace the executor."""
        joints = self._serialised.at(tick.state, tick.stamp_ns)
        if tick.frame is not None and self._request is not None:
            for kind, publisher in self._measured:
                publisher.publish(joints if kind == "joint_states" else self._pose(tick))
            self._publish_images(tick.frame.images, tick.stamp_ns)
            self._events.publish(task_event_message(tick.frame.event, self.episode_id(self._request.episode)))
        elif tick.between:
            self._publish_images(tick.between, tick.stamp_ns)
        self._joints.publish(joints)

    def _pose(self, tick: Tick) -> PoseStamped:
        places = [self._environment.spec.state_names.index(name) for name in POSE_NAMES]
        return pose_message(tick.state[places], tick.stamp_ns)

    def _publish_images(self, images: Mapping[str, U8], stamp_ns: int) -> None:
        for name, publisher in self._images.items():
            publisher.publish(image_message(images[name], stamp_ns, name))

    def _status(self, state: int, stamp_ns: int, reason: str = "") -> None:
        if self._request is None:
            return
        message = msg.EpisodeStatus(header=header(stamp_ns), state=state, reason=reason)
        message.run_id, message.robot, message.episode = self.config.run_id, self.robot, self._request.episode
        self._statuses.publish(message)

    def _fail(self, error: DsrlError) -> None:
        """Report FAILED, so that steering drops the episode; a dead simulator is started again, see `MAX_RESTARTS`."""
        self._expected = None
        if isinstance(error, EnvironmentFailed):
            self.get_logger().error(str(error))  # each of them, however soon after another: they are few
            self._restart(error)
        else:
            self.complain("simulator", str(error), error=True)
        self._status(msg.EpisodeStatus.FAILED, 0, str(error))

    def _restart(self, error: EnvironmentFailed) -> None:
        """Start the simulator again. Raises EnvironmentFailed after too many failures, those at a start included."""
        self._count(error)
        self._started(self._environment.restart)

    def _started(self, start: Callable[[], T]) -> T:
        """What `start` returns, which is tried again where the simulator dies meanwhile, see `MAX_RESTARTS`."""
        while True:
            try:
                return start()
            except EnvironmentFailed as error:
                self.get_logger().error(str(error))
                self._count(error)

    def _count(self, error: EnvironmentFailed) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise EnvironmentFailed(f"the simulator failed {self._restarts} times; the last: {error}") from error

    def on_shutdown(self) -> None:
        self._environment.close()


def main() -> None:
    run(SimBridgeNode)
