"""awswrangler reads the lake with each of its approaches, with the types it promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import awswrangler as wr
import boto3
import pandas as pd
import pytest

from local_aws.settings import REGION
from tests.conftest import LocalCloud
from tests.local_aws.athena.conftest import BUCKET, DATABASE, OUTPUT, sales


@pytest.fixture(scope="module")
def session(local_cloud: LocalCloud, lake: None) -> Iterator[boto3.Session]:  # noqa: ARG001
    names = ("athena_endpoint_url", "s3_endpoint_url", "glue_endpoint_url", "sts_endpoint_url")
    before = {name: getattr(wr.config, name) for name in names}
    for name in names:
        setattr(wr.config, name, local_cloud.endpoint)
    yield boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    for name, value in before.items():
        setattr(wr.config, name, value)


def test_the_plain_approach_gives_decimals_dates_and_times(session: boto3.Session) -> None:
    frame = wr.athena.read_sql_query(
        "SELECT *, sum(unit_price) OVER () AS total FROM sales WHERE event_id = 'first#10'",
        database=DATABASE,
        s3_output=OUTPUT,
        ctas_approach=False,
        boto3_session=session,
    )
    row = sales("first").slice(10, 1).to_pylist()[0]
    assert frame.loc[0, "unit_price"] == row["unit_price"]
    assert isinstance(frame.loc[0, "unit_price"], Decimal)
    assert frame.loc[0, "total"] == row["unit_price"]
    assert frame.loc[0, "invoice_ts"] == pd.Timestamp(row["invoice_ts"])
    assert frame.loc[0, "day"] == row["day"]
    assert isinstance(frame.loc[0, "day"], date)
    assert frame.loc[0, "quantity"] == row["quantity"]
    assert pd.isna(frame.loc[0, "description"])
    assert bool(frame.loc[0, "is_product"]) is True


def test_the_plain_approach_reads_in_chunks_and_an_empty_result(session: boto3.Session) -> None:
    chunks = wr.athena.read_sql_query(
        "SELECT event_id, unit_price FROM sales ORDER BY event_id LIMIT 2500",
        database=DATABASE,
        s3_output=OUTPUT,
        ctas_approach=False,
        chunksize=1000,
        boto3_session=session,
    )
    assert [len(chunk) for chunk in chunks] == [1000, 1000, 500]
    empty = wr.athena.read_sql_query(
        "SELECT event_id, unit_price FROM sales WHERE quantity > 1000",
        database=DATABASE,
        s3_output=OUTPUT,
        ctas_approach=False,
        boto3_session=session,
    )
    assert list(empty.columns) == ["event_id", "unit_price"]
    assert len(empty) == 0


def test_the_default_approach_reads_through_a_table_that_is_gone_afterwards(
    session: boto3.Session, local_cloud: LocalCloud
) -> None:
    frame = wr.athena.read_sql_query(
        "SELECT event_id, quantity, unit_price, day, cast(invoice_ts AS timestamp) AS at "
        "FROM sales WHERE event_id LIKE 'first#1_' ORDER BY event_id",
        database=DATABASE,
        s3_output=f"s3://{BUCKET}/default-approach/",
        boto3_session=session,
    )
    rows = sales("first").slice(10, 10).to_pylist()
    assert list(frame["event_id"]) == [row["event_id"] for row in rows]
    assert list(frame["unit_price"]) == [row["unit_price"] for row in rows]
    assert list(frame["at"]) == [pd.Timestamp(row["invoice_ts"]) for row in rows]
    pages = local_cloud.client("glue").get_paginator("get_tables").paginate(DatabaseName=DATABASE)
    names = [table["Name"] for page in pages for table in page["TableList"]]
    assert not [name for name in names if name.startswith("temp_table_")]


def test_the_default_approach_fails_on_microseconds_as_it_does_on_athena(
    session: boto3.Session,
) -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match=r"Incorrect timestamp precision for"):
        wr.athena.read_sql_query(
            "SELECT invoice_ts FROM sales",
            database=DATABASE,
            s3_output=f"s3://{BUCKET}/microseconds/",
            boto3_session=session,
        )


def test_parameters_and_the_table_s_description(session: boto3.Session) -> None:
    frame = wr.athena.read_sql_query(
        "SELECT count(*) AS n FROM sales WHERE event_id = :event AND quantity < :most",
        params={"event": "first#10", "most": 1000},
        database=DATABASE,
        s3_output=OUTPUT,
        ctas_approach=False,
        boto3_session=session,
    )
    assert frame.loc[0, "n"] == 1
    described = wr.athena.describe_table(
        table="sales", database=DATABASE, s3_output=OUTPUT, boto3_session=session
    )
    assert list(described["Column Name"])[:2] == ["event_id", "quantity"]


def test_an_error_of_the_query_reaches_the_caller(session: boto3.Session) -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match="COLUMN_NOT_FOUND: line 1:8"):
        wr.athena.read_sql_query(
            "SELECT nope FROM sales",
            database=DATABASE,
            s3_output=OUTPUT,
            ctas_approach=False,
            boto3_session=session,
        )
