"""What comes next in a run: a pure function of the settled episodes, so that every node and every restart agrees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dsrl_core.config.load import RunConfig
from dsrl_core.keys import reset_seed
from dsrl_core.types import Episode, EpisodeRequest, NoiseSource, Purpose

TRAIN, FINAL, BEST, STEERED_BASE, GOLDEN = "train", "final", "best", "base_repeated", "base_golden"
BASELINES = {
    "iid": NoiseSource.PRIOR_IID,
    "repeated": NoiseSource.PRIOR_REPEATED,
    "clipped": NoiseSource.PRIOR_CLIPPED,
    "zero": NoiseSource.ZERO,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The books of one group of episodes."""

    episodes: int = 0
    successes: int = 0
    transitions: int = 0
    params_version: int = 0  # of the last decision
    next_index: int = 0

    @property
    def success(self) -> float:
        return self.successes / self.episodes if self.episodes else 0.0


Progress = Mapping[str, Tally]  # group -> tally, of one robot


def settled(progress: Progress, episode: Episode) -> dict[str, Tally]:
    """The books after `episode`."""
    old = progress.get(episode.group, Tally())
    version = int(episode.params_versions[-1]) if episode.decisions else 0
    new = Tally(
        old.episodes + 1,
        old.successes + int(episode.success),
        old.transitions + episode.decisions,
        version,
        max(old.next_index, episode.index + 1),
    )
    return {**progress, episode.group: new}


def dropped(progress: Progress, group: str, index: int) -> dict[str, Tally]:
    """The books after an episode that was dropped: its index, and so its start, is not used again."""
    old = progress.get(group, Tally())
    return {**progress, group: replace(old, next_index=max(old.next_index, index + 1))}


@dataclass(frozen=True, slots=True)
class Planned:
    """The next episode."""

    group: str
    purpose: Purpose
    stream: str  # of random keys: train, eval, select
    index: int
    source: NoiseSource
    record: bool
    version: int | None = None  # the parameters that it must be played with, where they are not the newest


@dataclass(frozen=True, slots=True)
class Schedule:
    """EVAL of the base, TRAIN with the prior, TRAIN with the actor, EVAL of the final actor and of the chosen one."""

    config: RunConfig

    def next(self, progress: Progress) -> Planned | None:
        """The next episode, None when the run is complete."""
        for planned in self._series(progress):
            if planned is not None:
                return planned
        return None

    def size(self, group: str) -> int:
        """Episodes that a group comes to."""
        schedule = self.config.preset.schedule
        if group == TRAIN:
            return schedule.episodes
        return schedule.select_episodes if group.startswith("select_") else schedule.eval_episodes

    def recorded(self, group: str, index: int) -> bool:
        """Whether a video is wanted of an episode."""
        schedule = self.config.preset.schedule
        if group == TRAIN:
            return bool(schedule.record_every) and index % schedule.record_every == 0
        return group in (STEERED_BASE, FINAL) and index < schedule.record_eval

    def warm_up(self, progress: Progress) -> bool:
        """Whether training episodes still take their noise from the prior: for ever, where nothing is trained."""
        train, preset = progress.get(TRAIN, Tally()), self.config.preset
        schedule, trained = preset.schedule, preset.sac.utd or preset.schedule.first_steps
        early = train.episodes < schedule.start_episodes or train.transitions < schedule.start_transitions
        return early or not train.episodes or not trained

    def best_version(self, progress: Progress) -> int | None:
        """Parameters with the highest success in a complete select group, the latest among equals; None without any."""
        groups = [
            (tally.success, tally.params_version)
            for name, tally in progress.items()
            if name.startswith("select_") and tally.episodes >= self.size(name)
        ]
        return max(groups)[1] if groups else None

    def _series(self, progress: Progress) -> Iterable[Planned | None]:
        for name in sorted(self.config.preset.schedule.baselines, key=lambda b: b != "repeated"):
            yield self._evaluation(progress, f"base_{name}", BASELINES[name])
        if self.config.preset.schedule.golden:
            yield self._evaluation(progress, GOLDEN, NoiseSource.CONSTANT)
        yield self._selection(progress)
        yield self._training(progress)
        if self.warm_up(progress):
            return  # no gradient step was taken: there is no actor to evaluate
        yield self._evaluation(progress, FINAL, NoiseSource.ACTOR_MODE)
        best = self.best_version(progress)
        if best is not None and best != progress.get(FINAL, Tally()).params_version:
            yield self._evaluation(progress, BEST, NoiseSource.ACTOR_MODE, best)

    def _evaluation(
        self, progress: Progress, group: str, source: NoiseSource, version: int | None = None
    ) -> Planned | None:
        tally, schedule = progress.get(group, Tally()), self.config.preset.schedule
        if tally.episodes >= schedule.eval_episodes:
            return None
        record = self.recorded(group, tally.next_index)
        return Planned(group, Purpose.EVAL, "eval", tally.next_index, source, record, version)

    def _selection(self, progress: Progress) -> Planned | None:
        train, schedule = progress.get(TRAIN, Tally()), self.config.preset.schedule
        every = schedule.select_every
        if not every or train.episodes % every or self.warm_up(progress):
            return None
        group = f"select_{train.episodes}"
        tally = progress.get(group, Tally())
        if tally.episodes >= schedule.select_episodes:
            return None
        return Planned(group, Purpose.EVAL, "select", tally.next_index, NoiseSource.ACTOR_MODE, False)

    def _training(self, progress: Progress) -> Planned | None:
        tally, schedule = progress.get(TRAIN, Tally()), self.config.preset.schedule
        if tally.episodes >= schedule.episodes:
            return None
        source = NoiseSource.PRIOR_REPEATED if self.warm_up(progress) else NoiseSource.ACTOR_SAMPLE
        record = self.recorded(TRAIN, tally.next_index)
        return Planned(TRAIN, Purpose.TRAIN, "train", tally.next_index, source, record)


def request(config: RunConfig, planned: Planned, robot: str, episode: int) -> EpisodeRequest:
    """What is asked of the robot end for `planned`; evaluation visits the start variants in turn."""
    variants = config.platform.episode.variants
    return EpisodeRequest(
        run_id=config.run_id,
        robot=robot,
        episode=episode,
        purpose=planned.purpose,
        group=planned.group,
        index=planned.index,
        seed=reset_seed(config.seed, planned.stream, robot, planned.index),
        variant=planned.index % variants if planned.purpose is Purpose.EVAL and variants > 1 else -1,
        max_steps=config.platform.episode.max_steps,
        record=planned.record,
    )
