"""The services of a run, by which a person pauses it, lets it go on, saves a checkpoint, or ends it in order."""

from collections.abc import Callable
from functools import partial

from rclpy.node import Node
from std_srvs.srv import Trigger

from dsrl_core.training.run_control import Answer, RunControl
from dsrl_ros.interface.topics import run_topic


def offer_run_services(node: Node, control: RunControl, run_id: str, told: Callable[[], None]) -> None:
    """Offer `/<run_id>/pause` and the like; `told` is called before an answer goes out, to tell robots what holds.

    They are served between two pieces of the node's work, never within a gradient step.
    """
    services = (control.pause, control.resume, control.save_checkpoint, control.stop_after_episode)
    for service in services:
        node.create_service(Trigger, run_topic(run_id, service.__name__), partial(_serve, service, told))


def _serve(
    service: Callable[[], Answer], told: Callable[[], None], request: Trigger.Request, response: Trigger.Response
) -> Trigger.Response:
    answer = service()
    told()
    response.success, response.message = answer.done, answer.text
    return response
