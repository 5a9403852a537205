"""The learner: records settled episodes, trains on them, and publishes versions of the actor."""

import os
from functools import partial
from time import monotonic

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.duration import Duration

from dsrl_core.errors import RecordError
from dsrl_core.record.bag_types import EPISODE
from dsrl_core.record.names import out_of_reach
from dsrl_core.run.folder import RunFolder
from dsrl_core.storage.disk import disk_fault, why
from dsrl_core.training.awaiting import Awaiting
from dsrl_core.training.replayed import bag_played
from dsrl_core.training.run_control import Playing, RunControl
from dsrl_core.training.session import Session
from dsrl_core.types import Episode
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.arm_counts import arm_counts_of
from dsrl_ros.interface.conversion import episode_of, params_message
from dsrl_ros.interface.details import details_of
from dsrl_ros.interface.exit_codes import STOPPED
from dsrl_ros.interface.learner_message import learner_message
from dsrl_ros.interface.reports import disk_report, learner_report
from dsrl_ros.nodes.graph_node import GraphNode, run
from dsrl_ros.nodes.heard_beside import HeardBeside
from dsrl_ros.nodes.run_services import offer_run_services

SLICE_S = 0.02  # how long gradient steps are computed before messages are taken again
STATUS_S = 0.5
PLAYERS_S = 1.0  # between two looks for players of other runs
GIVES_WAY = 10  # of nice: training may wait, an arm and its cameras on the same machine may not


class LearnerNode(GraphNode):
    """Trains between messages; the run's folder is the one that holds the file of the `config` parameter."""

    def __init__(self) -> None:
        super().__init__("learner")
        run_id = self.config.run_id
        self._params = self.create_publisher(
            msg.ActorParams, topics.run_topic(run_id, "actor_params"), topics.latched()
        )
        status = topics.asserting(topics.latched(), topics.LEARNER_LEASE_S)
        self._status = self.create_publisher(msg.LearnerStatus, topics.run_topic(run_id, "learner_status"), status)
        if self.config.platform.on_an_arm:
            os.nice(GIVES_WAY)  # before jax makes its threads, which take it over
        self._folder = RunFolder(self.config_path.parent)
        self._session = Session(self.config, self._folder)
        self._trainer = self._session.trainer
        self._control = RunControl(self._trainer)
        self._published: tuple[int | None, int, int] | None = None  # wanted version, training episodes, gradient steps
        self._status_s = 0.0  # when the last status was published
        self._finished = False
        self._awaiting = Awaiting(self.config, self._trainer.progress, bag_played(self._folder))
        self.get_logger().info(f"awaits {self._awaiting.words or 'no episode'}")
        if self._awaiting.bag is not None:
            self.create_timer(PLAYERS_S, self._look_for_players)
        self._missing = False  # whether it was said that an episode came without its details
        doc = ParameterDescriptor(
            description="how long other hosts may take to hear that it is done, s", read_only=True
        )
        self._linger_s = float(self.declare_parameter("linger_s", 0.0, doc).value or 0.0)
        self._heard = HeardBeside(self.config.record)
        self._listen_beside()  # before the episodes, so that what comes with one is there first
        self.listen(msg.Episode, topics.run_topic(run_id, "episode"), self._on_episode, topics.every())
        offer_run_services(self, self._control, run_id, self._publish_status)
        self.diagnostics.add("training", lambda: learner_report(self._status_message()))
        self.diagnostics.add("free space", lambda: disk_report(self.config_path.parent), part="disk")
        self._publish_status()

    def _listen_beside(self) -> None:
        """Listen to what each steering plays, to what is recorded beside the episodes, and to what executors count."""
        details = topics.run_topic(self.config.run_id, "episode_details")
        self.listen(msg.EpisodeDetails, details, self._on_details, topics.every())
        self.listen(DiagnosticArray, topics.DIAGNOSTICS, self._heard.diagnose, topics.reliable(100))
        for robot in self.config.robots:
            plays, on_steering = topics.of_robot(robot, topics.STEERING_STATUS), partial(self._on_steering, robot)
            self.listen(msg.SteeringStatus, plays, on_steering, topics.latched())
            topic, callback = topics.of_robot(robot, topics.EXECUTOR_STATUS), partial(self._on_executor, robot)
            self.listen(msg.ExecutorStatus, topic, callback, topics.latched(100))
        if self.config.platform.on_an_arm:
            self._listen_to_operators()

    def _listen_to_operators(self) -> None:
        for robot in self.config.robots:
            topic, callback = topics.of_robot(robot, topics.OPERATOR_EVENT), partial(self._on_operator, robot)
            self.listen(msg.OperatorEvent, topic, callback, topics.reliable(100))

    def work(self) -> bool:
        """Train for `SLICE_S`; then publish parameters and status, or end the run, if that is due."""
        self._trainer.warm_up()  # compiles while the base policy is evaluated: the status lets steering begin
        until = monotonic() + SLICE_S
        busy = self._trainer.work()
        while busy and monotonic() < until and not self._trainer.publishable:
            busy = self._trainer.work()
        if self._trainer.publishable:
            self._publish_params()
            self._finish_if_complete()
        if busy:
            self._control.worked()
        elif self._control.ended and not self.complete:
            self._stop()
        if monotonic() - self._status_s > STATUS_S:
            self._publish_status()
            self.diagnostics.update()
        return busy

    def on_shutdown(self) -> None:
        if not self._finished:
            self._control.skip_pause()
            self._session.stop()

    def _on_episode(self, message: msg.Episode) -> None:
        if not self._of_this_run(message):
            return
        episode = episode_of(message)
        refusal = self._awaiting.refusal(episode)
        if refusal is not None:
            self._refuse(refusal)
            return
        try:
            recorded = self._trainer.receive(episode, self._heard.beside(episode))
        except RecordError as error:
            if not self._waits_for_room(error, episode):
                raise
            self.complain("disk", self._no_room(error, episode), lasting=True)
            return
        self.end_of_complaint("disk", "the episode is recorded", after_s=0.0)
        if recorded:
            self._control.worked()
            self._tell_missing(episode)
            self._heard.recorded(episode)
            self._publish_status()

    def _of_this_run(self, message: msg.Episode) -> bool:
        if self._awaiting.bag is None or message.run_id == self.config.run_id:
            return self.of_this_run(message)
        self._refuse(self._awaiting.foreign(message.run_id))
        return False

    def _look_for_players(self) -> None:
        """Notice players of other runs: their episodes come on topics of their own, which nobody here listens to."""
        for topic, kinds in self.get_topic_names_and_types():
            run_id = topic.removesuffix("/episode").removeprefix("/")
            if EPISODE in kinds and run_id != self.config.run_id and self.count_publishers(topic):
                self._refuse(self._awaiting.foreign(run_id))

    def _refuse(self, line: str) -> None:
        """Tell why an episode is not taken, unless it was told, or goes without saying: then the line is empty."""
        if line:
            self.get_logger().warning(line)
            if self._awaiting.bag is not None:
                self.notify("episode", line)

    def _waits_for_room(self, error: RecordError, episode: Episode) -> bool:
        """Whether to wait for room on the disk: a person's episode cannot be played again, but steering resends it."""
        by_a_person = self.config.platform.episode.reset == "operator"
        return by_a_person and disk_fault(error) is not None and self._trainer.progress.follows(episode)

    def _no_room(self, error: RecordError, episode: Episode) -> str:
        folder = self.config_path.parent
        return (
            f"episode {episode.episode} of {episode.robot} could not be recorded ({why(error, folder)}): make room in "
            f"{folder}, and let the run go on: steering keeps the episode, and sends it again every second"
        )

    def _tell_missing(self, episode: Episode) -> None:
        """Say once that steering's pictures and decisions did not come before their episode: nothing waits for them."""
        if not (self._heard.told(episode) or self._missing or self._awaiting.bag):
            self._missing = True
            self.get_logger().info(
                f"episode {episode.episode} of {episode.robot} came without pictures and decisions for people; it is "
                "recorded without, and so are others of which they come late. Training is the same"
            )

    def _on_details(self, message: msg.EpisodeDetails) -> None:
        if self.of_this_run(message):
            self._heard.details(details_of(message))

    def _on_executor(self, robot: str, message: msg.ExecutorStatus) -> None:
        if self.is_of(message, run_id=self.config.run_id, robot=robot):
            if self.config.platform.on_an_arm:
                self._trainer.arms.hear(robot, arm_counts_of(message))
            self._heard.hear(topics.EXECUTOR_STATUS, message)

    def _on_operator(self, robot: str, message: msg.OperatorEvent) -> None:
        if self.is_of(message, run_id=self.config.run_id, robot=robot):
            self._heard.hear(out_of_reach(topics.OPERATOR_EVENT), message)

    def _on_steering(self, robot: str, message: msg.SteeringStatus) -> None:
        if self.is_of(message, run_id=self.config.run_id, robot=robot):
            playing = Playing(message.playing, message.episode, message.unrecorded, message.directives)
            self._control.heard(robot, playing)

    def _publish_params(self) -> None:
        """Publish the parameters for the next episodes, unless they were published already."""
        wanted = self._trainer.wanted_version()
        steps, trained = self._trainer.learner.gradient_steps, self._trainer.learner.budget.episodes
        if steps and (wanted, trained, steps) != self._published:
            self._published = (wanted, trained, steps)
            self._params.publish(params_message(self._trainer.actor_params(wanted)))

    def _finish_if_complete(self) -> None:
        if self._trainer.complete:
            self._publish_status("finishing")
            self._finished = True
            self._session.finish()
            self._publish_status("done")
            if self._linger_s:
                self._status.wait_for_all_acked(Duration(seconds=self._linger_s))
            self.complete = True

    def _stop(self) -> None:
        """End the run as a service has asked: every robot is at rest, and what they have played is trained on."""
        self._session.stop("stop_after_episode")
        self._publish_status("stopped")
        self.complete, self.exit_code = True, STOPPED

    def _publish_status(self, state: str = "") -> None:
        self._status_s = monotonic()
        self._status.publish(self._status_message(state))

    def _status_message(self, state: str = "") -> msg.LearnerStatus:
        now = state or ("training" if self._trainer.busy else "waiting")
        return learner_message(self._trainer, self.config.run_id, now, self._control.directives, self._awaiting.words)


def main() -> None:
    run(LearnerNode)
