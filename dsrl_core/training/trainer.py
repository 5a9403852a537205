"""Records, counts and trains on settled episodes. The in-process loop and the learner node use it."""

import hashlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from dsrl_core.acting.episode_check import check_scheduled
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError, InvalidRequest, TrainingDiverged
from dsrl_core.learner import checkpoint, start
from dsrl_core.learner.learner import Learner
from dsrl_core.record.beside import NOTHING, Beside
from dsrl_core.record.segment import clean, segment_name, segments
from dsrl_core.run.arm_record import ArmRecord
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.held import signals_held
from dsrl_core.run.metrics import episode_line, event_line, gradient_line, values_line
from dsrl_core.run.progress import CHANGED, RunProgress
from dsrl_core.run.recorded import read_own
from dsrl_core.schedule.conductor import RobotProgress
from dsrl_core.schedule.guard import Turn
from dsrl_core.schedule.rounds import Rounds, planned
from dsrl_core.schedule.schedule import Planned, Schedule
from dsrl_core.training import chosen
from dsrl_core.training.block import Block
from dsrl_core.training.guarding import Guarding, Work, fill_in_order, take_turn, work_from
from dsrl_core.training.recording import taught
from dsrl_core.training.recovery import newest, take, unfit
from dsrl_core.training.segment_writer import SegmentWriter
from dsrl_core.training.sinks.base import open_sinks
from dsrl_core.training.versions import VersionCheck
from dsrl_core.types import ActorParams, Episode, Purpose


class Trainer:
    """Records each episode before it trains on it. After a restart, it takes the recorded episodes in the same order.

    `receive` records an episode; each call of `work` then does one dispatch, so that a node stays responsive. A signal
    that asks to end is held back until these are done, and never meets half an update.
    """

    def __init__(self, config: RunConfig, folder: RunFolder) -> None:
        self.config = config
        self.folder = folder
        self.learner = self._begin()
        self.schedule = Schedule(config)
        self.progress = RunProgress(folder)
        budget = self.learner.budget
        self.versions = VersionCheck(config, max(self.learner.gradient_steps, budget.target), budget.to_clone)
        self._segments = SegmentWriter(config, folder)
        self._sink = open_sinks(config, folder)
        self.arms = ArmRecord(self._sink.write, self.progress.wall_s)
        self._rounds = Rounds(config)
        self._guarding = Guarding(config, self.versions)
        self._backlog: deque[Work] = deque()
        self._block: Block | None = None
        self.steps_per_s = 0.0
        self._compiled = False
        self.last_metrics: Mapping[str, float] = {}  # at the end of the last block
        self._recover()

    def receive(self, episode: Episode, beside: Beside = NOTHING) -> bool:
        """Record an episode, and `beside` it what people look for; once this returns, a kill cannot lose it.

        Returns:
            Whether it was recorded; not if it is recorded already, or if an earlier one of its robot is missing.
        Raises:
            InvalidRequest: the run has no such robot, or it does not fit, see `check_scheduled`; nothing was recorded.
            RecordError: it could not be recorded; it is not counted.
        """
        if episode.robot not in self.config.robots:
            raise InvalidRequest(f"an episode of {episode.robot!r}: the run has {', '.join(self.config.robots)}")
        if not self.progress.follows(episode):
            return False
        check_scheduled(episode, self.config)
        with signals_held():
            self._segments.write(episode, beside)
            self._report_versions(episode, self._count(episode))
            self._write_values(episode)
            self.arms.write()
            self._keep_best()
            self._backlog.extend(self._due_for_training(episode))
            self._backlog.extend(self._guarding.turns(self.progress.by_robot))
            self._guarding.tell(self._sink.write, self.progress.wall_s())
        return True

    def warm_up(self) -> None:
        """Compile the gradient step, if the schedule has training episodes."""
        if self.config.preset.schedule.episodes and not self._compiled:
            self.learner.warm_up()
        self._compiled = True

    def work(self) -> bool:
        """Do the next piece of work: a dispatch of gradient steps, or put the next episode into the replay buffer.

        Returns:
            False if there was nothing to do.
        Raises:
            InvalidRequest: the next episode does not fit or is not finite; the learner is unchanged.
            TrainingDiverged: at the end of a block; the learner is back at the last finite state, which is saved.
        """
        with signals_held():
            return self._work()

    @property
    def busy(self) -> bool:
        """Whether `work` has something to do."""
        return bool(self.learner.gradient_steps_due or self._backlog)

    @property
    def publishable(self) -> bool:
        """Whether the present parameters may be published: after all training, in `async` after each episode's."""
        return not self.learner.gradient_steps_due if self.config.preset.mode == "async" else not self.busy

    @property
    def complete(self) -> bool:
        """Whether the schedule of every robot is played and trained on."""
        return not self.busy and all(self.planned(robot) is None for robot in self.config.robots)

    def wanted_version(self) -> int | None:
        """The version of the parameters that every robot's next episode asks for; None for the newest."""
        versions = {plan.version for robot in self.config.robots if (plan := self.planned(robot)) is not None}
        return versions.pop() if len(versions) == 1 else None

    def planned(self, robot: str) -> Planned | None:
        """The next episode of a robot by the schedule, None when its share is complete."""
        return planned(self.config, self.progress.by_robot, robot)

    def robot_progress(self) -> dict[str, RobotProgress]:
        """The progress of each robot, for the conductors."""
        return {robot: self.progress.robot(robot) for robot in self.config.robots}

    def actor_params(self, version: int | None = None) -> ActorParams:
        """The parameters of `version`: the present ones (also for None), or saved ones that a selection chose.

        Raises:
            CheckpointError: there is no file of that version.
        """
        params = self.learner.actor_params()
        if version is None or version == params.version:
            return params
        data = chosen.read(self.learner, self.folder.checkpoints, version)
        return ActorParams(params.run_id, version, params.after_episode, hashlib.sha256(data).hexdigest(), data)

    def note(self, what: str, reason: str, **facts: object) -> None:
        """Write an event to the metrics."""
        self._sink.write(event_line(what, self.progress.wall_s(), reason, **facts))

    def save(self) -> Path:
        """Write a checkpoint, also in the middle of a block; if the state is not finite, of the last one that was.

        Raises:
            CheckpointError: it could not be written; earlier ones stay.
        """
        with signals_held():
            with suppress(TrainingDiverged):  # back at the last finite state, where a resumed run diverges again
                self.learner.check_finite()
            return self._write_checkpoint()

    def close(self) -> None:
        self._sink.close()

    def _work(self) -> bool:
        if self.learner.gradient_steps_due:
            self._block = self._block or self._begin_block()
            self.learner.advance()
        elif self._backlog:
            episode = self._backlog.popleft()
            if isinstance(episode, Turn):
                return take_turn(self.learner, episode, self.folder.checkpoints)
            self._block = self._begin_block(episode)
            take(self.learner.ingest, episode, self.folder.bag)
        else:
            return False
        if not self.learner.gradient_steps_due:
            self._finish_block(self._block)
            self._block = None
        return True

    def _begin_block(self, episode: Episode | None = None) -> Block:
        return Block(self.learner.gradient_steps, monotonic(), episode)

    def _write_checkpoint(self) -> Path:
        checkpoint.save(self.learner, path := checkpoint.path_for(self.folder.checkpoints, self.learner.gradient_steps))
        return path

    def _finish_block(self, block: Block) -> None:
        """Wait for the block's results, check them, write the metrics, and a checkpoint every `checkpoint_every`."""
        steps = self.learner.gradient_steps - block.first_step
        if steps:
            self._check_finite()
            self.steps_per_s = steps / max(monotonic() - block.started_s, 1e-9)
            self._write_metrics(block)
            self._keep_best()
        if self.learner.budget.episodes % self.config.preset.checkpoint_every == 0:
            self._write_checkpoint()

    def _refused(self, error: CheckpointError) -> None:
        """Report a damaged checkpoint; an older one, or the recorded episodes, take its place."""
        logging.getLogger(__name__).warning("%s", error)
        self.note("checkpoint_refused", str(error))

    def _check_finite(self) -> None:
        """Check that the state is finite; if not, save the last one that was and raise TrainingDiverged."""
        try:
            self.learner.check_finite()
        except TrainingDiverged as error:
            path = self._write_checkpoint()
            raise TrainingDiverged(
                f"{error}. The last good state, of gradient step {self.learner.gradient_steps}, is kept in {path}"
            ) from error

    def _write_metrics(self, block: Block) -> None:
        """Write the metrics of a finished block."""
        step = self.learner.gradient_steps
        after = max(self.learner.budget.after_episode(step).values(), default=-1)  # none yet: cloned from a recording
        self.last_metrics = self.learner.block_metrics()
        self._sink.write(gradient_line(step, self.last_metrics, self.progress.wall_s(), after, self.steps_per_s))
        if block.episode is not None and self._sink.wants_histograms:
            episode = block.episode
            values = {"noise": episode.noises, "reward": episode.rewards, "q": self.learner.values(episode)}
            self._sink.histograms(step, values)

    def _write_values(self, episode: Episode) -> None:
        """Write the critics' value of each decision to the metrics, if the episode has a video."""
        if self.schedule.recorded(episode.group, episode.index):
            step = self.learner.gradient_steps
            q = self.learner.values(episode) if step else None
            self._sink.write(values_line(episode, q, self.progress.wall_s(), step))

    def _due_for_training(self, episode: Episode) -> list[Episode]:
        """The episodes whose turn to be trained on has come with this one, in order."""
        due = self._rounds.add(episode) if episode.purpose is Purpose.TRAIN else []
        for each in due:
            self.versions.trained(each)
        return due

    def _count(self, episode: Episode) -> str:
        """Count a recorded episode; write it to the metrics unless its line is there from an earlier process.

        Returns:
            What is wrong with the parameters that it was played with, empty if nothing is.
        """
        fault = self.versions.played(episode, self.schedule.best_version(*self.progress.by_robot.values()))
        self.progress.count(episode)
        if (episode.robot, episode.episode) not in self.progress.written:
            self._sink.write(episode_line(episode, self.progress.wall_s(), self.progress.transitions))
        return fault

    def _report_versions(self, episode: Episode, fault: str) -> None:
        """Tell that an episode was played with other parameters than were due."""
        if fault:
            logging.getLogger(__name__).warning("%s", fault)
            self.note("other_parameters", fault, robot=episode.robot, episode=episode.episode)

    def _keep_best(self) -> None:
        """Save the present parameters if a selection says that they are the best so far, for a later evaluation."""
        version = self.schedule.best_version(*self.progress.by_robot.values())
        folder = self.folder.checkpoints
        if version == self.learner.gradient_steps and not chosen.path_of(folder, version).exists():
            chosen.keep(self.learner, folder)

    def _begin(self) -> Learner:
        """The learner before its first episode."""
        return taught(start.begun(Learner(self.config), self.folder.checkpoints))

    def _recover(self) -> None:
        """Resume from the folder's newest checkpoint: recorded episodes that it does not cover are trained on again."""
        clean(self.folder.bag)
        path = newest(self.folder.checkpoints, self.learner, self._refused)
        trained = list[Path | Turn]()  # segments in the order in which they are trained on, and the guard's turns
        for segment in self.progress.in_order_of_arrival(segments(self.folder.bag)):
            episode = read_own(segment, self.config)
            if episode.purpose is Purpose.TRAIN:
                take(lambda recorded: check_scheduled(recorded, self.config), episode, self.folder.bag)
            self._count(episode)
            due = self._due_for_training(episode)
            trained += [self.folder.bag / segment_name(each.robot, each.episode) for each in due]
            turns = self._guarding.turns(self.progress.by_robot)
            trained += turns
            self._backlog += fill_in_order(self.learner, self.folder.bag, [*due, *turns])
        while path is not None and not self.learner.history.complete:
            path = self._go_back(path, trained)
        self._keep_best()  # an earlier process may have ended between the selection's last episode and this

    def _go_back(self, path: Path, trained: Sequence[Path | Turn]) -> Path | None:
        """Start again from the checkpoint before one that does not fit the recorded episodes, or from none."""
        error = unfit(path)
        self._refused(error)
        if self.learner.history.others:
            self.progress.changes.append(f"{error}")
            self.note(CHANGED, f"{error}")
        self.learner = self._begin()
        before = newest(self.folder.checkpoints, self.learner, self._refused, before=path)
        self._backlog = fill_in_order(self.learner, self.folder.bag, work_from(trained))
        return before
