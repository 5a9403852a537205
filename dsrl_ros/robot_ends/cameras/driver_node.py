"""A camera without a driver of its own: publishes what it sends, and finds it again when it was unplugged."""

import sys
import traceback
from threading import Event, Thread
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rcl_interfaces.msg import IntegerRange, ParameterDescriptor
from sensor_msgs.msg import Image

from dsrl_core.acting.camera_link import CameraLink
from dsrl_core.config.ros_names import check_topic
from dsrl_core.errors import ConfigError
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_message
from dsrl_ros.interface.exit_codes import FAILED, FINAL
from dsrl_ros.nodes.graph_node import leave
from dsrl_ros.nodes.listening import ListeningNode
from dsrl_ros.robot_ends.cameras.capture import CameraGone, Capture, Frame, Wanted, kind_of
from dsrl_ros.robot_ends.process import run

PAUSE_S = 0.1  # between two looks whether to open
TOLD_S = 1.0  # between two statuses


class CameraDriver(ListeningNode):
    """Parameters: the camera's name, its source, size and rate, and the topic."""

    def __init__(self) -> None:
        super().__init__("camera_driver")
        name = self._text("camera", "", "name of the camera in the contract")
        if not name:
            raise ConfigError("the parameter camera is missing: the camera's name in the contract, such as wrist")
        topic = self._text("topic", "", "topic; empty: /cameras/<camera>/image_raw") or f"/cameras/{name}/image_raw"
        check_topic(topic, "topic")
        self._source = self._text("source", "uvc:0", "uvc:NUMBER, uvc:PATH, realsense or realsense:SERIAL")
        self._kind, device = kind_of(self._source)
        self._wanted = Wanted(
            device,
            self._number("height", 480, 2160),
            self._number("width", 640, 3840),
            self._number("rate_hz", 30, 240),
            self._text("fourcc", "", "of UVC: MJPG for large pictures at a high rate"),
        )
        if len(self._wanted.fourcc) not in (0, 4):
            raise ConfigError(f"fourcc={self._wanted.fourcc!r} must be four letters, such as MJPG, or empty")
        self._name, self._link = name, CameraLink(name)
        self._capture: Capture | None = None
        self._text_of_link = f"camera {name} is being opened"
        self._out = self.create_publisher(Image, topic, topics.best_effort())
        self._words = self.create_publisher(DiagnosticArray, topics.DIAGNOSTICS, topics.reliable(10))
        self.create_timer(TOLD_S, self._publish_status)

    def turn(self) -> bool:
        """Open the camera or publish one frame; returns False where there is nothing to do for now."""
        try:
            if self._capture is None:
                if not self._link.may_open(monotonic()):
                    return False
                self._capture = self._kind.open_capture(self._wanted)
            self._take(self._capture.read())
        except CameraGone as gone:
            self._close()
            self._tell(self._link.lost(str(gone)))
        return True

    def grab(self, stop: Event) -> None:
        """`turn`, for ever: to be run in a thread of its own, as a camera's library waits for frames."""
        while not stop.is_set():
            if not self.turn():
                stop.wait(PAUSE_S)

    def _take(self, frame: Frame) -> None:
        counts, text = self._link.frame(*frame.pixels.shape[:2])
        self._tell(text)
        if counts:
            self._out.publish(image_message(frame.pixels, frame.stamp_ns, self._name))

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    def _tell(self, text: str) -> None:
        if not text:
            return
        self._text_of_link = text
        if self._link.trouble:
            self.get_logger().error(text)
        else:
            self.get_logger().info(text)
        self._publish_status()

    def _publish_status(self) -> None:
        level = DiagnosticStatus.ERROR if self._link.trouble else DiagnosticStatus.OK
        status = DiagnosticStatus(level=level, name=f"camera_driver: {self._name}", message=self._text_of_link)
        status.hardware_id = self._source
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._words.publish(array)

    def _text(self, name: str, default: str, doc: str) -> str:
        return str(self._declared(name, default, ParameterDescriptor(description=doc)))

    def _number(self, name: str, default: int, highest: int) -> int:
        allowed = IntegerRange(from_value=1, to_value=highest)
        return int(self._declared(name, default, ParameterDescriptor(description=name, integer_range=[allowed])))

    def _declared(self, name: str, default: Any, descriptor: ParameterDescriptor) -> Any:
        descriptor.read_only = True
        return self.declare_parameter(name, default, descriptor).value


def started() -> CameraDriver:
    """The driver with its thread, which ends the process where it fails."""
    driver = CameraDriver()

    def grab() -> None:
        try:
            driver.grab(Event())
        except ConfigError as error:
            print(f"[FATAL] {error}", file=sys.stderr, flush=True)
            leave(FINAL)
        except Exception:
            traceback.print_exc()
            leave(FAILED)

    Thread(target=grab, name="camera", daemon=True).start()
    return driver


def main() -> None:
    run(started)
