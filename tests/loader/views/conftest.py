"""A warehouse on the local Redshift, without the cloud around it, loaded from CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from cli.generate.invoices import GeneratorSettings
from cli.generate.writer import write_file
from contracts.transaction import Transaction
from loader.warehouse import Batch, bootstrap_statements, load_statements, migration_statements
from loader.warehouse_views import (
    make_role_statements,
    make_views_statements,
    refresh_statements,
    views,
)
from local_aws.redshift.warehouse import Warehouse
from tests.loader.views.comparison import shown
from tests.loader.views.independent import Row, answers
from tests.loader.views.odd_sales import ODD_LINES, correct
from tests.loader.views.sales_file import read_sales
from tests.local_aws.redshift.conftest import Client, connect, make_warehouse

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Store:
    """The warehouse, with the client of its administrator."""

    client: Client
    warehouse: Warehouse

    def run(self, statements: Iterable[str]) -> None:
        """Run statements as one transaction in a session of its own, as the Data API does."""
        client = connect(self.warehouse)
        try:
            for statement in ("BEGIN", *statements, "COMMIT"):
                client.run(statement)
        finally:
            client.connection.close()

    def load(self, start: int, end: int, sales: Iterable[Transaction]) -> None:
        """Load changed invoices by the pipeline's own SQL; rows come by INSERT instead of COPY."""
        rows = [_fact(sale) for sale in sales]
        numbers = sorted({f"({sale[1]})" for sale in rows})
        batch = Batch(start, end, len(rows), "s3://lake/sales", "s3://lake/invoices")
        statements: list[str] = []
        for statement in load_statements(batch, "arn:aws:iam::1:role/copy"):
            if not statement.startswith("COPY"):
                statements.append(statement)
            elif "staged_sales" in statement:
                values = [f"({', '.join(row)})" for row in rows]
                statements += _inserts("staged_sales", values)
            else:
                statements += _inserts("staged_invoices", numbers)
        self.run(statements)

    def make_views(self) -> None:
        """Make the views anew as a changed one does."""
        self.run(make_views_statements())

    @property
    def is_current(self) -> bool:
        """Return what the warehouse says of its stored views."""
        ((_, _, is_current),) = self.rows(FRESHNESS)
        return is_current == "t"

    def refresh(self) -> None:
        """Refresh the stored views as the end of a load does."""
        self.run(refresh_statements())

    def rows(self, view: str) -> list[Row]:
        """Return a view's rows in order."""
        return shown(self.client.rows(f"SELECT * FROM retail.{view}"))

    def answers(self) -> dict[str, list[Row]]:
        """Return the rows of all views that are about sales."""
        return {view.name: self.rows(view.name) for view in views() if view.name != FRESHNESS}


FRESHNESS = "view_freshness"


def _fact(sale: Transaction) -> tuple[str, ...]:
    return (
        *(_text(sale.event_id), _text(sale.invoice_no), str(sale.invoice_line)),
        *(_text(sale.stock_code), _text(sale.description), str(sale.quantity)),
        *(_text(f"{sale.invoice_ts:%Y-%m-%d %H:%M:%S}"), f"{sale.invoice_ts:%Y%m%d}"),
        *(str(sale.unit_price), str(sale.customer_id or "NULL"), _text(sale.country)),
        *(str(sale.line_amount), _text(sale.transaction_type.value), str(sale.is_product)),
    )


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _inserts(table: str, values: list[str]) -> Iterator[str]:
    for at in range(0, len(values), _ROWS_AT_ONCE):
        yield f"INSERT INTO {table} VALUES {', '.join(values[at : at + _ROWS_AT_ONCE])}"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Return one warehouse for all tests, with the schema and views of today."""
    warehouse = make_warehouse(tmp_path_factory.mktemp("views"))
    client = connect(warehouse)
    empty = Store(client, warehouse)
    empty.run([*bootstrap_statements(), *migration_statements(0)])
    empty.run(make_role_statements())
    empty.make_views()
    yield empty
    client.connection.close()
    warehouse.close()


@dataclass(frozen=True)
class History:
    """The views' rows at moments of the warehouse's life.

    Attributes
    ----------
    first_answers, corrected_answers : what the views must show of the file that was loaded, and of
        the same with corrections.
    empty, loaded : before the first load, and after it and its refresh.
    unrefreshed, followed : after the load of the corrections, and after its refresh.
    """

    first_answers: dict[str, list[Row]]
    corrected_answers: dict[str, list[Row]]
    empty: dict[str, list[Row]]
    loaded: dict[str, list[Row]]
    unrefreshed: dict[str, list[Row]]
    followed: dict[str, list[Row]]


@pytest.fixture(scope="session")
def history(store: Store, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Load a generated file with the oddest lines added, then corrections of it."""
    first, corrected = (tmp_path_factory.mktemp("sales") / f"{name}.csv" for name in "ab")
    write_file(first, GeneratorSettings(rows=1_200, seed=11))
    with first.open("a", encoding="iso-8859-1") as file:
        file.writelines(f"{line}\r\n" for line in ODD_LINES)
    correct(first, corrected)
    before, after = read_sales(first), read_sales(corrected)
    numbers = {new.invoice_no for old, new in zip(before, after, strict=True) if old != new}

    empty = store.answers()
    store.load(0, 1, before)
    store.refresh()
    loaded = store.answers()
    store.load(1, 2, [sale for sale in after if sale.invoice_no in numbers])
    unrefreshed = store.answers()
    store.refresh()
    wanted = answers(first), answers(corrected)
    return History(*wanted, empty, loaded, unrefreshed, store.answers())
