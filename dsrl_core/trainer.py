"""What happens to a settled episode: recorded, counted, trained on. The loop and the learner node share it."""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from dsrl_core.config.load import RunConfig
from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.record.durable import write_atomic
from dsrl_core.record.segment import clean, read_segment, segments, write_segment
from dsrl_core.run.books import Books
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.metrics import JsonlSink, MetricSink, episode_line, event_line, gradient_line
from dsrl_core.schedule import Planned, Schedule
from dsrl_core.types import ActorParams, Episode, Purpose


class Trainer:
    """Recording before training, one episode after the other. A restart goes through the segments in the same order.

    `receive` makes an episode safe; `work` then does one thing at a time, so that a node stays responsive.
    """

    def __init__(self, config: RunConfig, folder: RunFolder) -> None:
        self.config = config
        self.folder = folder
        self.learner = Learner(config)
        self.schedule = Schedule(config)
        self.books = Books(folder)
        self._sink: MetricSink = JsonlSink(folder.metrics)
        self._backlog: deque[Episode] = deque()
        self._block: _Block | None = None
        self.steps_per_s = 0.0
        self._warm = False
        self.last_metrics: Mapping[str, float] = {}  # at the end of the last block
        self._recover()

    def receive(self, episode: Episode) -> bool:
        """Record an episode; once this returns, a kill cannot lose it. False where it is known already.

        Raises:
            RecordError: it could not be recorded; it is not counted.
        """
        if episode.episode <= self.books.last_episode.get(episode.robot, -1):
            return False
        write_segment(self.folder.bag, episode)
        self._count(episode)
        self._keep_best(episode.robot)
        if episode.purpose is Purpose.TRAIN:
            self._backlog.append(episode)
        return True

    def warm_up(self) -> None:
        """Compile what training needs, where there will be any training."""
        if self.config.preset.schedule.episodes and not self._warm:
            self.learner.warm_up()
        self._warm = True

    def work(self) -> bool:
        """One gradient step, or the next episode into the replay buffer; False where nothing is left to do.

        Raises:
            TrainingDiverged: at the end of a block; the last good checkpoint stays.
        """
        if self.learner.gradient_steps_due:
            self._block = self._block or _Block(self.learner.gradient_steps, monotonic())
            self.learner.step()
        elif self._backlog:
            self._block = _Block(self.learner.gradient_steps, monotonic())
            self.learner.ingest(self._backlog.popleft())
        else:
            return False
        if not self.learner.gradient_steps_due:
            self._finish_block(self._block)
            self._block = None
        return True

    @property
    def busy(self) -> bool:
        return bool(self.learner.gradient_steps_due or self._backlog)

    @property
    def complete(self) -> bool:
        """Whether the schedule of every robot is played and trained on."""
        robots = [f"robot{i}" for i in range(self.config.num_robots)]
        return not self.busy and all(self.planned(robot) is None for robot in robots)

    def wanted_version(self) -> int | None:
        """The version that the next episodes ask for; None is the newest."""
        plans = [self.planned(f"robot{i}") for i in range(self.config.num_robots)]
        return next((plan.version for plan in plans if plan is not None), None)

    def planned(self, robot: str) -> Planned | None:
        """What the schedule holds next for a robot."""
        return self.schedule.next(self.books.progress.get(robot, {}))

    def actor_params(self, version: int | None = None) -> ActorParams:
        """The parameters of `version`: the present ones, or those chosen as best.

        Raises:
            CheckpointError: those of another version, or their file is gone.
        """
        params = self.learner.actor_params()
        if version is None or version == params.version:
            return params
        path = self._best_path(version)
        if not path.exists():
            raise CheckpointError(f"{path} is missing: parameters that a selection of this run chose; restore the file")
        data = path.read_bytes()
        return ActorParams(params.run_id, version, params.after_episode, hashlib.sha256(data).hexdigest(), data)

    def note(self, what: str, reason: str, **facts: object) -> None:
        """Put an event into the metrics."""
        self._sink.write(event_line(what, self.books.wall_s(), reason, **facts))

    def save(self) -> None:
        """A whole checkpoint, also in the middle of a block."""
        checkpoint.save(self.learner, checkpoint.path_for(self.folder.checkpoints, self.learner.gradient_steps))

    def close(self) -> None:
        self._sink.close()

    def _finish_block(self, block: "_Block") -> None:
        """Wait for the block's results, check them, write the metrics, keep a checkpoint now and then."""
        steps = self.learner.gradient_steps - block.first_step
        if steps:
            self.learner.check_finite()
            self.steps_per_s = steps / max(monotonic() - block.started_s, 1e-9)
            after = max(self.learner.debt.after_episode(self.learner.gradient_steps).values())
            self.last_metrics = {name: float(value) for name, value in self.learner.metrics.items()}
            line = gradient_line(
                self.learner.gradient_steps, self.last_metrics, self.books.wall_s(), after, self.steps_per_s
            )
            self._sink.write(line)
            for robot in self.books.progress:
                self._keep_best(robot)
        if self.learner.debt.episodes % self.config.preset.checkpoint_every == 0:
            self.save()

    def _count(self, episode: Episode) -> None:
        """Put a recorded episode into the books and, once, into the metrics."""
        self.books.count(episode)
        if (episode.robot, episode.episode) not in self.books.written:
            self._sink.write(episode_line(episode, self.books.wall_s(), self.books.transitions))

    def _keep_best(self, robot: str) -> None:
        """Keep the present parameters if they are the best so far: they may be evaluated later."""
        version = self.schedule.best_version(self.books.progress[robot])
        if version == self.learner.gradient_steps and not self._best_path(version).exists():
            write_atomic(self._best_path(version), self.learner.actor_params().data)

    def _best_path(self, version: int) -> Path:
        return self.folder.checkpoints / f"best_{version:09d}.params"

    def _recover(self) -> None:
        """Take up where the folder's checkpoint ends: recorded episodes that it does not cover are trained on anew."""
        clean(self.folder.bag)
        path = checkpoint.latest(self.folder.checkpoints)
        if path is not None:
            checkpoint.load(self.learner, path)
        for segment in segments(self.folder.bag):
            episode = read_segment(segment)
            self._count(episode)
            if episode.purpose is not Purpose.TRAIN:
                continue
            if self.learner.debt.covers(episode):
                self.learner.restore_episode(episode)
            else:
                self._backlog.append(episode)


@dataclass(frozen=True, slots=True)
class _Block:
    """The gradient steps that one episode asked for."""

    first_step: int
    started_s: float
