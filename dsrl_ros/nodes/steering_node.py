"""Steering: plays the episodes. Chooses the noise of each decision, sends chunks; settled episodes to the learner."""

from functools import partial
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.event_handler import QoSLivelinessChangedInfo, SubscriptionEventCallbacks
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Empty

from dsrl_core.acting.assembler import Assembler, Complete
from dsrl_core.acting.decision_numbers import numbers_of
from dsrl_core.acting.details_recorder import DetailsRecorder
from dsrl_core.acting.noise_actor import NoiseActor
from dsrl_core.acting.observation import select_state
from dsrl_core.acting.patience import RESEND_S, Patience
from dsrl_core.acting.steering import Choice, Steering
from dsrl_core.errors import CheckpointError, ChunkRefused, InvalidRequest, PolicyError
from dsrl_core.policy.base import make_policy
from dsrl_core.schedule.conductor import Conductor
from dsrl_core.schedule.schedule import Planned
from dsrl_core.types import ActorParams, Episode, EpisodeRequest
from dsrl_ros import msg
from dsrl_ros.interface import conversion, topics
from dsrl_ros.interface.decision import decision_message
from dsrl_ros.interface.diagnostics import Report
from dsrl_ros.interface.learner_status import robot_progress
from dsrl_ros.interface.notices import notices_of
from dsrl_ros.interface.reports import DecisionReport, policy_report
from dsrl_ros.interface.steering_status import directives_of, steering_message
from dsrl_ros.nodes.graph_node import GraphNode, run
from dsrl_ros.nodes.settled_episodes import SettledEpisodes

WATCH_S = 0.1


class SteeringNode(GraphNode):
    """Connects `Conductor`, `Assembler`, `Patience` and `Steering`, which decide everything, to topics."""

    def __init__(self) -> None:
        super().__init__("steering")
        self._conductor = Conductor(self.config, self.robot)
        self._assembler = Assembler(self.config.platform)
        self._patience = Patience(self.config.platform, self._assembler)
        self._recorder = DetailsRecorder(self.config.record)
        policy = make_policy(self.config.platform)
        self._steering = Steering(self.config, NoiseActor(self.config), policy, self._recorder)
        self._steering.warm_up()
        self._params: tuple[ActorParams, Any] | None = None  # the newest, and the networks' parameters in them
        self._learner_alive = True
        self._playing: tuple[Planned, EpisodeRequest] | None = None
        self._chunk: msg.ActionChunk | None = None
        self._told = msg.SteeringStatus()  # the last status that was published
        self._resent_s = monotonic()  # when unacknowledged episodes were sent again
        self.watch_for_second_graph()  # before it is heard: nodes were found while the policy was made
        self._publish_to()
        self._subscribe()
        self.create_timer(WATCH_S, self._watch)

    def _publish_to(self) -> None:
        lease_s, run_id = self.config.platform.action.lease_ms / 1e3, self.config.run_id
        alive = topics.asserting(topics.reliable(), lease_s)
        self.create_publisher(Empty, topics.steering_alive(run_id, self.robot), alive)
        self._chunks = self.create_publisher(msg.ActionChunk, topics.ACTION_CHUNK, topics.reliable())
        self._starts = self.create_publisher(msg.StartEpisode, topics.START_EPISODE, topics.reliable(10))
        self._decisions = self.create_publisher(msg.Decision, topics.DECISION, topics.reliable(10))
        self._times = DecisionReport()
        self.diagnostics.add("decision", self._times)
        self.diagnostics.add("chunks", self._policy_report, part="policy")
        details = topics.run_topic(run_id, "episode_details")
        self._settled = SettledEpisodes(
            self.create_publisher(msg.EpisodeDetails, details, topics.every()),
            self.create_publisher(msg.Episode, topics.run_topic(run_id, "episode"), topics.every()),
        )
        self._status = self.create_publisher(msg.SteeringStatus, topics.STEERING_STATUS, topics.latched())

    def _subscribe(self) -> None:
        one, ten, run_id = topics.reliable(), topics.reliable(10), self.config.run_id
        for name in self.config.platform.observation.cameras:
            self.listen(Image, topics.observation_image(name), partial(self._on_image, name), one)
        self.listen(JointState, topics.OBSERVATION_STATE, self._on_state, one)
        self.listen(msg.RewardSignal, topics.REWARD, self._on_reward, ten)
        self.listen(msg.EpisodeStatus, topics.EPISODE_STATUS, self._on_status, ten)
        self.listen(DiagnosticArray, topics.DIAGNOSTICS, self._on_notice, topics.reliable(100))
        params, status = topics.run_topic(run_id, "actor_params"), topics.run_topic(run_id, "learner_status")
        self.listen(msg.ActorParams, params, self._on_params, topics.latched())
        events = SubscriptionEventCallbacks(liveliness=self._on_liveliness)
        lease = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
        self.listen(msg.LearnerStatus, status, self._on_learner, lease, event_callbacks=events)

    def _on_image(self, name: str, message: Image) -> None:
        self._assembler.image(name, conversion.stamp_ns(message.header.stamp), conversion.image_of(message))
        self._advance()

    def _on_state(self, message: JointState) -> None:
        state = select_state(conversion.joint_state_of(message), self.config.platform.state_names)
        self._assembler.state(conversion.stamp_ns(message.header.stamp), state)
        self._advance()

    def _on_reward(self, message: msg.RewardSignal) -> None:
        if self.for_this_robot(message) and self._playing and message.episode == self._playing[1].episode:
            self._assembler.reward(conversion.reward_of(message))
            self._advance()

    def _on_status(self, message: msg.EpisodeStatus) -> None:
        if not self.for_this_robot(message) or not self._playing or message.episode != self._playing[1].episode:
            return
        state = conversion.status_of(message)
        self._patience.waits_for = message.waits_for if state == msg.EpisodeStatus.WAITING else ""
        if state == msg.EpisodeStatus.FAILED:
            self._drop(message.reason)
        elif state == msg.EpisodeStatus.WAITING and conversion.stamp_ns(message.header.stamp):
            self._assembler.freeze(conversion.stamp_ns(message.header.stamp))  # it has ended, its label is to come
        elif state == msg.EpisodeStatus.READY and not self._patience.ready:
            self._assembler.begin(conversion.stamp_ns(message.header.stamp))
            self._patience.begun(monotonic())
            self._advance()

    def _on_notice(self, message: DiagnosticArray) -> None:
        """Hear what the nodes that feed this one complain about: it may be why a stream is silent."""
        for notice in notices_of(message, self.config.run_id):
            if notice.robot == self.robot and notice.node != self.get_name():
                text = f"{notice.node}: {notice.text}" if notice.text else ""
                self._patience.stall.heard(f"{notice.node}: {notice.about}", text, monotonic())

    def _on_params(self, message: msg.ActorParams) -> None:
        if not self.of_this_run(message):
            return
        params = conversion.params_of(message)
        try:
            self._params = params, self._steering.actor.read(params)
        except CheckpointError as error:
            raise InvalidRequest(str(error)) from error
        self._next()

    def _on_learner(self, message: msg.LearnerStatus) -> None:
        if not self.of_this_run(message):
            return
        self._conductor.update({robot: robot_progress(message, robot) for robot in self.config.robots})
        self._conductor.directives = directives_of(message)
        self._steering.be_patient(message.paused)
        self._next()

    def _on_liveliness(self, event: QoSLivelinessChangedInfo) -> None:
        """Say that the learner is silent. What needs its parameters waits for it; nothing is played with older ones."""
        alive = event.alive_count > 0
        changed, self._learner_alive = alive != self._learner_alive, alive
        if changed and not self._conductor.done:
            text = "the learner is back" if alive else "the learner is silent; episodes that need its parameters wait"
            self.complain(text, text)
        self._next()

    def _next(self) -> None:
        """Start the next episode if it may begin, and tell what is played or waited for."""
        self._start_next()
        status = steering_message(self._conductor, self.episode_id(0), self._playing is not None)
        if status != self._told:
            self._told = status
            self._status.publish(status)

    def _start_next(self) -> None:
        """Start the next episode, if none is being played and its parameters and the policy are there."""
        if self._playing is not None or not (self._conductor.done or self._steering.ready):
            return
        params, trees = self._params or (None, None)
        self._playing = self._conductor.next(*(params.version, params.after_episode) if params else (0, {}))
        if self._playing is None:
            return
        if params is not None and params.version != self._steering.actor.version:
            self._steering.actor.use(params.version, trees)
        planned, asked = self._playing
        self._steering.begin(asked, planned, self._conductor.drops)
        self._chunk = None
        self._patience.begin(monotonic())
        self._assembler.end()
        self._request_start()

    def _request_start(self) -> None:
        """Send the request to the robot end, for the first time or again."""
        if self._playing is not None:
            self._patience.sent(monotonic())
            self._starts.publish(conversion.request_message(self._playing[1]))

    def _advance(self) -> None:
        """Make the next decision, if all streams of its observation are there."""
        complete = self._assembler.take() if self._patience.ready and self._playing else None
        if complete is None:
            return
        for about, text in self._assembler.told().items():
            self.complain(about, text)
        self._end_stall()
        self._patience.observed(monotonic())
        try:
            outcome = self._steering.advance(complete.observation, complete.signal)
        except (ChunkRefused, InvalidRequest, PolicyError) as error:
            self._drop(str(error))
            return
        if isinstance(outcome, Episode):
            self._settle(outcome)
        else:
            self._send(outcome, complete)

    def _send(self, choice: Choice, complete: Complete) -> None:
        if self._playing is None:
            return
        planned, asked = self._playing
        self._chunk = conversion.chunk_message(choice.chunk, self.episode_id(asked.episode), choice.decision)
        self._chunks.publish(self._chunk)
        observe_s = complete.last_s - complete.first_s
        numbers = numbers_of(choice, planned.group, complete.signal.reward, observe_s)
        self._recorder.decided(numbers)
        decision = decision_message(numbers, self.episode_id(asked.episode))
        self._decisions.publish(decision)
        self._times.add(decision)

    def _settle(self, episode: Episode) -> None:
        self._playing, self._resent_s = None, monotonic()
        self._conductor.settled(episode)
        self._settled.send(episode, self._recorder.settle(episode), self._conductor.unacknowledged)
        self._next()

    def _drop(self, reason: str) -> None:
        if self._playing is None:
            return
        (planned, asked), self._playing = self._playing, None
        self.get_logger().error(f"episode {asked.episode} ({planned.group} {planned.index}) is dropped: {reason}")
        self._steering.drop()
        self._end_stall()
        self._conductor.dropped(planned, reason)
        self._next()

    def _watch(self) -> None:
        """Send again what may have been lost, and drop an episode that makes no progress."""
        now = monotonic()
        # Not to a learner that is away: each would be kept for it, as long as the network is cut
        if self._learner_alive and self._conductor.unacknowledged and now - self._resent_s > RESEND_S:
            self._resent_s = now
            self._settled.send_again(self._conductor.unacknowledged)
        if self._playing is None:
            self._next()
            return
        if self._patience.resends(now):
            self._request_start()
            if self._chunk is not None:
                self._chunks.publish(self._chunk)
        if not self._patience.ready and self._starts.get_subscription_count() == 0:
            self._patience.begin(now)  # the robot's host has not started yet, or is away: that is no fault of its end
        look = self._patience.look(now)
        for about, text in look.complaints.items():
            self.complain(about, text, lasting=True)
        if look.drop:
            self._drop(look.drop)

    def _policy_report(self) -> Report:
        return policy_report(self.config.platform, lambda: self._steering.ready, self._times.policy_ms)

    def _end_stall(self) -> None:
        """Tell that decisions go on, or the next episode, if it was told that one is late."""
        self.end_of_complaint("decision", "the wait for a decision is over", after_s=0.0)


def main() -> None:
    run(SteeringNode)
