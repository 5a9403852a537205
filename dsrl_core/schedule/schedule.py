"""Which episode comes next: a pure function of the settled episodes, so that every node and every restart agrees.

Several robots share every group: robot r of N plays the indices r, r + N, r + 2N, ... Start and random draws of an
episode depend on its group and index alone, not on the robot, so N robots play the same episodes as one. In a training
round each robot plays one episode; counts of training episodes are totals over all robots, rounded up to whole rounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dsrl_core.config.operated import operated_rounds, scripted
from dsrl_core.config.run import RunConfig
from dsrl_core.random.streams import reset_seed
from dsrl_core.schedule.groups import (
    BEST,
    FINAL,
    GOLDEN,
    STEERED_BASE,
    TRAIN,
    Group,
    Kind,
    base_groups,
    group_of,
    selection,
)
from dsrl_core.schedule.guard import Judgement
from dsrl_core.schedule.guarded import Guarded
from dsrl_core.schedule.progress import GroupProgress, Progress, merge, trained
from dsrl_core.schedule.trials import next_trial
from dsrl_core.types import EpisodeRequest, NoiseSource, Purpose


@dataclass(frozen=True, slots=True)
class Planned:
    """An episode that the schedule asks for."""

    group: str
    purpose: Purpose
    stream: str  # name of the random stream: train, eval or select
    index: int  # in the group
    source: NoiseSource
    record: bool  # as a video
    version: int | None = None  # of the actor parameters to play it with; None for the newest
    scale: float = 1.0  # of noise that is drawn without an actor
    least_version: int = 0  # of the newest ones: where a run has gone back, those from before are not to be played


@dataclass(frozen=True, slots=True)
class Schedule:
    """The order of one robot's episodes.

    EVAL of the base policy, TRAIN by the operator, TRAIN with the prior (warm-up), TRAIN with the actor and selections
    in between, EVAL of the final actor, EVAL of the chosen checkpoint where that is another one. A pre-flight on an arm
    has trials instead.
    """

    config: RunConfig
    robot: str = "robot0"

    def next(self, progress: Progress, others: Sequence[Progress] = ()) -> Planned | None:
        """The next episode of this robot, None when its share of the run is complete.

        Args:
            progress: of this robot.
            others: of the other robots; each must have played as many training episodes as this one, or more.
        """
        for planned in self._series(progress, others):
            if planned is not None:
                return replace(planned, least_version=self.judged(progress, *others).least_version)
        return None

    def judged(self, *robots: Progress) -> Judgement:
        """What the guard of the run says of its selections; nothing where it is off."""
        return Guarded(self.config).judged(merge(robots))

    def size(self, group: str) -> int:
        """How many episodes a group has when complete, over all robots."""
        schedule = self.config.preset.schedule
        if group == TRAIN:
            return self._rounds(schedule.episodes) * self.config.num_robots
        if group_of(group).kind is Kind.TRIAL:
            return 1
        selecting = group_of(group).kind is Kind.SELECTION
        return schedule.select_episodes if selecting else schedule.eval_episodes

    def recorded(self, group: str, index: int) -> bool:
        """Whether a video is made of this episode."""
        schedule = self.config.preset.schedule
        if group == TRAIN:
            return bool(schedule.record_every) and index % schedule.record_every == 0
        return group in (STEERED_BASE, FINAL) and index < schedule.record_eval

    def warm_up(self, progress: Progress, others: Sequence[Progress] = ()) -> bool:
        """Whether this robot's next training episode takes its noise from the prior. Always, where nothing is trained.

        Counted are the episodes and transitions of all robots at the end of the last complete round. If another robot
        has already started the round, its choice holds for all robots.
        """
        own, rest, preset = trained(progress), [trained(other) for other in others], self.config.preset
        ahead = [train for train in rest if train.episodes > own.episodes]
        if ahead:
            return not any(train.params_version for train in ahead)
        schedule, total = preset.schedule, merge([progress, *others]).get(TRAIN, GroupProgress())
        early = total.episodes < schedule.start_episodes or total.transitions < schedule.start_transitions
        if early or preset.start_from:
            return early
        return not own.episodes or not (preset.sac.utd or schedule.first_steps)

    def operated(self, progress: Progress) -> bool:
        """Whether this robot's next training episode is the operator's."""
        return trained(progress).episodes < operated_rounds(self.config)

    def has_actor(self, progress: Progress, others: Sequence[Progress] = ()) -> bool:
        """Whether the actor has learned, once what is due is trained on: after the warm-up, or as a clone.

        It counts what was played up to this robot's last round; nothing is learned while the operator plays.
        """
        if self.operated(progress):
            return False
        if not self.warm_up(progress, others):
            return True
        operator, total = self.config.platform.operator, merge([progress, *others]).get(TRAIN, GroupProgress())
        cloned = operator.recording or (operator.episodes and 0 < total.to_clone <= trained(progress).episodes)
        return bool(self.config.preset.clone.steps and cloned)

    def selecting(self, progress: Progress, others: Sequence[Progress]) -> bool:
        """Whether a selection is due that not all robots have completed."""
        group = self._selection_due(progress, others)
        played = merge([progress, *others])
        return bool(group) and played.get(group, GroupProgress()).episodes < Guarded(self.config).wanted(group, played)

    def best_version(self, *robots: Progress) -> int | None:
        """The parameters' version with the highest success in a complete selection, the latest among equals.

        None where no selection is complete.
        """
        groups = [
            (tally.success, tally.params_version)
            for name, tally in merge(robots).items()
            if group_of(name).kind is Kind.SELECTION and tally.episodes >= self.size(name)
        ]
        return max(groups)[1] if groups else None

    def _series(self, progress: Progress, others: Sequence[Progress]) -> Iterable[Planned | None]:
        if self.config.preset.schedule.preflight:
            yield self._trial(progress)
            return
        for group in base_groups(self.config.preset.schedule.baselines):
            yield self._evaluation(progress, group)
        if self.config.preset.schedule.golden:
            yield self._evaluation(progress, group_of(GOLDEN))
        played, guarded = merge([progress, *others]), Guarded(self.config)
        yield self._selection(progress, self._selection_due(progress, others), played)
        if not guarded.ended(played):
            yield self._training(progress, self.warm_up(progress, others))
        if not self.has_actor(progress, others):
            return  # all training was warm-up, without a gradient step: there is no actor to evaluate
        yield self._evaluation(progress, group_of(FINAL))
        if guarded.on:
            return  # the final parameters are the best ones
        best = self.best_version(progress, *others)
        if best is not None and best != progress.get(FINAL, GroupProgress()).params_version:
            yield self._evaluation(progress, group_of(BEST), best)

    def _trial(self, progress: Progress) -> Planned | None:
        played = {name: (tally.successes, tally.episodes) for name, tally in progress.items()}
        trial = next_trial(self.config.preset.schedule, played)
        return None if trial is None else self._planned(group_of(trial.group), trial.start, trial.source)

    def _evaluation(self, progress: Progress, group: Group, version: int | None = None) -> Planned | None:
        done = progress.get(group.name, GroupProgress())
        if done.episodes >= self._share(group.name):
            return None
        return self._planned(group, self._index(done), group.source, version)

    def _selection_due(self, progress: Progress, others: Sequence[Progress]) -> str:
        """The name of the selection group due after the training episodes so far, empty if none is."""
        rounds = trained(progress).episodes
        due = rounds and Guarded(self.config).due(rounds) and self.has_actor(progress, others)
        return selection(rounds * self.config.num_robots) if due else ""

    def _selection(self, progress: Progress, name: str, played: Progress) -> Planned | None:
        if not name:
            return None
        group, done = group_of(name), progress.get(name, GroupProgress())
        if done.episodes >= self._share_of(Guarded(self.config).wanted(name, played)):
            return None
        return self._planned(group, self._index(done), group.source)

    def _training(self, progress: Progress, warm_up: bool) -> Planned | None:
        group, done = group_of(TRAIN), trained(progress)
        if done.episodes >= self._share(TRAIN):
            return None
        if self.operated(progress):  # beside whom the base plays as it always does
            source = NoiseSource.OPERATOR if scripted(self.config) else NoiseSource.PRIOR_REPEATED
            return self._planned(group, self._index(done), source)
        planned = self._planned(group, self._index(done), NoiseSource.PRIOR_REPEATED if warm_up else group.source)
        return replace(planned, scale=self.config.preset.noise.prior_std) if warm_up else planned

    def _planned(self, group: Group, index: int, source: NoiseSource, version: int | None = None) -> Planned:
        recorded = self.recorded(group.name, index)
        return Planned(group.name, group.purpose, group.stream, index, source, recorded, version)

    def _rounds(self, episodes: int) -> int:
        """How many rounds it takes to play so many training episodes, rounded up."""
        return -(-episodes // self.config.num_robots)

    def _share(self, group: str) -> int:
        """How many episodes of a group this robot plays."""
        return self._share_of(self.size(group))

    def _share_of(self, episodes: int) -> int:
        return len(range(self._place, episodes, self.config.num_robots))

    def _index(self, tally: GroupProgress) -> int:
        """The first unused index of this robot in a group."""
        return tally.next_index + (self._place - tally.next_index) % self.config.num_robots

    @property
    def _place(self) -> int:
        """This robot's number among the robots, from 0."""
        return self.config.robots.index(self.robot)


def request(config: RunConfig, planned: Planned, robot: str, episode: int) -> EpisodeRequest:
    """The request to the robot end for `planned`.

    Evaluation goes through the task's start variants in turn; in training (variant -1) the seed draws the variant.
    """
    variants = config.platform.episode.variants
    return EpisodeRequest(
        run_id=config.run_id,
        robot=robot,
        episode=episode,
        purpose=planned.purpose,
        group=planned.group,
        index=planned.index,
        seed=reset_seed(config.seed, planned.stream, planned.index),
        variant=planned.index % variants if planned.purpose is Purpose.EVAL and variants > 1 else -1,
        max_steps=config.platform.episode.max_steps,
        record=planned.record,
        expert=planned.source is NoiseSource.OPERATOR,
    )
