"""How rosbags writes MCAP here: by the `mcap` package, whose chunks have checksums; type hashes; attachments."""

from pathlib import Path
from time import time_ns
from typing import BinaryIO, cast

from mcap.writer import CompressionType
from mcap.writer import Writer as McapWriter
from rosbags.interfaces import Connection, ConnectionExtRosbag2, MessageDefinitionFormat
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.enums import CompressionMode

CHUNK_BYTES = 1 << 20  # before compression: what a reader unpacks to find one message
SCHEMAS = {MessageDefinitionFormat.MSG: "ros2msg", MessageDefinitionFormat.IDL: "ros2idl"}


class McapStorage:
    """What `rosbags.rosbag2.Writer` asks of a storage."""

    def __init__(self, path: Path, compression: CompressionMode) -> None:
        self.path = path / f"{path.name}.mcap"
        self._file: BinaryIO = self.path.open("xb")
        packed = CompressionType.ZSTD if compression is CompressionMode.STORAGE else CompressionType.NONE
        self._writer = McapWriter(self._file, chunk_size=CHUNK_BYTES, compression=packed)
        self._writer.start("ros2")
        self._schemas: dict[str, int] = {}
        self._channels: dict[int, int] = {}

    def add_msgtype(self, connection: Connection) -> None:
        definition = connection.msgdef
        self._schemas[connection.msgtype] = self._writer.register_schema(
            connection.msgtype, SCHEMAS[definition.format], definition.data.encode()
        )

    def add_connection(self, connection: Connection, offered_qos_profiles: str) -> None:
        encoding = cast(ConnectionExtRosbag2, connection.ext).serialization_format
        facts = {"offered_qos_profiles": offered_qos_profiles, "topic_type_hash": connection.digest}
        self._channels[connection.id] = self._writer.register_channel(
            connection.topic, encoding, self._schemas[connection.msgtype], facts
        )

    def write(self, connection: Connection, timestamp: int, data: bytes | memoryview) -> None:
        self._writer.add_message(self._channels[connection.id], timestamp, bytes(data), timestamp)

    def attach(self, name: str, data: bytes) -> None:
        """Add a text as a file."""
        media_type = "application/yaml" if name.endswith(".yaml") else "text/plain"
        self._writer.add_attachment(create_time=0, log_time=time_ns(), name=name, media_type=media_type, data=data)

    def close(self, version: int, metadata: str) -> None:
        self._writer.add_metadata("rosbag2", {"serialized_metadata": metadata})
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.close()

    def abort(self) -> None:
        self._file.close()


class McapBag(Writer):
    """A rosbag2 whose messages lie in such a file."""

    STORAGE_PLUGINS = {StoragePlugin.MCAP: McapStorage}  # noqa: RUF012

    def attach(self, name: str, text: str) -> None:
        """Add a text as a file, to an open bag."""
        cast(McapStorage, self.storage).attach(name, text.encode())
