"""Collects the decisions of the episode that is being played, and builds the settled episode from them."""

from dataclasses import dataclass, field

import numpy as np

from dsrl_core.schedule.schedule import Planned
from dsrl_core.types import (
    F32,
    OPERATOR_SOURCES,
    U8,
    Actor,
    Episode,
    EpisodeRequest,
    LearnerView,
    Noise,
    Observation,
    RewardSignal,
)


@dataclass(slots=True)
class EpisodeBuilder:
    """The decisions of one episode so far."""

    request: EpisodeRequest
    planned: Planned
    dropped_before: int
    stamps_ns: list[int] = field(default_factory=list)
    views: list[LearnerView] = field(default_factory=list)
    noises: list[Noise] = field(default_factory=list)
    signals: list[RewardSignal] = field(default_factory=list)
    observation: Observation | None = None  # what is seen now
    corrections: dict[int, tuple[Observation, F32]] = field(default_factory=dict)  # decision -> what a person did
    failed: bool = False  # whatever the task says: the policy diverged, and the robot has held still since

    def withdraw(self) -> None:
        """Take back the last decision, of which no step was carried out; what it saw is kept as the last view."""
        self.noises.pop()

    def see(self, observation: Observation, view: LearnerView) -> None:
        """Add what is seen now. It takes the place of what a decision saw that was taken back."""
        if len(self.views) > len(self.noises):
            self.stamps_ns.pop()
            self.views.pop()
        self.stamps_ns.append(observation.stamp_ns)
        self.observation = observation
        self.views.append(view)

    def settle(self) -> Episode:
        """Build the `Episode`, once the last decision has its reward signal."""
        request, last, start = self.request, self.signals[-1], self.stamps_ns[0]
        return Episode(
            run_id=request.run_id,
            robot=request.robot,
            episode=request.episode,
            purpose=request.purpose,
            group=request.group,
            index=request.index,
            seed=request.seed,
            stamps_ns=np.array(self.stamps_ns, np.int64) - start,
            images=np.stack([view.images for view in self.views]),
            states=np.stack([view.state for view in self.views]),
            features=np.stack([view.features for view in self.views]),
            noises=np.stack([noise.values for noise in self.noises]),
            noise_sources=tuple(noise.source for noise in self.noises),
            params_versions=np.array([noise.params_version for noise in self.noises], np.int64),
            actions=np.concatenate([signal.executed for signal in self.signals]),
            actors=_actors(self.signals),
            n_executed=np.array([len(signal.executed) for signal in self.signals], np.int32),
            rewards=np.array([signal.reward for signal in self.signals], np.float32),
            terminated=last.terminated and not self.failed,
            truncated=last.truncated or self.failed,
            success=last.success and not self.failed,
            dropped_before=self.dropped_before,
            policy_images=_stacked([view.policy_images for view in self.views]),
            residuals=_residuals(self.noises),
        )


def _actors(signals: list[RewardSignal]) -> U8 | None:
    """Who acted at each step of the episode, u8[sum of n_executed]; None where no signal says."""
    if all(signal.actors is None for signal in signals):
        return None
    told = [
        np.full(len(signal.executed), Actor.POLICY, np.uint8) if signal.actors is None else signal.actors
        for signal in signals
    ]
    return np.concatenate(told)


def _residuals(noises: list[Noise]) -> F32 | None:
    """The residuals of an operator's noises, f32[n], 0 for others; None where none is its."""
    if not any(noise.source in OPERATOR_SOURCES for noise in noises):
        return None
    return np.nan_to_num(np.array([noise.residual for noise in noises], np.float32))


def _stacked(images: list[U8 | None]) -> U8 | None:
    """The images of all views, [n + 1, p, h, w, 3]; None where the views carry none."""
    carried = [each for each in images if each is not None]
    return np.stack(carried) if carried else None
