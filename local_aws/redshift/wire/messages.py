"""Messages of the PostgreSQL protocol, version 3, which is also Redshift's.

See "Message Formats" in PostgreSQL's manual: a message is a letter, a length that counts itself,
and a body.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

PROTOCOL_3 = 196608
SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102

_CHUNK = 1 << 18
_HEADER = struct.Struct("!ci")
_START_LIMIT = 10_000
_LENGTH_LIMIT = 1 << 30


class ConnectionEndedError(Exception):
    """The other side has gone."""


class ProtocolError(Exception):
    """The other side does not speak the protocol."""


@dataclass(frozen=True)
class Message:
    """One message: its letter and its body."""

    kind: bytes
    body: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes on the wire."""
        return _HEADER.pack(self.kind, len(self.body) + 4) + self.body


class Channel:
    """A connection that is read and written in messages; writes wait for `flush`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unread = bytearray()
        self._unsent = bytearray()

    @property
    def socket(self) -> socket.socket:
        """The connection itself."""
        return self._connection

    def read(self) -> Message:
        """Return the next message.

        Raises
        ------
        ConnectionEndedError : there is none and will be none.
        """
        self._need(_HEADER.size)
        kind, length = _HEADER.unpack_from(self._unread)
        if not 4 <= length <= _LENGTH_LIMIT:
            raise ProtocolError(f"a message of {length} bytes")
        self._need(length + 1)
        message = Message(kind, bytes(self._unread[_HEADER.size : length + 1]))
        del self._unread[: length + 1]
        return message

    def read_start(self) -> tuple[int, bytes]:
        """Return code and body of a message without a letter: the first ones of a connection."""
        self._need(8)
        length, code = struct.unpack_from("!ii", self._unread)
        if not 8 <= length <= _START_LIMIT:
            raise ProtocolError(f"a start message of {length} bytes")
        self._need(length)
        body = bytes(self._unread[8:length])
        del self._unread[:length]
        return code, body

    def read_runs(self, bulk: bytes) -> Iterator[bytes | Message]:
        """Yield messages; those with a letter in `bulk` come together, as they are on the wire.

        Rows of a result pass through by the thousand in one piece.
        """
        while True:
            end = self._end_of_run(bulk)
            if end:
                yield bytes(self._unread[:end])
                del self._unread[:end]
            elif len(self._unread) >= _HEADER.size and self._unread[:1] not in _letters(bulk):
                yield self.read()
            else:
                self._receive()

    def _end_of_run(self, bulk: bytes) -> int:
        position, available = 0, len(self._unread)
        while position + _HEADER.size <= available and self._unread[position] in bulk:
            length: int = struct.unpack_from("!i", self._unread, position + 1)[0]
            if position + length + 1 > available:
                break
            position += length + 1
        return position

    def has_unread(self) -> bool:
        """Return whether the other side has sent something that was not read yet."""
        if self._unread:
            return True
        self._connection.setblocking(False)
        try:
            return len(self._connection.recv(1, socket.MSG_PEEK)) > 0
        except BlockingIOError:
            return False
        finally:
            self._connection.setblocking(True)

    def write(self, kind: bytes, body: bytes = b"") -> None:
        """Add one message to what `flush` sends."""
        self._unsent += Message(kind, body).encode()

    def write_encoded(self, encoded: bytes) -> None:
        """Add messages that are encoded already."""
        self._unsent += encoded
        if len(self._unsent) > _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Send all that was written."""
        if self._unsent:
            try:
                self._connection.sendall(self._unsent)
            except OSError as gone:
                raise ConnectionEndedError from gone
            self._unsent = bytearray()

    def close(self) -> None:
        """End the connection; what was not flushed is lost."""
        self._connection.close()

    def _need(self, size: int) -> None:
        while len(self._unread) < size:
            self._receive()

    def _receive(self) -> None:
        try:
            received = self._connection.recv(_CHUNK)
        except OSError as gone:
            raise ConnectionEndedError from gone
        if not received:
            raise ConnectionEndedError
        self._unread += received


def _letters(bulk: bytes) -> tuple[bytes, ...]:
    return tuple(bulk[index : index + 1] for index in range(len(bulk)))


def text(value: str) -> bytes:
    """Return a string as the protocol has it: UTF-8, ended by a zero byte."""
    return value.encode() + b"\0"


def start_message(code: int, body: bytes) -> bytes:
    """Return the bytes of a message without a letter."""
    return struct.pack("!ii", len(body) + 8, code) + body


def read_parameters(body: bytes) -> dict[str, str]:
    """Return the parameters of a start message."""
    parts = body.decode(errors="replace").split("\0")
    return dict(zip(parts[::2], parts[1::2], strict=False))


def read_fields(body: bytes) -> dict[str, str]:
    """Return the fields of an ErrorResponse or NoticeResponse by their letters."""
    fields = (part.decode(errors="replace") for part in body.split(b"\0"))
    return {field[0]: field[1:] for field in fields if field}


def error_body(
    code: str, message: str, detail: str | None = None, severity: str = "ERROR"
) -> bytes:
    """Return the body of an ErrorResponse."""
    fields = [("S", severity), ("V", severity), ("C", code), ("M", message)]
    if detail:
        fields.append(("D", detail))
    return b"".join(letter.encode() + text(value) for letter, value in fields) + b"\0"


def read_row(body: bytes) -> list[str | None]:
    """Return the values of a DataRow in text format."""
    count: int = struct.unpack_from("!h", body)[0]
    values: list[str | None] = []
    position = 2
    for _ in range(count):
        length: int = struct.unpack_from("!i", body, position)[0]
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[position : position + length].decode())
            position += length
    return values
