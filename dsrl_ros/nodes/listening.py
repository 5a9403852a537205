"""How a node takes messages: every subscription drops what is malformed, with one complaint, and goes on."""

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_ros.nodes.complaints import PERIOD_S, Complaints
from dsrl_ros.nodes.second_graph import ForeignMessages

LONGEST = 80  # characters of another run's name that are told
LONGEST_LINE = 300  # of a complaint, which may repeat what a message holds


class ListeningNode(Node):
    """A node that subscribes by `listen` alone.

    A callback raises InvalidRequest for a message that is malformed, before anything has changed; conversion functions
    and checks of the core do. Any other error is one of this package, and ends the process.
    """

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.foreign = ForeignMessages()
        self._complaints = Complaints()

    def listen(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: Any, **options: Any) -> None:
        """Subscribe to `topic`; messages for which `callback` raises InvalidRequest are dropped.

        Args:
            kind: type of the messages.
            topic: relative to the node's namespace, or absolute.
            callback: takes a message; serialised with the option `raw=True`.
            quality: quality of service.
            options: further keywords of `create_subscription`.
        """
        self.create_subscription(kind, topic, self.dropping_invalid(topic, callback), quality, **options)

    def is_of(self, message: Any, **ours: str) -> bool:
        """Whether fields of a message, its run's id or also its robot, are `ours`; complains of a foreign message."""
        theirs = {name: getattr(message, name) for name in ours}
        if theirs != ours:
            kind, sender = type(message).__name__, "/".join(theirs.values())
            self.foreign.note(f"{kind} of {sender[:LONGEST]!r}")
            self.complain(f"foreign {kind}", f"{self.foreign.last} is ignored: this is {'/'.join(ours.values())!r}")
        return theirs == ours

    def complain(self, about: str, text: str, error: bool = False, lasting: bool = False) -> None:
        """Log, on one line, what may happen with every message: at once, then every few seconds with their number.

        Warnings reach the person at the terminal, too; what stops output reaches them in the status of the node.

        Args:
            about: what it is about, such as a topic; complaints about different things do not hold each other back.
            text: what is wrong and what to do.
            error: whether output stops because of it; it is a warning otherwise.
            lasting: whether this is a state that lasts, of which there is no number of times.
        """
        line = self._complaints.line(about, excerpt(text, LONGEST_LINE), lasting)
        if line is None:
            return
        if error:
            self.get_logger().error(line)
        else:
            self.get_logger().warning(line)
            self.notify(about, line)

    def end_of_complaint(self, about: str, text: str, after_s: float = PERIOD_S) -> None:
        """Log `text`, once, when the complaint `about` has not come again for `after_s`. To be called often."""
        count = self._complaints.over(about, after_s)
        if count is not None:
            self.get_logger().info(text + count)
            self.notify(about, "")

    def notify(self, about: str, text: str) -> None:
        """Tell the person at the terminal, where a node has a way to; with an empty text that it is over."""

    def dropping_invalid(self, stream: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """A callback that drops messages for which `callback` raises InvalidRequest.

        It warns at once and then every few seconds, and tells once when only valid messages have come for a while.
        """

        def guarded(message: Any) -> None:
            try:
                callback(message)
            except InvalidRequest as error:
                self.complain(stream, f"{stream}: dropped: {error}")
            else:
                self.end_of_complaint(stream, f"{stream}: sound again")

        return guarded
