"""A client's session: its messages in, translated statements to PostgreSQL, the answers back."""

from __future__ import annotations

import struct
from collections.abc import Callable

from local_aws.redshift.dialect.translation import Direct, Translation
from local_aws.redshift.errors import RedshiftError, SyntaxRefusedError
from local_aws.redshift.execution import Executor
from local_aws.redshift.wire.limits import in_words_of_redshift
from local_aws.redshift.wire.messages import (
    Channel,
    ConnectionEndedError,
    Message,
    error_body,
    text,
)
from local_aws.redshift.wire.upstream import IDLE, ServerError, Upstream

_BULK = b"D"
_TRANSACTION_CONTROL = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT")
# What ends the answer to a message of the extended protocol, besides an error.
_ANSWER_ENDS = {b"P": (b"1",), b"B": (b"2",), b"D": (b"T", b"n"), b"E": (b"C", b"I", b"s")}
_TRANSACTION_FAILED_BEFORE = "25P02"
_CLOSED = (b"3",)
_NO_PARAMETERS = struct.pack("!h", 0)


class ClientSession:
    """Serves one client after it has logged in.

    Parameters
    ----------
    client : the connection of the client.
    upstream : a session of the database server of its own.
    executor : translates statements and carries out those that PostgreSQL cannot.
    """

    def __init__(self, client: Channel, upstream: Upstream, executor: Executor) -> None:
        self._client = client
        self._upstream = upstream
        self._executor = executor
        self._statements: dict[bytes, Translation] = {}  # those that we carry out ourselves
        self._portals: dict[bytes, Translation] = {}
        self._failed = False  # skip to the next Sync
        self._handlers: dict[bytes, Callable[[Message], None]] = {
            b"P": self._on_parse,
            b"B": self._on_bind,
            b"D": self._on_describe,
            b"E": self._on_execute,
            b"C": self._on_close,
        }

    def serve(self) -> None:
        """Answer until the client leaves."""
        while True:
            message = self._client.read()
            if message.kind == b"Q":
                self._failed = False
                self._on_query(message.body.rstrip(b"\0").decode())
            elif message.kind == b"S":
                self._on_sync()
            elif message.kind == b"H":
                self._client.flush()
            elif message.kind == b"X":
                return
            elif message.kind in self._handlers:
                if not self._failed:
                    self._handlers[message.kind](message)
            else:
                raise ConnectionEndedError(f"an unexpected message {message.kind!r}")

    # The simple protocol: one message with any number of statements.

    def _on_query(self, sql: str) -> None:
        try:
            self._run_all(self._executor.split(sql))
        except ServerError as refused:
            self._client.write(b"E", in_words_of_redshift(refused.body))
        except RedshiftError as refused:
            self._client.write(b"E", self._fail(refused))
        self._client.write(b"Z", self._upstream.status)
        self._client.flush()

    def _run_all(self, statements: list[str]) -> None:
        if not statements:
            self._client.write(b"I")
        together = (
            len(statements) > 1
            and self._upstream.status == IDLE
            and not any(_controls_transactions(statement) for statement in statements)
        )
        if together:
            with self._executor.transaction():
                self._run_each(statements)
        else:
            self._run_each(statements)

    def _run_each(self, statements: list[str]) -> None:
        for statement in statements:
            translation = self._executor.translate(statement)
            if isinstance(translation, Direct):
                self._relay_query(translation.sql)
            else:
                self._client.write(b"C", text(self._executor.run(translation)))

    def _relay_query(self, sql: str) -> None:
        self._upstream.channel.write(b"Q", text(sql))
        self._upstream.channel.flush()
        error: bytes | None = None
        for answer in self._upstream.channel.read_runs(_BULK):
            if isinstance(answer, bytes):
                self._client.write_encoded(answer)
            elif answer.kind == b"Z":
                self._upstream.note_ready(answer)
                break
            elif answer.kind == b"E":
                error = answer.body
            else:
                self._client.write(answer.kind, answer.body)
        if error is not None:
            raise ServerError(error)

    # The extended protocol: parse, bind, describe, execute, sync.

    def _on_parse(self, message: Message) -> None:
        name, sql, types = message.body.split(b"\0", 2)
        self._statements.pop(name, None)
        try:
            translation = self._prepare(sql.decode())
        except (RedshiftError, ServerError) as refused:
            self._answer_error(refused)
            return
        if isinstance(translation, Direct):
            self._relay(Message(b"P", name + b"\0" + text(translation.sql) + types))
        else:
            self._statements[name] = translation
            self._client.write(b"1")

    def _prepare(self, sql: str) -> Translation:
        statements = self._executor.split(sql)
        if len(statements) > 1:
            raise SyntaxRefusedError("cannot insert multiple commands into a prepared statement")
        return self._executor.translate(statements[0]) if statements else Direct("")

    def _on_bind(self, message: Message) -> None:
        portal, name, _ = message.body.split(b"\0", 2)
        self._portals.pop(portal, None)
        if name in self._statements:
            self._portals[portal] = self._statements[name]
            self._client.write(b"2")
        else:
            self._relay(message)

    def _on_describe(self, message: Message) -> None:
        kind, name = message.body[:1], message.body[1:].rstrip(b"\0")
        if name not in (self._statements if kind == b"S" else self._portals):
            self._relay(message)
            return
        if kind == b"S":
            self._client.write(b"t", _NO_PARAMETERS)
        self._client.write(b"n")

    def _on_execute(self, message: Message) -> None:
        portal = message.body.split(b"\0", 1)[0]
        if portal not in self._portals:
            self._relay(message)
            return
        try:
            tag = self._executor.run(self._portals[portal])
        except (RedshiftError, ServerError) as refused:
            self._answer_error(refused)
        else:
            self._client.write(b"C", text(tag))

    def _on_close(self, message: Message) -> None:
        kind, name = message.body[:1], message.body[1:].rstrip(b"\0")
        (self._statements if kind == b"S" else self._portals).pop(name, None)
        self._relay(message)  # closing what does not exist is no error

    def _on_sync(self) -> None:
        self._failed = False
        self._upstream.channel.write(b"S")
        self._upstream.channel.flush()
        while (answer := self._upstream.channel.read()).kind != b"Z":
            self._client.write(answer.kind, answer.body)
        self._upstream.note_ready(answer)
        self._client.write(b"Z", answer.body)
        self._client.flush()

    def _relay(self, message: Message) -> None:
        """Send one message on and pass its whole answer back, so that nothing is outstanding."""
        self._upstream.channel.write(message.kind, message.body)
        self._upstream.channel.write(b"H")
        self._upstream.channel.flush()
        ends = _ANSWER_ENDS.get(message.kind, _CLOSED)
        for answer in self._upstream.channel.read_runs(_BULK if message.kind == b"E" else b""):
            if isinstance(answer, bytes):
                self._client.write_encoded(answer)
                continue
            if answer.kind == b"E":
                self._client.write(b"E", in_words_of_redshift(answer.body))
                self._failed = True
                return
            self._client.write(answer.kind, answer.body)
            if answer.kind in ends:
                return

    def _answer_error(self, refused: RedshiftError | ServerError) -> None:
        body = refused.body if isinstance(refused, ServerError) else self._fail(refused)
        self._client.write(b"E", in_words_of_redshift(body))
        self._failed = True

    def _fail(self, refused: RedshiftError) -> bytes:
        """Make PostgreSQL fail with our error, so that an open transaction fails with it."""
        try:
            self._executor.fail(refused)
        except ServerError as raised:
            if raised.code == _TRANSACTION_FAILED_BEFORE:
                return raised.body
            return error_body(refused.code, refused.message, refused.detail)
        raise AssertionError("a failing statement succeeded")


def _controls_transactions(statement: str) -> bool:
    words = statement.split(None, 1)
    return bool(words) and words[0].upper().rstrip(";") in _TRANSACTION_CONTROL
