"""The sizes of images, state, features and noise that networks and replay buffer are built for."""

from dataclasses import dataclass

from dsrl_core.config.run import RunConfig


@dataclass(frozen=True, slots=True)
class LearnerShapes:
    """Sizes of one decision. Cameras, state and features may be absent; without cameras there is no encoder."""

    cameras: int
    image_size: int  # side of the square images, pixels
    state_dim: int
    feature_dim: int
    vectors: int  # k noise vectors of a decision
    noise_dim: int  # d values in each
    camera_names: tuple[str, ...] = ()  # in the order of the images

    @classmethod
    def of(cls, config: RunConfig) -> "LearnerShapes":
        """The sizes that follow from the contract and the preset of a run."""
        platform, preset = config.platform, config.preset
        return cls(
            cameras=len(platform.learner_cameras),
            image_size=preset.network.image_size,
            state_dim=platform.state_dim,
            feature_dim=platform.policy.feature_dim,
            vectors=preset.noise.vectors,
            noise_dim=platform.policy.noise_dim,
            camera_names=platform.learner_cameras,
        )

    @property
    def image(self) -> tuple[int, int, int, int]:
        """Shape of the images of one view, [c, h, w, 3]."""
        return self.cameras, self.image_size, self.image_size, 3

    @property
    def noise(self) -> tuple[int, int]:
        """Shape of the noise of one decision, [k, d]."""
        return self.vectors, self.noise_dim

    @property
    def noise_size(self) -> int:
        """Values in the noise of one decision, k * d: the dimension of the actor's output."""
        return self.vectors * self.noise_dim
