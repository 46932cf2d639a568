"""Listen for clients of one workgroup: log them in and give each a thread and a session."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from local_aws.redshift.postgres import HOST, PostgresError
from local_aws.redshift.wire.messages import (
    CANCEL_REQUEST,
    GSS_REQUEST,
    PROTOCOL_3,
    SSL_REQUEST,
    Channel,
    ConnectionEndedError,
    ProtocolError,
    error_body,
    read_parameters,
    text,
)
from local_aws.redshift.wire.upstream import ServerError, Upstream

_logger = logging.getLogger(__name__)

# What Redshift tells its clients about itself: a PostgreSQL of long ago.
_TOLD = {
    "server_version": "8.0.2",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
    "is_superuser": "off",
}
_ASK_PASSWORD = b"\x00\x00\x00\x03"
_LOGGED_IN = b"\x00\x00\x00\x00"


class Session(Protocol):
    """What serves a client that has logged in."""

    def serve(self) -> None:
        """Answer until the client leaves."""


LogIn = Callable[[str, str, str], Upstream]
"""Takes user, password and database; returns a session of the database server as that user."""

Serve = Callable[[Channel, Upstream], Session]
"""Takes the client's connection and its session of the database server."""


class WireServer:
    """The port of a workgroup.

    Parameters
    ----------
    port : where to listen if it is free; else any free port.
    log_in : checks user and password.
    serve : makes the session of a client.
    cancel : passes a CancelRequest on; a client names the database server's process and secret.
    """

    def __init__(
        self, port: int, log_in: LogIn, serve: Serve, cancel: Callable[[bytes], None]
    ) -> None:
        self._log_in = log_in
        self._serve = serve
        self._cancel = cancel
        self._clients: set[socket.socket] = set()
        self._listener = _listen(port)
        threading.Thread(target=self._accept, name="redshift-wire", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        """Stop listening and end all sessions."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(
                target=self._attend, args=(client,), name="redshift-client", daemon=True
            ).start()

    def _attend(self, client: socket.socket) -> None:
        self._clients.add(client)
        channel = Channel(client)
        try:
            self._begin(channel)
        except (ConnectionEndedError, ProtocolError):
            pass
        except ServerError as refused:
            _refuse(channel, refused.body)
        except PostgresError as broken:
            _refuse(channel, error_body("57P03", str(broken), severity="FATAL"))
        except Exception as bug:
            _logger.exception("A session of the warehouse failed")
            _refuse(channel, error_body("XX000", f"internal error: {bug}", severity="FATAL"))
        finally:
            self._clients.discard(client)
            client.close()

    def _begin(self, channel: Channel) -> None:
        code, body = channel.read_start()
        while code in (SSL_REQUEST, GSS_REQUEST):
            channel.socket.sendall(b"N")
            code, body = channel.read_start()
        if code == CANCEL_REQUEST:
            self._cancel(body)
        elif code >> 16 == PROTOCOL_3 >> 16:
            self._converse(channel, read_parameters(body))
        else:
            raise ProtocolError(f"protocol {code >> 16}")

    def _converse(self, channel: Channel, chosen: dict[str, str]) -> None:
        user = chosen.get("user", "")
        database = chosen.get("database") or user
        channel.write(b"R", _ASK_PASSWORD)
        channel.flush()
        password = channel.read().body.rstrip(b"\0").decode(errors="replace")
        upstream = self._log_in(user, password, database)
        try:
            _welcome(channel, upstream, chosen)
            self._serve(channel, upstream).serve()
        finally:
            upstream.close()


def _welcome(channel: Channel, upstream: Upstream, chosen: dict[str, str]) -> None:
    told = {**_TOLD, "session_authorization": chosen.get("user", "")}
    if chosen.get("application_name") == "psql":
        # Its \d asks the catalog for what servers of that version have.
        told["server_version"] = upstream.parameters.get("server_version", "")
    channel.write(b"R", _LOGGED_IN)
    for name, value in told.items():
        channel.write(b"S", text(name) + text(value))
    channel.write(b"K", upstream.key)
    channel.write(b"Z", upstream.status)
    channel.flush()


def _refuse(channel: Channel, body: bytes) -> None:
    with contextlib.suppress(ConnectionEndedError):
        channel.write(b"E", body)
        channel.flush()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:  # taken meanwhile
        listener.bind((HOST, 0))
    listener.listen(64)
    return listener
