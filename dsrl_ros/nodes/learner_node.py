"""The learner: settled episodes in, recorded and trained on; versions of the actor out."""

from time import monotonic

from dsrl_core.run.folder import RunFolder
from dsrl_core.training.session import Session
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import episode_of, params_message
from dsrl_ros.interface.learner_message import learner_message
from dsrl_ros.nodes.graph_node import GraphNode, run

SLICE_S = 0.02  # of gradient steps between two looks at the messages
STATUS_S = 0.5


class LearnerNode(GraphNode):
    """Trains between messages; the run folder is that of the `config` parameter."""

    def __init__(self) -> None:
        super().__init__("learner")
        run_id = self.config.run_id
        self._params = self.create_publisher(
            msg.ActorParams, topics.run_topic(run_id, "actor_params"), topics.latched()
        )
        status = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
        self._status = self.create_publisher(msg.LearnerStatus, topics.run_topic(run_id, "learner_status"), status)
        self._session = Session(self.config, RunFolder(self.config_path.parent))
        self._trainer = self._session.trainer
        self._published: tuple[int | None, int] | None = None  # version wanted, episodes trained on
        self._told_s = 0.0
        self._finished = False
        callback = self.tolerant("episode", self._on_episode)
        self.create_subscription(msg.Episode, topics.run_topic(run_id, "episode"), callback, topics.every())
        self._tell()

    def work(self) -> bool:
        """Gradient steps for a moment; then whatever they make due."""
        self._trainer.warm_up()  # steering has been told to begin: the base is evaluated meanwhile
        until = monotonic() + SLICE_S
        busy = self._trainer.work()
        while busy and monotonic() < until and not self._trainer.presentable:
            busy = self._trainer.work()
        if self._trainer.presentable:
            self._offer()
            self._finish_if_complete()
        if monotonic() - self._told_s > STATUS_S:
            self._tell()
        return busy

    def wind_up(self) -> None:
        if not self._finished:
            self._session.stop()

    def _on_episode(self, message: msg.Episode) -> None:
        if message.run_id == self.config.run_id and self._trainer.receive(episode_of(message)):
            self._tell()

    def _offer(self) -> None:
        """Publish the parameters that the next episode is to be played with, if they are not out yet."""
        wanted = self._trainer.wanted_version()
        trained = self._trainer.learner.budget.episodes
        if self._trainer.learner.gradient_steps and (wanted, trained) != self._published:
            self._published = (wanted, trained)
            self._params.publish(params_message(self._trainer.actor_params(wanted)))

    def _finish_if_complete(self) -> None:
        if self._trainer.complete:
            self._tell("finishing")
            self._finished = True
            self._session.finish()
            self._tell("done")
            self.complete = True

    def _tell(self, state: str = "") -> None:
        self._told_s = monotonic()
        now = state or ("training" if self._trainer.busy else "waiting")
        self._status.publish(learner_message(self._trainer, self.config.run_id, now))


def main() -> None:
    run(LearnerNode)
