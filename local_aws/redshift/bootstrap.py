"""Prepare a warehouse's database server: its databases, its roles, Redshift's own objects."""

from __future__ import annotations

import hashlib
from pathlib import Path

from local_aws.redshift.postgres import Address
from local_aws.redshift.sql_text import quoted
from local_aws.redshift.wire.upstream import Upstream

_OBJECTS = Path(__file__).with_name("objects.sql")
_TEMPLATE = "template1"  # what each new database is a copy of


def prepare(folder: Path, address: Address, database: str, admin: str) -> None:
    """Bring the databases up to date; quick when nothing has changed.

    Parameters
    ----------
    folder : keeps the mark of what was installed last.
    database : the namespace's first database.
    admin : its superuser.
    """
    objects = _OBJECTS.read_text()
    mark = folder / "prepared"
    wanted = hashlib.sha256(f"{objects}\0{database}\0{admin}".encode()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    with_objects = [_TEMPLATE, *_databases(address)]
    for name in with_objects:
        session = Upstream(address, name)
        session.query(objects)
        if name == _TEMPLATE:  # once for each new database, where a REVOKE stays
            session.query("GRANT ALL ON SCHEMA public TO PUBLIC")
        session.close()
    session = Upstream(address, "postgres")
    _create_missing(session, database, admin)
    session.close()
    mark.write_text(wanted)


def _databases(address: Address) -> list[str]:
    session = Upstream(address, "postgres")
    rows = session.query(
        "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    )
    session.close()
    return [str(row[0]) for row in rows]


def _create_missing(session: Upstream, database: str, admin: str) -> None:
    roles = {row[0] for row in session.query("SELECT rolname FROM pg_roles")}
    if admin not in roles:
        session.run(f"CREATE ROLE {quoted(admin)} SUPERUSER LOGIN")
    databases = {row[0] for row in session.query("SELECT datname FROM pg_database")}
    if database not in databases:
        session.run(f"CREATE DATABASE {quoted(database)} OWNER {quoted(admin)}")
