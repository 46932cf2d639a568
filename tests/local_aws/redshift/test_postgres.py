"""PostgreSQL starts at its first use, ends with its starter and outlives being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local_aws.redshift.postgres import Address, PostgresServer
from local_aws.redshift.warehouse import Warehouse
from tests.local_aws.redshift.conftest import connect, make_warehouse

_STARTER = """
import pathlib, sys
from local_aws.redshift.postgres import PostgresServer
server = PostgresServer(pathlib.Path(sys.argv[1]), lambda address: None)
server.address()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Warehouse]:
    """Make a warehouse of the test's own."""
    warehouse = make_warehouse(tmp_path / "warehouse")
    yield warehouse
    warehouse.close()


def test_nothing_runs_before_the_first_login(own: Warehouse, tmp_path: Path) -> None:
    own.open()
    assert own.postgres_pid is None
    assert not (tmp_path / "warehouse" / "data").exists()
    assert connect(own).value("SELECT 1") == "1"
    assert own.postgres_pid is not None


def test_port_and_data_survive_a_stop(own: Warehouse, tmp_path: Path) -> None:
    port = own.open()
    connect(own).run("CREATE TABLE kept AS SELECT 1 AS a")
    own.close()
    assert own.postgres_pid is None
    again = make_warehouse(tmp_path / "warehouse")
    try:
        assert again.open() == port
        assert connect(again).value("SELECT a FROM kept") == "1"
    finally:
        again.close()


def test_a_killed_server_is_started_anew_with_what_was_committed(own: Warehouse) -> None:
    one = connect(own)
    one.run("CREATE TABLE kept AS SELECT 1 AS a")
    one.run("BEGIN")
    one.run("INSERT INTO kept VALUES (2)")
    assert own.postgres_pid is not None
    os.kill(own.postgres_pid, signal.SIGKILL)
    assert connect(own).rows("SELECT a FROM kept") == [("1",)]
    with pytest.raises(psycopg.OperationalError):
        one.run("COMMIT")


def test_a_server_that_outlived_its_cloud_is_ended(own: Warehouse, tmp_path: Path) -> None:
    connect(own).run("CREATE TABLE kept AS SELECT 1 AS a")
    first = own.postgres_pid
    successor = make_warehouse(tmp_path / "warehouse")
    try:
        assert connect(successor).value("SELECT a FROM kept") == "1"
        assert own.postgres_pid is None
        assert successor.postgres_pid != first
    finally:
        successor.close()


def test_the_pid_file_of_another_process_does_not_keep_it_from_starting(
    own: Warehouse, tmp_path: Path
) -> None:
    connect(own).run("CREATE TABLE kept AS SELECT 1 AS a")
    own.close()
    stale = tmp_path / "warehouse" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n")  # a number that was given anew
    assert connect(own).value("SELECT a FROM kept") == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's death signal")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


def test_it_asks_for_a_password_and_listens_on_loopback_only(tmp_path: Path) -> None:
    prepared: list[Address] = []
    server = PostgresServer(tmp_path, prepared.append)
    try:
        address = server.address()
        assert prepared == [address]
        assert address.host == "127.0.0.1"
        assert (tmp_path / "password").stat().st_mode & 0o077 == 0
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host=address.host, port=address.port, user="rdsdb", password="x", dbname="postgres"
            )
    finally:
        server.stop()
