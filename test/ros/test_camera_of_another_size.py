"""A camera whose driver comes back with other sizes within a run: its images are refused, and the first one's count."""

from pathlib import Path
from typing import Any

import numpy as np
from real_nodes import Published, deliver, real_node, subscriptions
from sensor_msgs.msg import Image

from dsrl_ros.interface.conversion import image_message


def picture(node: Any, height: int, width: int, seed: int) -> Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    return image_message(pixels, node.get_clock().now().nanoseconds, "left")


def test_images_of_another_size_are_refused_with_both_sizes(tmp_path: Path, capfd: Any) -> None:
    with real_node("camera", tmp_path / "run", "robot_end.clock=real", platform="franka_sim") as (node, _):
        published, heard = Published(node), subscriptions(node)["cameras/left/image_raw"]
        sent = published.messages["observation/images/left"]
        deliver(heard, picture(node, 48, 64, 0))
        for seed in range(3):
            deliver(heard, picture(node, 72, 128, seed))
        assert len(sent) == 1
        told = capfd.readouterr().err
        assert told.count("camera left sends 128x72 now and sent 64x48 before: its frames are refused") == 1
        assert "Connect the first one, or start the run again with --out" in told
        deliver(heard, picture(node, 48, 64, 4))
        assert len(sent) == 2


def test_in_lockstep_sizes_are_the_simulators_own(tmp_path: Path) -> None:
    with real_node("camera", tmp_path / "run") as (node, _):
        published, heard = Published(node), next(iter(subscriptions(node).values()))
        for size in (64, 32):
            deliver(heard, picture(node, size, size, size))
        assert len(published.messages["observation/images/front"]) == 2
