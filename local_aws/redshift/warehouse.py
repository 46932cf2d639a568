"""One namespace's warehouse: its database server, its users, and the port that clients use."""

from __future__ import annotations

import hmac
import importlib
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from local_aws.redshift.bootstrap import prepare
from local_aws.redshift.credentials import CredentialStore
from local_aws.redshift.load.storage import RolesOfNamespace, Storage
from local_aws.redshift.postgres import SUPERUSER, Address, PostgresServer
from local_aws.redshift.sql_text import quoted
from local_aws.redshift.wire.messages import Channel, ConnectionEndedError, error_body
from local_aws.redshift.wire.server import Session, WireServer
from local_aws.redshift.wire.upstream import ServerError, Upstream, cancel

_RECOVERY_SECONDS = 60.0
_CANNOT_CONNECT_NOW = "57P03"  # SQLSTATE of a server that starts or recovers


@dataclass(frozen=True)
class Owner:
    """What a warehouse asks its namespace.

    Attributes
    ----------
    database : name of the first database.
    admin : the superuser's name.
    creator : the IAM identity that is a superuser too, where no admin was asked for.
    admin_password : returns the superuser's password as it is now.
    roles : returns the IAM roles as they are now.
    """

    database: str
    admin: str
    creator: str | None
    admin_password: Callable[[], str | None]
    roles: Callable[[], RolesOfNamespace]


class Warehouse:
    """The data of a namespace; PostgreSQL starts when the first client logs in.

    Parameters
    ----------
    folder : holds the data.
    owner : the namespace.
    endpoint : URL of the local cloud, where S3 and IAM are.
    """

    def __init__(self, folder: Path, owner: Owner, endpoint: str) -> None:
        self._folder = folder
        self._owner = owner
        self._storage = Storage(endpoint, owner.roles)
        self._server = PostgresServer(folder, self._prepare)
        self._wire: WireServer | None = None
        self._open: weakref.WeakSet[Upstream] = weakref.WeakSet()
        self.credentials = CredentialStore()

    @property
    def port(self) -> int | None:
        """Where clients connect to, while it is open."""
        return self._wire.port if self._wire else None

    @property
    def postgres_pid(self) -> int | None:
        """Process number of the database server while it runs."""
        return self._server.pid

    def open(self) -> int:
        """Let clients in; return the port, which stays the same from start to start if it can."""
        if self._wire is None:
            self._wire = WireServer(self._kept_port(), self._log_in, self._session, self._cancel)
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "port").write_text(str(self._wire.port))
        return self._wire.port

    def close(self) -> None:
        """End all sessions and stop the database server; the data stays."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        self._server.stop()

    def delete(self) -> None:
        """Close it and remove the data."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kept_port(self) -> int:
        kept = self._folder / "port"
        return int(kept.read_text()) if kept.exists() else 0

    def _prepare(self, address: Address) -> None:
        prepare(self._folder, address, self._owner.database, self._owner.admin)

    def _session(self, client: Channel, upstream: Upstream) -> Session:
        session: Session = _sessions().session_of(client, upstream, self._storage)
        return session

    def _cancel(self, request: bytes) -> None:
        for session in list(self._open):
            if session.key == request:
                session.cancelled.set()
        if self._server.pid is not None:
            cancel(self._server.address(), request)

    def _log_in(self, user: str, password: str, database: str) -> Upstream:
        """Return a session of the database server as this user, or raise ServerError."""
        if self._server.pid is None:  # while it starts, import what the session needs
            threading.Thread(target=_sessions, daemon=True).start()
        if user == SUPERUSER:
            raise _wrong_password(user)
        session = self._log_in_when_up(user, password, database)
        self._open.add(session)
        return session

    def _log_in_when_up(self, user: str, password: str, database: str) -> Upstream:
        """Log in; wait for a server that recovers, since one of its processes was killed."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        address = self._server.address()
        while True:
            try:
                return self._log_in_at(address, user, password, database)
            except (OSError, ConnectionEndedError):  # it was killed just now
                address = self._server.address(unreachable=address)
                return self._log_in_at(address, user, password, database)
            except ServerError as refused:
                if refused.code != _CANNOT_CONNECT_NOW or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def _log_in_at(self, address: Address, user: str, password: str, database: str) -> Upstream:
        if self._is_admin(user, password) or self.credentials.accepts(user, password):
            session = Upstream(address, database)
            _become(session, user, superuser=user == self._owner.creator)
            return session
        # A user that CREATE USER made: PostgreSQL knows the password.
        return Upstream(address, database, user, password)

    def _is_admin(self, user: str, password: str) -> bool:
        known = self._owner.admin_password()
        return (
            user == self._owner.admin
            and known is not None
            and hmac.compare_digest(known.encode(), password.encode())
        )


def _sessions() -> ModuleType:
    return importlib.import_module("local_aws.redshift.sessions")


def _become(session: Upstream, user: str, *, superuser: bool) -> None:
    """Act as this user, who is made if there is none: IAM identities come as they are."""
    known = session.query("SELECT rolname FROM pg_roles")
    if [user] not in known:
        rights = "SUPERUSER LOGIN" if superuser else "LOGIN"
        session.run(f"CREATE ROLE {quoted(user)} {rights}")
    session.run(f"SET SESSION AUTHORIZATION {quoted(user)}")


def _wrong_password(user: str) -> ServerError:
    return ServerError(
        error_body("28000", f'password authentication failed for user "{user}"', severity="FATAL")
    )
