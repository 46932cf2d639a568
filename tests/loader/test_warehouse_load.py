"""The warehouse's SQL in the local Redshift, through the Data API as the state machine calls it."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loader.warehouse import (
    Batch,
    bootstrap_statements,
    load_statements,
    migration_statements,
    position_statement,
)
from tests.conftest import LocalCloud

FIRST, SECOND, THIRD = 4611686018427387905, 5781947118336215154, 6917529027641081857
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "redshift.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
SALES = pa.schema(
    [
        ("event_id", pa.string()),
        ("invoice_no", pa.string()),
        ("invoice_line", pa.int32()),
        ("stock_code", pa.string()),
        ("description", pa.string()),
        ("quantity", pa.int32()),
        ("invoice_ts", pa.timestamp("us")),
        ("date_key", pa.int32()),
        ("unit_price", pa.decimal128(12, 4)),
        ("customer_id", pa.int64()),
        ("country", pa.string()),
        ("line_amount", pa.decimal128(18, 4)),
        ("transaction_type", pa.string()),
        ("is_product", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Sale:
    """A row of fact_sales as publish stages it."""

    invoice_no: str = "536365"
    line: int = 1
    stock_code: str = "85123A"
    description: str | None = "LANTERN"
    quantity: int = 6
    at: datetime = field(default=datetime(2010, 12, 1, 8, 26))  # noqa: DTZ001 - without a zone
    unit_price: str = "2.5500"
    customer_id: int | None = 17850
    country: str = "United Kingdom"
    kind: str = "sale"

    def row(self) -> dict[str, Any]:
        price = Decimal(self.unit_price)
        return {
            "event_id": f"{self.invoice_no}#L{self.line}",
            "invoice_no": self.invoice_no,
            "invoice_line": self.line,
            "stock_code": self.stock_code,
            "description": self.description,
            "quantity": self.quantity,
            "invoice_ts": self.at,
            "date_key": int(f"{self.at:%Y%m%d}"),
            "unit_price": price,
            "customer_id": self.customer_id,
            "country": self.country,
            "line_amount": price * self.quantity,
            "transaction_type": self.kind,
            "is_product": True,
        }


@dataclass(frozen=True)
class Warehouse:
    """A namespace of its own, a bucket, and the role that COPY reads with."""

    cloud: LocalCloud
    name: str
    role: str
    secret: str

    def submit(self, statements: Sequence[str]) -> str:
        """Run statements as one transaction; return its id at once."""
        identifier: str = self.cloud.client("redshift-data").batch_execute_statement(
            WorkgroupName=self.name,
            Database="retail",
            SecretArn=self.secret,
            Sqls=list(statements),
        )["Id"]
        return identifier

    def end(self, identifier: str) -> str | None:
        """Wait for a transaction's end; return its error."""
        data = self.cloud.client("redshift-data")
        while True:
            described = data.describe_statement(Id=identifier)
            if described["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
                return described.get("Error")
            time.sleep(0.02)

    def run(self, statements: Sequence[str]) -> str | None:
        return self.end(self.submit(statements))

    def rows(self, sql: str) -> list[list[Any]]:
        data = self.cloud.client("redshift-data")
        identifier = self.submit(["SELECT 1", sql])
        assert self.end(identifier) is None
        found = data.get_statement_result(Id=f"{identifier}:2")["Records"]
        return [
            [None if "isNull" in each else next(iter(each.values())) for each in row]
            for row in found
        ]

    def stage(
        self,
        start: int,
        end: int,
        sales: Sequence[Sale],
        vanished: Sequence[str] = (),
        *,
        replaces_all: bool = False,
    ) -> Batch:
        """Stage a batch as the publish job does."""
        folder = f"staging/warehouse/{uuid.uuid4().hex}"
        table = pa.Table.from_pylist([sale.row() for sale in sales], schema=SALES)
        invoices = {sale.invoice_no for sale in sales} | set(vanished)
        return Batch(
            start,
            end,
            len(sales),
            self._put(f"{folder}/sales", table),
            self._put(f"{folder}/invoices", pa.table({"invoice_no": sorted(invoices)})),
            replaces_all,
        )

    def load(self, batch: Batch) -> str | None:
        return self.run(load_statements(batch, self.role))

    @property
    def position(self) -> int:
        ((_, position),) = self.rows(position_statement())
        return int(position)

    def contents(self) -> list[list[Any]]:
        """Return all that a load may change, position apart."""
        return [
            *self.rows("SELECT * FROM retail.fact_sales ORDER BY event_id"),
            *self.rows("SELECT * FROM retail.dim_customer ORDER BY customer_id"),
            *self.rows("SELECT * FROM retail.dim_product ORDER BY stock_code"),
            *self.rows("SELECT * FROM retail.dim_date ORDER BY date_key"),
        ]

    def _put(self, key: str, table: pa.Table) -> str:
        s3 = self.cloud.client("s3")
        file = io.BytesIO()
        pq.write_table(table, file)
        s3.put_object(Bucket=self.name, Key=f"{key}.parquet", Body=file.getvalue())
        entry = {
            "url": f"s3://{self.name}/{key}.parquet",
            "mandatory": True,
            "meta": {"content_length": len(file.getvalue())},
        }
        manifest = json.dumps({"entries": [entry]})
        s3.put_object(Bucket=self.name, Key=f"{key}.manifest", Body=manifest)
        return f"s3://{self.name}/{key}.manifest"


@pytest.fixture
def warehouse(local_cloud: LocalCloud) -> Iterator[Warehouse]:
    """Return a warehouse with the schema of today and nothing in it."""
    name = f"load-{uuid.uuid4().hex[:8]}"
    role = local_cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    local_cloud.client("s3").create_bucket(Bucket=name)
    serverless = local_cloud.client("redshift-serverless")
    secret = serverless.create_namespace(
        namespaceName=name, dbName="retail", manageAdminPassword=True, iamRoles=[role]
    )["namespace"]["adminPasswordSecretArn"]
    serverless.create_workgroup(workgroupName=name, namespaceName=name)
    warehouse = Warehouse(local_cloud, name, role, secret)
    assert warehouse.run(bootstrap_statements()) is None
    assert warehouse.run(migration_statements(0)) is None
    yield warehouse
    serverless.delete_workgroup(workgroupName=name)
    serverless.delete_namespace(namespaceName=name)


def test_the_schema_is_made_once_and_looking_again_changes_nothing(warehouse: Warehouse):
    assert warehouse.run(bootstrap_statements()) is None
    assert warehouse.rows(position_statement()) == [[2, "0"]]
    assert migration_statements(2) == []
    assert warehouse.rows("SELECT count(*) FROM retail.load_position") == [[1]]


def test_a_load_brings_facts_dimensions_and_position(warehouse: Warehouse):
    sales = [
        Sale(),
        Sale(line=2, stock_code="71053", description=None, quantity=-1, kind="stock_correction"),
        Sale("536370", at=datetime(2010, 12, 2, 9, 0), customer_id=12583, country="France"),  # noqa: DTZ001
        Sale("536371", customer_id=None),
    ]
    assert warehouse.load(warehouse.stage(0, FIRST, sales)) is None
    assert warehouse.position == FIRST
    assert warehouse.rows("SELECT count(*), sum(line_amount) FROM retail.fact_sales") == [
        [4, "43.3500"]
    ]
    assert warehouse.rows("SELECT * FROM retail.dim_customer ORDER BY customer_id") == [
        [12583, "France", "2010-12-02 09:00:00", "2010-12-02 09:00:00"],
        [17850, "United Kingdom", "2010-12-01 08:26:00", "2010-12-01 08:26:00"],
    ]
    assert warehouse.rows("SELECT * FROM retail.dim_product ORDER BY stock_code") == [
        ["71053", None, True],
        ["85123A", "LANTERN", True],
    ]
    assert warehouse.rows("SELECT * FROM retail.dim_date ORDER BY date_key") == [
        [20101201, "2010-12-01", 2010, 4, 12, 1, 3],
        [20101202, "2010-12-02", 2010, 4, 12, 2, 4],
    ]


def test_the_same_change_loaded_again_fails_and_changes_nothing(warehouse: Warehouse):
    batch = warehouse.stage(0, FIRST, [Sale()])
    assert warehouse.load(batch) is None
    before = warehouse.contents()
    assert "division by zero" in (warehouse.load(batch) or "").lower()
    assert warehouse.contents() == before
    assert warehouse.position == FIRST


def test_a_changed_invoice_replaces_its_rows_and_no_others(warehouse: Warehouse):
    other = Sale("536370")
    first = warehouse.stage(0, FIRST, [Sale(), Sale(line=2, quantity=1), other])
    assert warehouse.load(first) is None
    renamed = Sale(quantity=10, description="LANTERN, WHITE", at=datetime(2011, 1, 5, 10, 0))  # noqa: DTZ001
    assert warehouse.load(warehouse.stage(FIRST, SECOND, [renamed])) is None
    assert warehouse.rows("SELECT event_id, quantity FROM retail.fact_sales ORDER BY 1") == [
        ["536365#L1", 10],
        ["536370#L1", 6],
    ]
    assert warehouse.rows("SELECT description FROM retail.dim_product") == [["LANTERN, WHITE"]]
    ((_, _, first_purchase, last_purchase),) = warehouse.rows("SELECT * FROM retail.dim_customer")
    assert (first_purchase, last_purchase) == ("2010-12-01 08:26:00", "2011-01-05 10:00:00")


def test_a_moved_invoice_leaves_its_old_customer_and_reaches_the_new(warehouse: Warehouse):
    assert warehouse.load(warehouse.stage(0, FIRST, [Sale(), Sale("536370")])) is None
    moved = Sale(customer_id=12583, country="France")
    assert warehouse.load(warehouse.stage(FIRST, SECOND, [moved])) is None
    assert warehouse.rows("SELECT customer_id, country FROM retail.dim_customer ORDER BY 1") == [
        [12583, "France"],
        [17850, "United Kingdom"],
    ]
    both = [moved, replace(moved, invoice_no="536370")]
    assert warehouse.load(warehouse.stage(SECOND, THIRD, both)) is None
    assert warehouse.rows("SELECT customer_id FROM retail.dim_customer") == [[12583]]


def test_a_vanished_invoice_is_deleted_with_what_only_it_knew(warehouse: Warehouse):
    sales = [Sale(), Sale("536370", stock_code="POST", customer_id=12583, country="France")]
    assert warehouse.load(warehouse.stage(0, FIRST, sales)) is None
    assert warehouse.load(warehouse.stage(FIRST, SECOND, [], vanished=["536370"])) is None
    assert warehouse.rows("SELECT invoice_no FROM retail.fact_sales") == [["536365"]]
    assert warehouse.rows("SELECT customer_id FROM retail.dim_customer") == [[17850]]
    assert warehouse.rows("SELECT stock_code FROM retail.dim_product") == [["85123A"]]


def test_a_bad_manifest_leaves_everything_untouched_and_the_next_load_completes(
    warehouse: Warehouse,
):
    assert warehouse.load(warehouse.stage(0, FIRST, [Sale()])) is None
    before = warehouse.contents()
    batch = warehouse.stage(FIRST, SECOND, [Sale(quantity=7)])
    for broken in (
        replace(batch, sales_manifest=batch.invoices_manifest),
        replace(batch, invoices_manifest=f"{batch.invoices_manifest}.gone"),
    ):
        assert warehouse.load(broken) is not None
        assert warehouse.contents() == before
        assert warehouse.position == FIRST
    assert warehouse.load(batch) is None
    assert warehouse.position == SECOND


def test_of_two_loads_of_the_same_change_at_once_one_wins(warehouse: Warehouse):
    sales = [Sale(line=line) for line in range(1, 2001)]
    statements = load_statements(warehouse.stage(0, FIRST, sales), warehouse.role)
    loads = [warehouse.submit(statements) for _ in range(2)]
    errors = [warehouse.end(each) for each in loads]
    assert errors.count(None) == 1
    assert "division by zero" in str(next(filter(None, errors))).lower()
    assert warehouse.rows("SELECT count(*) FROM retail.fact_sales") == [[2000]]
    assert warehouse.position == FIRST


SALES_OF_TODAY = [
    Sale(),
    Sale(line=2, stock_code="71053", description=None, quantity=-1, kind="stock_correction"),
    Sale("536370", at=datetime(2010, 12, 2, 9, 0), customer_id=12583, country="France"),  # noqa: DTZ001
    Sale("536371", customer_id=None),
]


DAMAGES = {
    "schema dropped": ["DROP SCHEMA retail CASCADE"],
    "tables emptied": [
        f"DELETE FROM retail.{table}"
        for table in ("fact_sales", "dim_customer", "dim_product", "dim_date", "load_position")
    ],
    "rows doubled": [
        "INSERT INTO retail.fact_sales SELECT * FROM retail.fact_sales",
        "INSERT INTO retail.dim_customer SELECT * FROM retail.dim_customer",
        "INSERT INTO retail.dim_product SELECT stock_code || 'X', 'WRONG', FALSE "
        "FROM retail.dim_product",
    ],
    "rows changed": [
        "UPDATE retail.fact_sales SET quantity = 1, invoice_no = 'X' || invoice_no",
        "UPDATE retail.dim_date SET weekday = 9",
    ],
    "position wrong": [f"UPDATE retail.load_position SET snapshot_id = {THIRD}"],
    "position doubled": ["INSERT INTO retail.load_position SELECT 7, GETDATE()"],
}


def test_a_rebuilt_warehouse_holds_the_truth_whatever_was_done_to_it(warehouse: Warehouse):
    assert warehouse.load(warehouse.stage(0, FIRST, SALES_OF_TODAY)) is None
    truth = warehouse.contents()
    for name, damage in DAMAGES.items():
        assert warehouse.run(damage) is None, name

        assert warehouse.run(bootstrap_statements()) is None, name
        ((version, position),) = warehouse.rows(position_statement())
        if pending := migration_statements(int(version)):
            assert warehouse.run(pending) is None, name
        batch = warehouse.stage(int(position), SECOND, SALES_OF_TODAY, replaces_all=True)
        assert warehouse.load(batch) is None, name

        assert warehouse.contents() == truth, name
        assert warehouse.position == SECOND, name


def test_a_rebuild_that_fails_leaves_all_as_it_was(warehouse: Warehouse):
    assert warehouse.load(warehouse.stage(0, FIRST, SALES_OF_TODAY)) is None
    before = warehouse.contents()
    batch = warehouse.stage(FIRST, FIRST, SALES_OF_TODAY, replaces_all=True)
    broken = replace(batch, sales_manifest=batch.invoices_manifest)

    assert warehouse.load(broken) is not None
    assert warehouse.contents() == before

    assert warehouse.load(batch) is None
    assert warehouse.contents() == before
    assert warehouse.position == FIRST


def test_an_old_rebuild_cannot_undo_a_newer_load(warehouse: Warehouse):
    assert warehouse.load(warehouse.stage(0, FIRST, [Sale()])) is None
    old = warehouse.stage(FIRST, FIRST, [Sale()], replaces_all=True)
    assert warehouse.load(warehouse.stage(FIRST, SECOND, [Sale(quantity=7)])) is None
    before = warehouse.contents()

    assert "division by zero" in (warehouse.load(old) or "").lower()
    assert warehouse.contents() == before


def test_the_longest_texts_of_the_contract_fit_in_four_bytes_a_character(warehouse: Warehouse):
    widest = "\U0001f3ee"
    sale = Sale(
        invoice_no=widest * 20,
        stock_code=widest * 32,
        description=widest * 500,
        country=widest * 64,
    )
    assert warehouse.load(warehouse.stage(0, FIRST, [sale])) is None
    assert warehouse.rows("SELECT description FROM retail.dim_product") == [[widest * 500]]


def test_who_may_log_in_reads_but_does_not_change(warehouse: Warehouse):
    data = warehouse.cloud.client("redshift-data")

    def run_as_caller(sql: str) -> str | None:
        submitted = data.execute_statement(WorkgroupName=warehouse.name, Database="retail", Sql=sql)
        return warehouse.end(submitted["Id"])

    assert run_as_caller("SELECT * FROM retail.fact_sales") is None
    assert run_as_caller("SELECT snapshot_id FROM retail.load_position") is None
    assert "permission denied" in str(run_as_caller("DELETE FROM retail.fact_sales"))
    assert warehouse.run(["SELECT 1", "CREATE TABLE retail.later (n INTEGER)"]) is None
    assert run_as_caller("SELECT * FROM retail.later") is None
