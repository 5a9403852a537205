"""The small camera driver with doubles of OpenCV and pyrealsense2: colours, stamps, unplugging, other sizes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import time_ns
from typing import Any

import numpy as np
import pytest
import rclpy
from doubles.captures import Plug, opencv, realsense

from dsrl_core.errors import ConfigError
from dsrl_ros.interface.conversion import image_of, stamp_ns
from dsrl_ros.robot_ends.cameras import driver_node
from dsrl_ros.robot_ends.cameras.capture import CameraGone
from dsrl_ros.robot_ends.cameras.driver_node import CameraDriver
from dsrl_ros.robot_ends.cameras.uvc import index_of

ROOT = Path(__file__).parents[2]


class Rig:
    """A driver that is turned by hand, its time, and what it publishes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 10.0
        monkeypatch.setattr(driver_node, "monotonic", lambda: self.now_s)
        self.node = CameraDriver()
        self.out: dict[str, list[Any]] = {}
        for publisher in self.node.publishers:
            self.out[publisher.topic_name] = []
            publisher.publish = self.out[publisher.topic_name].append

    def turn(self, times: int, wait_s: float = 0.1) -> None:
        for _ in range(times):
            self.now_s += wait_s
            self.node.turn()

    @property
    def images(self) -> list[Any]:
        return self.out["/cameras/wrist/image_raw"]

    def told(self) -> list[str]:
        return [each.status[0].message for each in self.out["/diagnostics"]]


Make = Callable[..., Any]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Gives a context with a driver of these parameters."""

    @contextmanager
    def made(**parameters: Any) -> Iterator[Rig]:
        given = {"camera": "wrist", **parameters}
        words = [word for name, value in given.items() for word in ("-p", f"{name}:={value}")]
        rclpy.init(args=["--ros-args", *words])
        rig = None
        try:
            rig = Rig(monkeypatch)
            yield rig
        finally:
            if rig is not None:
                rig.node.destroy_node()
            rclpy.shutdown()

    return made


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    made = Plug()
    monkeypatch.setitem(sys.modules, "cv2", opencv(made))
    return made


def test_a_picture_is_published_in_rgb_with_the_time_at_which_it_was_taken(make, plug):
    with make(width=6, height=4, rate_hz=30, fourcc="MJPG") as rig:
        before_ns = time_ns()
        rig.turn(1)
        (message,) = rig.images
        assert message.encoding == "rgb8"
        assert np.array_equal(image_of(message), np.full((4, 6, 3), (0, 0, 255), np.uint8))
        age_ms = (before_ns - stamp_ns(message.header.stamp)) / 1e6
        assert 0 < age_ms <= 20.1, "the stamp of the buffer, not of its arrival"
        ((index, asked),) = plug.opened
        assert index == 0
        assert (asked["CAP_PROP_FRAME_WIDTH"], asked["CAP_PROP_FRAME_HEIGHT"], asked["CAP_PROP_FPS"]) == (6, 4, 30)
        assert asked["CAP_PROP_FOURCC"] == "MJPG"


def test_pictures_go_out_best_effort(make, plug):
    with make() as rig:
        publisher = next(each for each in rig.node.publishers if each.topic_name.endswith("image_raw"))
        assert publisher.qos_profile.reliability.name == "BEST_EFFORT"


def test_a_stamp_of_another_clock_gives_way_to_the_arrival(make, plug):
    plug.age_s = 3600.0
    with make() as rig:
        before_ns = time_ns()
        rig.turn(1)
        assert stamp_ns(rig.images[0].header.stamp) >= before_ns


def test_unplugged_it_is_told_once_found_again_and_goes_on(make, plug):
    with make() as rig:
        rig.turn(5)
        plug.there = False
        rig.turn(50)
        assert plug.closed == len(plug.opened), "what is opened is closed"
        assert 5 <= len(plug.opened) <= 7, "one attempt a second"
        assert len([text for text in rig.told() if "is gone" in text]) == 1
        plug.there = True
        rig.turn(20)
        assert "camera wrist is back" in rig.told()
        assert len(rig.images) > 5


def test_another_camera_in_its_place_is_refused_with_one_message(make, plug):
    with make() as rig:
        rig.turn(3)
        plug.there = False
        rig.turn(1)
        plug.there, plug.height, plug.width = True, 8, 8
        rig.turn(40)
        assert len(rig.images) == 3
        assert len([text for text in rig.told() if "are refused" in text]) == 1
        rig.node._publish_status()
        assert rig.out["/diagnostics"][-1].status[0].level == b"\x02"


def test_a_camera_that_is_not_there_at_the_start_is_waited_for(make, plug):
    plug.there = False
    with make() as rig:
        rig.turn(5)
        assert any("cannot be opened" in text for text in rig.told())
        plug.there = True
        rig.turn(15)
        assert rig.images


def test_the_thread_ends_when_it_is_asked_to(make, plug):
    with make() as rig:
        stop = Event()
        thread = Thread(target=rig.node.grab, args=(stop,))
        thread.start()
        while not rig.images:
            stop.wait(0.01)
            rig.now_s += 0.01
        stop.set()
        thread.join(30.0)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"source": "webcam:0"}, "'webcam' is no kind of camera; allowed: realsense, uvc"),
        ({"camera": "my-camera"}, "topic='/cameras/my-camera/image_raw' is no topic"),
        ({"camera": '""'}, "parameter camera is missing"),
        ({"fourcc": "JPEGS"}, "four letters"),
    ],
)
def test_a_wrong_parameter_is_refused_at_the_start(make, parameters, words):
    with pytest.raises(ConfigError, match=words), make(**parameters):
        pass


def test_without_the_library_it_says_how_to_get_it(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    with (
        make(source='"realsense:1234"') as rig,
        pytest.raises(ConfigError, match=r"requirements-realsense\.txt.*libusb"),
    ):
        rig.turn(1)


@pytest.mark.parametrize(("domain", "ours"), [("global", True), ("system", True), ("hardware", False)])
def test_a_realsense_camera_and_which_of_its_clocks_count(make, monkeypatch, domain, ours):
    plug, taken_ns = Plug(), time_ns() - 30_000_000
    monkeypatch.setitem(sys.modules, "pyrealsense2", realsense(plug, domain, lambda: taken_ns / 1e6))
    with make(source='"realsense:1234"', width=6, height=4) as rig:
        rig.turn(1)
        assert plug.opened == [[("1234",), ("color", 6, 4, "rgb8", 30)]]
        stamp = stamp_ns(rig.images[0].header.stamp)
        assert (abs(stamp - taken_ns) < 1_000_000) is ours
        plug.there = False
        rig.turn(30)
        assert any("is gone: Frame didn't arrive" in text for text in rig.told())
        assert not any("No device" in text for text in rig.told()), "told once"
        plug.there = True
        rig.turn(15)
        assert "camera wrist is back" in rig.told()


def test_a_path_may_be_a_link_to_the_camera(tmp_path, monkeypatch):
    link = tmp_path / "usb-Logitech-index0"
    link.symlink_to("/dev/video7")
    with pytest.raises(CameraGone, match="no camera at"):
        index_of(str(link))
    monkeypatch.setattr("os.path.exists", lambda path: True)
    assert index_of(str(link)) == 7
    assert index_of("3") == 3


def process(module: str, *parameters: str) -> subprocess.Popen[str]:
    """A robot end's process, as its launcher starts it."""
    code = f"import sys; from {module} import main; sys.exit(main())"
    words = [word for text in parameters for word in ("-p", text)]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, "--ros-args", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )


def test_a_process_waits_for_its_camera_until_it_is_asked_to_end():
    driver = process(driver_node.__name__, "camera:=wrist", "source:=uvc:/dev/video999")
    assert driver.stdout is not None
    assert "there is no camera at /dev/video999" in next(line for line in driver.stdout if "camera wrist" in line)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(60) == 130
    assert "Traceback" not in driver.stdout.read()


@pytest.mark.parametrize(
    ("module", "parameters", "words"),
    [
        ("dsrl_ros.robot_ends.cameras.driver_node", ("camera:=wrist", "height:=0"), "height out of range"),
        ("dsrl_ros.robot_ends.franka_ros2.adapter_node", (), "franka_msgs cannot be imported"),
    ],
)
def test_a_process_that_cannot_work_says_so_in_one_line(module, parameters, words):
    ended = process(module, *parameters)
    output, _ = ended.communicate(timeout=60)
    assert ended.returncode == 3
    (line,) = [line for line in output.splitlines() if "[FATAL]" in line]
    assert words in line
    assert "Traceback" not in output
