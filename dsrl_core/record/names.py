"""What a contract calls the parts of an episode, for the topics of a bag."""

from dataclasses import dataclass

from dsrl_core.config.platform import Platform


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the learner's cameras and of the values of the state; where they are unknown, cameras have numbers."""

    cameras: tuple[str, ...] = ()
    state: tuple[str, ...] = ()

    @classmethod
    def of(cls, platform: Platform) -> "Names":
        return cls(platform.learner_cameras, platform.state_names)

    def camera(self, index: int) -> str:
        return self.cameras[index] if index < len(self.cameras) else f"camera_{index}"


UNNAMED = Names()


def out_of_reach(topic: str) -> str:
    """The name in a bag of a topic that robots or executors obey: who plays the bag beside a robot must not move it."""
    return f"recorded/{topic}"
