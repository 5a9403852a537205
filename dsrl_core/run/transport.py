"""How a run's messages pass between hosts: by TCP, or by UDP through the system's buffers."""

from collections.abc import Mapping
from pathlib import Path

from dsrl_core.config.run import RunConfig

RMEM = Path("/proc/sys/net/core/rmem_max")
TRANSPORTS = "FASTDDS_BUILTIN_TRANSPORTS"
MIDDLEWARE = "rmw_fastrtps_cpp"


def largest_bytes(config: RunConfig) -> int:
    """Bytes of the largest message with pictures between hosts: an episode, or with steering elsewhere an image.

    The actor's parameters come beside it; how large they are is known once the learner has made them.
    """
    cameras = config.platform.observation.cameras
    if config.hosts.steering == "learner":
        return max((camera.height * camera.width * 3 for camera in cameras.values()), default=0)
    decisions = -(-config.platform.episode.max_steps // config.platform.policy.execute) + 1
    return int(decisions * len(config.platform.learner_cameras) * 3 * config.preset.network.image_size**2)


def transport_words(config: RunConfig, environ: Mapping[str, str], rmem: Path = RMEM) -> tuple[str, bool]:
    """How messages pass between hosts, for people, and whether that is a warning.

    Args:
        config: of the run.
        environ: in which its processes start.
        rmem: file with the largest receive buffer that a socket may ask for.
    """
    largest = largest_bytes(config)
    if environ.get(TRANSPORTS, "").startswith("LARGE_DATA"):
        return f"between hosts messages go by TCP ({TRANSPORTS}=LARGE_DATA), {_what(config, largest)}", False
    if environ.get("RMW_IMPLEMENTATION", MIDDLEWARE) != MIDDLEWARE or not rmem.exists():
        return f"between hosts go {_what(config, largest)}", False
    buffer = int(rmem.read_text())
    if buffer >= largest:
        return f"between hosts messages go by UDP, {_what(config, largest)}", False
    return (
        f"between hosts messages go by UDP, {_what(config, largest)}: that does not fit into a receive "
        f"buffer (net.core.rmem_max={buffer}), and parts may be lost and sent again. On all hosts: sudo sysctl -w "
        f"net.core.rmem_max={max(largest, 2**22)}"
    ), True


def _what(config: RunConfig, largest: int) -> str:
    where = "images" if config.hosts.steering == "learner" else "episodes"
    return f"{where} of about {_size(largest)} and the actor's parameters"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
