"""Somebody who looks on with Foxglove: its websocket protocol, messages decoded by the definitions that it sends."""

import json
import re
import struct
from typing import Any

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from websockets.sync.client import connect

HEAD = struct.Struct("<BIQ")  # of a message: operation 1, subscription, time of logging in ns


class FoxgloveClient:
    """Subscribes to topics as they are offered; `hear` gives what comes."""

    def __init__(self, port: int) -> None:
        """Raises OSError where nobody serves."""
        self._socket = connect(f"ws://127.0.0.1:{port}", subprotocols=["foxglove.sdk.v1"], max_size=None)  # type: ignore[list-item]
        self.channels: dict[str, dict[str, Any]] = {}  # topic -> what is offered
        self._of: dict[int, dict[str, Any]] = {}
        self.server: dict[str, Any] = {}

    def subscribe(self, topic: str) -> None:
        channel = self.channels[topic]
        self._of[channel["id"]] = channel
        self._ask(channel["id"])

    def hear(self, patience_s: float = 60.0) -> tuple[str, Any] | None:
        """Topic and decoded message of the next one; None where something else came. TimeoutError after a while."""
        data = self._socket.recv(timeout=patience_s)
        if isinstance(data, str):
            self._take(json.loads(data))
            return None
        operation, subscription, _ = HEAD.unpack_from(data)
        if operation != 1:
            return None
        channel = self._of[subscription]
        return channel["topic"], decoded(channel, data[HEAD.size :])

    def close(self) -> None:
        self._socket.close()

    def _ask(self, channel: int) -> None:
        wanted = {"id": channel, "channelId": channel}
        self._socket.send(json.dumps({"op": "subscribe", "subscriptions": [wanted]}))

    def _take(self, news: dict[str, Any]) -> None:
        if unknown := re.fullmatch(r"Unknown channel ID: (\d+)", news.get("message", "")):
            self._ask(int(unknown[1]))  # the server offers a channel a moment before it takes subscriptions to it
        if news["op"] == "serverInfo":
            self.server = news
        elif news["op"] == "advertise":
            self.channels |= {channel["topic"]: channel for channel in news["channels"]}


def decoded(channel: dict[str, Any], data: bytes) -> Any:
    """A message by nothing but what the server says of its topic."""
    assert (channel["encoding"], channel["schemaEncoding"]) == ("cdr", "ros2msg")
    store, name = get_typestore(Stores.EMPTY), channel["schemaName"]
    store.register(get_types_from_msg(channel["schema"], name))
    return store.deserialize_cdr(data, name)
