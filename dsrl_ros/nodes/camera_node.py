"""One camera: takes raw images, publishes them at the policy's size. Raw images are never forwarded."""

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from dsrl_core.acting.camera_link import FirstSize
from dsrl_core.acting.freshness import Freshness
from dsrl_core.acting.observation import fit_image
from dsrl_core.errors import InvalidRequest
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_message, stamp_ns
from dsrl_ros.interface.cv import guess, rgb_image
from dsrl_ros.interface.diagnostics import PERIOD_S
from dsrl_ros.interface.reports import StreamReport
from dsrl_ros.nodes.graph_node import GraphNode, run


class CameraNode(GraphNode):
    """Has a further parameter `camera`, its name in the contract."""

    def __init__(self) -> None:
        super().__init__("camera")
        doc = ParameterDescriptor(description="name of the camera in the contract", read_only=True)
        name = str(self.declare_parameter("camera", Parameter.Type.STRING, doc).value)
        observation = self.config.platform.observation
        self._contract = observation.cameras[name]
        self._encoding = ""  # of the last image
        self._fresh = Freshness(self._contract) if observation.stamps == "newest" else None
        self._first = FirstSize(name, "start the run again with --out")
        self._out = self.create_publisher(Image, topics.observation_image(name), topics.reliable())
        self._stream = StreamReport(self._contract.topic, lockstep=observation.stamps == "exact")
        self.diagnostics.add("images", self._stream)
        self.create_timer(PERIOD_S, self.diagnostics.update)
        self.listen(Image, self._contract.topic, self._on_image, topics.sensor(observation.stamps))

    def _on_image(self, message: Image) -> None:
        stamp, pixels = stamp_ns(message.header.stamp), rgb_image(message)
        if message.encoding != self._encoding:
            self._tell_guess(message.encoding)
        if self._fresh is not None:
            if refusal := self._first.refusal(*pixels.shape[:2]):
                raise InvalidRequest(refusal)
            self._fresh.check(stamp, self.get_clock().now().nanoseconds, pixels)
        image = fit_image(pixels, self._contract.height, self._contract.width)
        self._out.publish(image_message(image, stamp, message.header.frame_id))
        self._stream.add()

    def _tell_guess(self, encoding: str) -> None:
        """Say once how a new encoding is taken, if it leaves something open."""
        self._encoding = encoding
        if guess(encoding):
            self.complain("encoding", f"{self._contract.topic}: {guess(encoding)}")


def main() -> None:
    run(CameraNode)
