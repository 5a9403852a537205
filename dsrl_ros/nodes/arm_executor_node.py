"""The only publisher to an arm: chunks and a person's word become commands, by session and guard rails. No jax."""

from functools import partial
from time import monotonic, sleep, time_ns
from typing import Any

import numpy as np
from geometry_msgs.msg import WrenchStamped
from rclpy.event_handler import QoSLivelinessChangedInfo, SubscriptionEventCallbacks
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, UInt8
from std_srvs.srv import Trigger

from dsrl_core.acting.arm.arm_executor import ArmExecutor
from dsrl_core.acting.arm.contract import session_settings
from dsrl_core.acting.arm.news import Happened, News, Recover
from dsrl_core.acting.execution.followed_episode import FollowedEpisode
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails.chunk_soundness import unknown_names
from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.acting.execution.step import Step
from dsrl_core.errors import ChunkRefused, InvalidRequest
from dsrl_core.plugins import COMMAND_ENCODERS, load_plugin
from dsrl_ros import msg
from dsrl_ros.interface import conversion, topics
from dsrl_ros.interface.reports import executor_report
from dsrl_ros.interface.robot_end import command_publishers, other_senders, quality_of
from dsrl_ros.nodes.graph_node import GraphNode, run

WATCH_S = 0.02
STATUS_S = 0.1
SENDERS_S = 0.5  # between two looks for other nodes that command the arm
REST_S = 0.9  # at most, in which the arm comes to rest before this process ends
LAG_S = 0.25  # by which an arm may be behind its setpoint, and swing after it
REPEATED = (Kind.HELD, Kind.RELEASED)  # events that need not do anything


class ArmExecutorNode(GraphNode):
    """Brings `ArmExecutor` what topics say, and sends what it gives."""

    def __init__(self) -> None:
        super().__init__("executor", parameter_services=False)
        platform = self.config.platform
        encoders = load_plugin(COMMAND_ENCODERS, platform.action.encoder, "action.encoder")
        self._encoder = encoders.make(platform.action)
        self._core = ArmExecutor(platform, self._encoder, session_settings(platform))
        self._followed, self._silence_ms, self._alive_s = FollowedEpisode(), 0.0, monotonic()
        self._reported: tuple[Any, ...] | None = None  # what the last status said
        self._state = self._core.session.state  # when it was published
        self._publish_to()
        self.diagnostics.add("state", lambda: executor_report(self._status_message()))
        self._subscribe(platform.action.lease_ms / 1e3, platform.action.feedback)
        self.create_timer(WATCH_S, self._watch)
        self.create_timer(STATUS_S, self._publish_status)
        if not platform.action.dry_run:  # somebody else may move the arm then
            self.create_timer(SENDERS_S, self._look_for_senders)

    def _publish_to(self) -> None:
        ten, quiet = topics.reliable(10), topics.unwatched_out()
        self._commands = command_publishers(self)
        self._events = self.create_publisher(msg.TaskEvent, topics.TASK_EVENT, ten, **quiet)
        self._news = self.create_publisher(msg.EpisodeStatus, topics.EPISODE_STATUS, ten, **quiet)
        self._status = self.create_publisher(msg.ExecutorStatus, topics.EXECUTOR_STATUS, topics.latched(), **quiet)
        self._recovery: Any = self.create_client(Trigger, ports.RECOVERY.name)

    def _subscribe(self, lease_s: float, feedback: str) -> None:
        events = SubscriptionEventCallbacks(liveliness=self._on_liveliness, use_default_callbacks=False)
        alive, topic = topics.alive(topics.reliable(), lease_s), topics.steering_alive(self.config.run_id, self.robot)
        self.listen(Empty, topic, lambda message: None, alive, event_callbacks=events)
        self.listen(JointState, feedback, self._on_joints, topics.best_effort(2))  # old ones are of no use
        self.listen(JointState, ports.FINGERS.name, self._on_fingers, quality_of(ports.FINGERS))
        self.listen(WrenchStamped, ports.WRENCH.name, self._on_wrench, quality_of(ports.WRENCH))
        self.listen(UInt8, ports.MODE.name, partial(self._on_robot, "mode"), quality_of(ports.MODE))
        self.listen(Bool, ports.ACTIVE.name, partial(self._on_robot, "active"), quality_of(ports.ACTIVE))
        ten, quiet = topics.reliable(10), topics.unwatched()
        self.listen(msg.ActionChunk, topics.ACTION_CHUNK, self._on_chunk, topics.reliable(), **quiet)
        self.listen(msg.StartEpisode, topics.START_EPISODE, self._on_start, ten, **quiet)
        if self.config.platform.robot_end.kind == "simulation":
            self.listen(msg.EpisodeStatus, topics.SCENE, self._on_scene, topics.latched())
        self.listen(msg.OperatorEvent, topics.OPERATOR_EVENT, self._on_operator, ten)
        self.listen(msg.OperatorCommand, topics.OPERATOR_COMMAND, self._on_person, topics.best_effort())

    def _on_start(self, message: msg.StartEpisode) -> None:
        if not self.for_this_robot(message):
            return
        request = conversion.request_of(message)
        if self._followed.enter(request.episode) or request.episode == self._followed.number:
            self._core.start(request.episode, request.max_steps, monotonic())
            self._send()

    def _on_scene(self, message: msg.EpisodeStatus) -> None:
        """Hear from a simulator that a scene stands."""
        if self.for_this_robot(message) and conversion.status_of(message) == msg.EpisodeStatus.READY:
            self._core.scene(message.episode, conversion.stamp_ns(message.header.stamp), monotonic())
            self._send()

    def _on_chunk(self, message: msg.ActionChunk) -> None:
        if not self.for_this_robot(message) or message.episode != self._followed.number:
            return
        try:
            self._core.chunk(conversion.chunk_of(message), message.decision, monotonic())
        except ChunkRefused as error:
            raise InvalidRequest(str(error)) from error
        finally:
            self._send()

    def _on_joints(self, message: JointState) -> None:
        """Take the arm's joint states; those of another driver on the topic are passed over."""
        positions, names = conversion.joint_state_of(message), self._encoder.arm.joints
        missing = unknown_names(names, positions)
        if missing and any(name in positions for name in names):
            raise InvalidRequest(f"JointState: action.names {missing}")
        if missing:
            return
        measured = np.array([conversion.finite(positions[name], f"JointState.position of {name}") for name in names])
        out = self._encoder.arm.out_of_range(measured)
        if out:
            raise InvalidRequest(f"JointState: {out}; is the unit rad, and is it this arm?")
        stamp = conversion.stamp_ns(message.header.stamp)
        self._core.joints(stamp, measured, 1e-9 * (time_ns() - stamp), monotonic())
        self._send()

    def _on_fingers(self, message: JointState) -> None:
        positions, arm = conversion.joint_state_of(message), self._encoder.arm
        if arm.gripper_joint in positions:
            half = float(conversion.finite(positions[arm.gripper_joint], f"position of {arm.gripper_joint}"))
            out = arm.gripper_out_of_range(2 * half)
            if out:
                raise InvalidRequest(f"JointState: {out}; is the unit m, and is it half the opening?")
            self._core.gripper(2 * half / arm.gripper_width)

    def _on_wrench(self, message: WrenchStamped) -> None:
        force = message.wrench.force
        values = conversion.finite_doubles([force.x, force.y, force.z], "WrenchStamped.wrench.force")
        self._core.force(values, monotonic())
        self._send()

    def _on_robot(self, about: str, message: UInt8 | Bool) -> None:
        self._core.robot(monotonic(), **{about: message.data})
        self._send()

    def _on_operator(self, message: msg.OperatorEvent) -> None:
        if not self.for_this_robot(message):
            return
        event = conversion.event_of(message)
        if not self._core.operator(event, monotonic()) and event.kind not in REPEATED:
            self.complain(f"operator {event.kind.name}", f"{event.kind.name} ({event.source}) does nothing now")
        self._send()

    def _on_person(self, message: msg.OperatorCommand) -> None:
        if self.for_this_robot(message):
            self._core.person(conversion.takeover_of(message), monotonic())

    def _on_liveliness(self, event: QoSLivelinessChangedInfo) -> None:
        alive = event.alive_count > 0
        self._silence_ms = 0.0 if alive else 1e3 * (monotonic() - self._alive_s)
        self._alive_s = monotonic()
        self._core.steering(alive, monotonic())
        self._send()

    def _watch(self) -> None:
        self._core.watch(monotonic())
        if notice := self._core.notice(monotonic()):
            self.complain("waiting", notice, lasting=True)
        else:
            self.end_of_complaint("waiting", "a chunk has come")
        self._send()

    def _look_for_senders(self) -> None:
        self._core.robot(monotonic(), senders=other_senders(self, self._commands))
        self._send()

    def _send(self) -> None:
        """Send what is due: commands first, as they have a time."""
        outputs = self._core.outputs()
        for output in [] if self.config.platform.action.dry_run else outputs:
            if not isinstance(output, News | Happened | Recover | Step):
                self._commands[type(output)].publish(conversion.command_message(output))
        for output in outputs:
            if isinstance(output, Happened):
                self._events.publish(conversion.task_event_message(output.event, self.episode_id(output.episode)))
            elif isinstance(output, News):
                self._publish_news(output)
            elif isinstance(output, Recover):
                self._recovery.call_async(Trigger.Request())
        if outputs or self._core.session.state is not self._state:  # also a state that is left at once
            self._state = self._core.session.state
            self._publish_status()

    def _publish_news(self, news: News) -> None:
        message = conversion.with_id(msg.EpisodeStatus(), self.episode_id(news.episode), news.stamp_ns)
        message.state, message.reason, message.waits_for = news.stage.value, news.reason, news.waits_for
        self._news.publish(message)

    def _publish_status(self) -> None:
        """Publish the status if what it says has changed, numbers in words apart."""
        self.diagnostics.update()
        status = self._core.status()
        said = (status.state, status.episode, status.waits_for, status.takeover)
        if said == self._reported:
            return
        self._reported = said
        self._status.publish(self._status_message())

    def _status_message(self) -> msg.ExecutorStatus:
        status = self._core.status()
        message = conversion.with_id(msg.ExecutorStatus(), self.episode_id(status.episode), status.stamp_ns)
        message.state, message.reason, message.waits_for = status.state, status.reason, status.waits_for
        message.actions, message.chunks, message.refused = status.actions, status.chunks, status.refused
        message.holds, message.faults, message.clipped = status.holds, status.faults, status.clipped
        message.reflexes, message.person_s, message.silence_ms = status.reflexes, status.person_s, self._silence_ms
        message.person_actions, message.takeovers = status.person_actions, status.takeovers
        message.takeover = status.takeover
        return message

    def on_shutdown(self) -> None:
        """Rest first, then exit."""
        self._core.give_up(monotonic())
        self._send()
        until = monotonic() + REST_S
        while monotonic() < until and not self._core.at_rest(monotonic()):
            sleep(0.01)
            self._core.repeat(monotonic())
            self._send()
        sleep(LAG_S)


def main() -> None:
    run(ArmExecutorNode)
