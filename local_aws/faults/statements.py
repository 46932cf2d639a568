"""Meets the SQL statements that the Data API runs: slow ones, lost connections, a killed server.

What is killed is the process of PostgreSQL that serves the statement's session, as the machine
under a warehouse may die in the middle of a transaction.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import psycopg

from local_aws.faults import injector
from local_aws.faults.callers import REDSHIFT
from local_aws.faults.matching import Call
from local_aws.faults.plan import KILLS, SQL_ACTION, SQL_EFFECTS, SQL_SERVICE, Effect

_MOST_CHARACTERS = 500
_DEATH_SECONDS = 10.0


def meet(
    sql: str, statement_id: str, connection: psycopg.Connection[Any], act: Callable[[], None]
) -> None:
    """Run a statement, unless a fault strikes it.

    Parameters
    ----------
    statement_id : id of the Data API's statement that it belongs to.
    connection : on which `act` runs it.

    Raises
    ------
    psycopg.Error : the fault, or what `act` raises.
    """
    beginning = " ".join(sql.split())[:_MOST_CHARACTERS]
    call = Call(REDSHIFT, SQL_SERVICE, SQL_ACTION, beginning, statement_id)
    fault = injector.strike(call, SQL_EFFECTS) if injector.concerns(SQL_SERVICE) else None
    if fault is None:
        act()
        return
    if fault.effect is Effect.SLOW:
        time.sleep(fault.seconds)
        act()
        return
    if fault.effect is Effect.ERROR_500:
        raise psycopg.InternalError("internal error: the statement could not be executed")
    if fault.effect in {Effect.DROP_AFTER, Effect.KILL_AFTER}:
        act()
    if fault.effect in KILLS:
        _kill(connection)
    connection.close()
    raise psycopg.OperationalError("server closed the connection unexpectedly")


def _kill(connection: psycopg.Connection[Any]) -> None:
    """Kill the process that serves this connection, and see it gone."""
    pid = connection.info.backend_pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _DEATH_SECONDS
    with contextlib.suppress(psycopg.Error):
        while time.monotonic() < deadline:  # its answers end when it is gone
            connection.execute("SELECT 1")
