"""What a bag holds beside an episode, for people: pictures as the policy saw them, and its decisions in numbers."""

import io
from dataclasses import dataclass, field

from PIL import Image

from dsrl_core.types import U8

JPEG_QUALITY = 95  # in full colour resolution: at the usual half, small coloured things lose their colour


@dataclass(frozen=True, slots=True)
class Picture:
    """What a camera showed to the policy, compressed."""

    camera: str
    stamp_ns: int  # of the observation
    encoding: str  # jpeg or png
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DecisionNumbers:
    """One decision as `msg/Decision.msg` has it; its times are in ms."""

    stamp_ns: int  # of the observation
    group: str
    decision: int
    noise_source: str
    noise_norm: float
    q: float
    params_version: int
    last_reward: float
    observe_ms: float
    actor_ms: float
    policy_ms: float

    @property
    def total_ms(self) -> float:
        return self.observe_ms + self.actor_ms + self.policy_ms


@dataclass(frozen=True, slots=True)
class Details:
    """What steering has to tell beside a settled episode. Nothing is trained on it."""

    run_id: str
    robot: str
    episode: int
    start_ns: int  # stamp of the episode's first observation, from which those in its `Episode` count
    pictures: tuple[Picture, ...] = ()
    decisions: tuple[DecisionNumbers, ...] = ()


def encoded(image: U8, encoding: str) -> bytes:
    """A picture uint8 [h, w, 3], rgb, as the bytes of a `jpeg` (which loses some of it) or a `png` (which does not)."""
    out = io.BytesIO()
    options = {"quality": JPEG_QUALITY, "subsampling": 0} if encoding == "jpeg" else {}
    Image.fromarray(image).save(out, encoding, **options)
    return out.getvalue()
