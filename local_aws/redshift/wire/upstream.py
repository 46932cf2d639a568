"""A session of PostgreSQL, spoken to in the protocol itself so that answers pass on unchanged."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable, Iterator

from local_aws.redshift.errors import RedshiftError
from local_aws.redshift.postgres import SUPERUSER, Address
from local_aws.redshift.wire.messages import (
    CANCEL_REQUEST,
    PROTOCOL_3,
    Channel,
    ConnectionEndedError,
    Message,
    read_fields,
    read_row,
    start_message,
    text,
)

IDLE, IN_TRANSACTION, FAILED_TRANSACTION = b"I", b"T", b"E"
_QUERY_CANCELLED = "57014"
_CLEARTEXT_PASSWORD = b"\x00\x00\x00\x03"
_AUTHENTICATED = b"\x00\x00\x00\x00"


class ServerError(Exception):
    """PostgreSQL refused a statement of ours.

    Attributes
    ----------
    body : the ErrorResponse, to be passed on.
    code : SQLSTATE.
    """

    def __init__(self, body: bytes) -> None:
        fields = read_fields(body)
        super().__init__(fields.get("M", "unknown error"))
        self.body = body
        self.code = fields.get("C", "XX000")


class Upstream:
    """One session of the database server.

    Parameters
    ----------
    address : the server.
    database : one of its databases.
    user, password : who logs in; the superuser if they are not given.

    Attributes
    ----------
    status : transaction status of the last ReadyForQuery: IDLE, IN_TRANSACTION, FAILED_TRANSACTION.
    parameters : the server's settings that it tells to clients.
    key : process number and secret that a CancelRequest names.
    cancelled : set when such a request came; a COPY or UNLOAD looks at it.
    """

    def __init__(
        self, address: Address, database: str, user: str = SUPERUSER, password: str | None = None
    ) -> None:
        connection = socket.create_connection((address.host, address.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.channel = Channel(connection)
        self.status = IDLE
        self.parameters: dict[str, str] = {}
        self.key = b""
        self.cancelled = threading.Event()
        try:
            self._begin(user, address.password if password is None else password, database)
        except BaseException:
            self.channel.close()
            raise

    def _begin(self, user: str, password: str, database: str) -> None:
        chosen = text("user") + text(user) + text("database") + text(database) + b"\0"
        self.channel.write_encoded(start_message(PROTOCOL_3, chosen))
        self.channel.flush()
        while True:
            message = self.channel.read()
            if message.kind == b"R" and message.body == _CLEARTEXT_PASSWORD:
                self.channel.write(b"p", text(password))
                self.channel.flush()
            elif message.kind == b"E":
                raise ServerError(message.body)
            elif message.kind == b"K":
                self.key = message.body
            elif message.kind == b"S":
                name, value = message.body.decode().split("\0")[:2]
                self.parameters[name] = value
            elif message.kind == b"Z":
                return
            elif message.kind == b"R" and message.body != _AUTHENTICATED:
                raise ConnectionEndedError("an unknown way of authentication")

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self.channel.close()

    def note_ready(self, message: Message) -> None:
        """Remember the transaction status that a ReadyForQuery tells."""
        self.status = message.body

    def query(self, sql: str) -> list[list[str | None]]:
        """Run one statement and return its rows as text.

        Raises
        ------
        ServerError : it was refused.
        """
        self.channel.write(b"Q", text(sql))
        self.channel.flush()
        return [read_row(message.body) for message in self._answers() if message.kind == b"D"]

    def run(self, sql: str) -> str:
        """Run one statement that returns no rows; return its command tag."""
        self.channel.write(b"Q", text(sql))
        self.channel.flush()
        tag = ""
        for message in self._answers():
            if message.kind == b"C":
                tag = message.body.rstrip(b"\0").decode()
        return tag

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Run `COPY … FROM STDIN` with this content; return the number of rows.

        Raises
        ------
        ServerError : it was refused, or the content was. An exception of `chunks` ends the COPY
            as a failed statement and is raised on.
        """
        self.channel.write(b"Q", text(sql))
        self.channel.flush()
        started = self.channel.read()
        if started.kind != b"G":
            self._refused(started)
        try:
            for chunk in chunks:
                self.stop_if_cancelled()
                self.channel.write(b"d", chunk)
                self.channel.flush()
                if self.channel.has_unread():  # an error: the rest is of no use
                    break
        except Exception:
            self.channel.write(b"f", text("the source failed"))
            self.channel.flush()
            with_error = [message for message in self._until_ready() if message.kind == b"E"]
            assert with_error  # noqa: S101  # a CopyFail is always answered with an error
            raise
        self.channel.write(b"c")
        self.channel.flush()
        return self._rows_of(self._answers())

    def copy_out(self, sql: str) -> Iterator[bytes]:
        """Run `COPY … TO STDOUT` and yield its content, a piece for each row."""
        self.channel.write(b"Q", text(sql))
        self.channel.flush()
        for message in self._answers():
            if message.kind == b"d":
                yield message.body

    def stop_if_cancelled(self) -> None:
        """Fail what is under way if the client has cancelled it.

        Raises
        ------
        RedshiftError : it was cancelled.
        """
        if self.cancelled.is_set():
            raise RedshiftError("Query cancelled on user's request", _QUERY_CANCELLED)

    def _answers(self) -> Iterator[Message]:
        """Yield the messages of one statement; raise its error once the server is ready again."""
        error: bytes | None = None
        for message in self._until_ready():
            if message.kind == b"E":
                error = error or message.body
            else:
                yield message
        if error is not None:
            raise ServerError(error)

    def _until_ready(self) -> Iterator[Message]:
        while True:
            message = self.channel.read()
            if message.kind == b"Z":
                self.note_ready(message)
                return
            yield message

    def _refused(self, first: Message) -> None:
        rest = list(self._until_ready())
        error = next(message for message in (first, *rest) if message.kind == b"E")
        raise ServerError(error.body)

    @staticmethod
    def _rows_of(answers: Iterator[Message]) -> int:
        rows = 0
        for message in answers:
            if message.kind == b"C":
                rows = int(message.body.rstrip(b"\0").decode().rsplit(" ", 1)[-1])
        return rows


def cancel(address: Address, request: bytes) -> None:
    """Send the body of a CancelRequest to the server; whether it helps is not told."""
    where = (address.host, address.port)
    with contextlib.suppress(OSError), socket.create_connection(where, timeout=5) as connection:
        connection.sendall(start_message(CANCEL_REQUEST, request))
        connection.recv(1)
