"""A buffer of accepted records that survives the death of the process.

One file holds one buffer, which becomes one S3 object. Its first line is a JSON header; then each
accepted call is a frame: length (4 bytes), CRC-32 (4 bytes), the records' bytes. A frame that was
being written when the process was killed is incomplete, was never acknowledged, and is dropped.
"""

from __future__ import annotations

import json
import os
import struct
import time
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from local_aws.firehose.destination import S3Destination

_FRAME = struct.Struct(">II")
_SUFFIX = ".buffer"


@dataclass(frozen=True)
class BufferHeader:
    """What a buffer is and where it goes.

    Attributes
    ----------
    stream : name of the delivery stream.
    version : of the delivery stream, part of the object's name.
    object_id : makes the object's name unique; the same at each attempt to deliver it.
    opened_at : arrival of the oldest record, seconds since 1970.
    destination : as it was when the buffer was opened.
    """

    stream: str
    version: int
    object_id: str
    opened_at: float
    destination: S3Destination


class BufferFile:
    """An open buffer: append to it, then close it and deliver what it holds."""

    def __init__(self, header: BufferHeader, path: Path, file: BinaryIO, size: int = 0) -> None:
        self.header = header
        self.size = size
        self._path = path
        self._file = file

    @classmethod
    def open_new(
        cls, folder: Path, stream: str, version: int, destination: S3Destination
    ) -> BufferFile:
        """Start a buffer in `folder`."""
        header = BufferHeader(stream, version, str(uuid.uuid4()), time.time(), destination)
        path = folder / f"{header.opened_at:017.6f}-{header.object_id}{_SUFFIX}"
        file = path.open("ab", buffering=0)
        _write_whole(file, _write_header(header))
        return cls(header, path, file)

    @classmethod
    def left_behind(cls, folder: Path) -> list[BufferFile]:
        """Return the buffers of an earlier process, oldest first."""
        return [cls._reopen(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))]

    @classmethod
    def _reopen(cls, path: Path) -> BufferFile:
        file = path.open("rb")
        buffer = cls(_read_header(file.readline()), path, file)
        buffer.size = sum(len(records) for records in buffer.read())
        return buffer

    def append(self, records: bytes) -> None:
        """Add the records of one accepted call; they are safe once this returns.

        Raises
        ------
        OSError : they could not be written; the buffer is as it was before.
        """
        _write_whole(self._file, _FRAME.pack(len(records), zlib.crc32(records)) + records)
        self.size += len(records)

    def read(self) -> Iterator[bytes]:
        """Yield what was appended, in order, without an incomplete last frame."""
        with self._path.open("rb") as content:
            content.readline()
            while len(prefix := content.read(_FRAME.size)) == _FRAME.size:
                length, checksum = _FRAME.unpack(prefix)
                records = content.read(length)
                if len(records) < length or zlib.crc32(records) != checksum:
                    return
                yield records

    def remove(self) -> None:
        """Forget the buffer, once it is delivered."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _write_whole(file: BinaryIO, content: bytes) -> None:
    end = file.seek(0, os.SEEK_END)
    written = 0
    try:
        written = file.write(content)
    finally:
        if written != len(content):
            file.truncate(end)
    if written != len(content):
        raise OSError("the disk took only a part of a Firehose buffer")


def _write_header(header: BufferHeader) -> bytes:
    content = {**vars(header), "destination": header.destination.to_json()}
    return json.dumps(content).encode() + b"\n"


def _read_header(line: bytes) -> BufferHeader:
    content = json.loads(line)
    return BufferHeader(
        **{**content, "destination": S3Destination.from_json(content["destination"])}
    )
