"""`franka_sim` in real time: what its joints do between commands, as an arm's controller would have them do."""

from collections.abc import Mapping, Sequence

import numpy as np

from dsrl_core.acting.execution.arm.blend import follow
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.types import U8, EpisodeRequest
from sim_bridge.envs.franka_sim.environment import FrankaSim

LONGEST_S = 0.25  # of physics that is caught up with at once; what a busy machine lost beyond it is skipped


class FrankaDrivers:
    """Follows trajectories on MuJoCo's FR3 as a joint trajectory controller does; late ones as near as the arm can."""

    def __init__(self, environment: FrankaSim) -> None:
        self._environment = environment
        environment.reset(0)
        self._track = Track(environment.joints())
        self._closes = False
        self._frames = 0
        self._physics_s = float("-inf")  # how far physics has come

    def place_scene(self, request: EpisodeRequest) -> None:
        self._environment.place_scene(request.seed, request.variant)

    def command(self, knots: Sequence[Knot], now_s: float) -> None:
        self._track = follow(self._environment.arm, self._track, now_s, knots) or self._track

    def grip(self, closes: bool) -> None:
        self._closes = closes

    def halt(self) -> None:
        self._track = Track(self._environment.joints())

    def advance(self, now_s: float) -> None:
        step_s = self._environment.model.opt.timestep
        self._physics_s = max(self._physics_s, now_s - LONGEST_S)
        count = int((now_s - self._physics_s) / step_s)
        times = self._physics_s + step_s * np.arange(1, count + 1)
        positions, velocities, _ = self._track.samples(times)
        self._environment.grip(self._closes, count * step_s)
        self._environment.drive(positions, velocities)
        self._physics_s += count * step_s

    def joints(self) -> Mapping[str, float]:
        state, names = self._environment.state(), self._environment.spec.state_names
        return dict(zip(names, state.astype(np.float64).tolist(), strict=True))

    def images(self) -> Mapping[str, U8]:
        """Images with a trace of noise, as those of a sensor: no two of them are alike."""
        self._frames += 1
        images = self._environment.render()
        for pixels in images.values():
            pixels[0, 0] ^= self._frames & 1
        return images

    def succeeded(self) -> bool:
        return self._environment.succeeded()

    def video_frame(self) -> U8:
        return self._environment.render_video()

    def close(self) -> None:
        self._environment.close()
