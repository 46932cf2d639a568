"""A warehouse of its own for the tests of the dialect, without the rest of the cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local_aws.redshift.load.storage import RolesOfNamespace
from local_aws.redshift.warehouse import Owner, Warehouse

ADMIN, PASSWORD, DATABASE = "admin", "Secret123", "dev"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Client:
    """A psycopg client of the warehouse that speaks the simple protocol, as psql does."""

    connection: psycopg.Connection[Row]

    def run(self, sql: str) -> str:
        """Run a statement; return its command tag."""
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(sql.encode())
            return cursor.statusmessage or ""

    def rows(self, sql: str) -> list[Row]:
        """Run a query; return its rows as the text that the server sends, None for NULL."""
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(sql.encode())
            result = cursor.pgresult
            assert result is not None
            return [
                tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
                for row in range(result.ntuples)
            ]

    def value(self, sql: str) -> str | None:
        """Run a query of one row and column; return its value as text."""
        ((value,),) = self.rows(sql)
        return None if value is None else str(value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def make_warehouse(folder: Path) -> Warehouse:
    """Return a warehouse whose S3 cannot be reached."""
    owner = Owner(
        database=DATABASE,
        admin=ADMIN,
        creator=None,
        admin_password=lambda: PASSWORD,
        roles=lambda: RolesOfNamespace((), None),
    )
    return Warehouse(folder, owner, "http://127.0.0.1:9")


def connect(warehouse: Warehouse, user: str = ADMIN, password: str = PASSWORD) -> Client:
    """Log in to a warehouse."""
    return Client(
        psycopg.connect(
            host="127.0.0.1",
            port=warehouse.open(),
            user=user,
            password=password,
            dbname=DATABASE,
            autocommit=True,
        )
    )


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One warehouse for all tests: use names of your own in it."""
    shared = make_warehouse(tmp_path_factory.mktemp("warehouse"))
    yield shared
    shared.close()


@pytest.fixture
def client(warehouse: Warehouse) -> Iterator[Client]:
    """A client of the shared warehouse; what it has open is rolled back."""
    one = connect(warehouse)
    yield one
    one.connection.close()


@pytest.fixture
def other(warehouse: Warehouse) -> Iterator[Client]:
    """A second client of the shared warehouse."""
    one = connect(warehouse)
    yield one
    one.connection.close()


@pytest.fixture(scope="session")
def sales(warehouse: Warehouse) -> str:
    """A table like the one of the guide's examples, with a few of its rows."""
    one = connect(warehouse)
    one.run(
        "CREATE TABLE winsales (salesid int, dateid date, sellerid int, buyerid varchar(10), "
        "qty int, qty_shipped int, pricepaid decimal(8,2), commission decimal(8,2))"
    )
    one.run(
        "INSERT INTO winsales VALUES "
        "(30001, '2003-08-02', 3, 'b', 10, 10, 728.00, 109.20), "
        "(10001, '2003-12-24', 1, 'c', 10, 10, 76.00, 11.40), "
        "(10005, '2003-12-24', 1, 'a', 30, NULL, 350.00, 52.50), "
        "(40001, '2004-01-09', 4, 'a', 40, NULL, 175.00, 26.25), "
        "(10006, '2004-01-18', 1, 'c', 10, NULL, 154.00, 23.10), "
        "(20001, '2004-02-12', 2, 'b', 20, 20, 394.00, 59.10), "
        "(40005, '2004-02-12', 4, 'a', 10, 10, 788.00, 118.20), "
        "(20002, '2004-02-16', 2, 'c', 20, 20, 197.00, 29.55), "
        "(30003, '2004-04-18', 3, 'b', 15, NULL, 591.00, 88.65), "
        "(30004, '2004-04-18', 3, 'b', 20, NULL, 65.00, 9.75), "
        "(30007, '2004-09-07', 3, 'c', 30, NULL, 28.05, 28.05)"
    )
    one.connection.close()
    return "winsales"
