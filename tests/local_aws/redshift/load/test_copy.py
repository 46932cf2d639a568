"""COPY loads what Redshift would load, and refuses what Redshift would refuse."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local_aws.redshift.conftest import BUCKET, Client, CloudWarehouse

COLUMNS: dict[str, tuple[Any, list[Any]]] = {
    "id": (pa.int32(), [1, 2]),
    "name": (pa.string(), ['say "tea", please', None]),
    "amount": (pa.decimal128(12, 4), [Decimal("2.5500"), Decimal("-0.0001")]),
    "sold": (pa.timestamp("us"), [datetime.datetime(2010, 12, 1, 8, 26), None]),  # noqa: DTZ001
    "day": (pa.date32(), [datetime.date(2010, 12, 1), None]),
    "big": (pa.int64(), [2**40, None]),
    "ok": (pa.bool_(), [True, False]),
}


def parquet(**changes: tuple[Any, list[Any]]) -> bytes:
    """Return a Parquet file of the columns, some of them replaced."""
    columns = {**COLUMNS, **changes}
    table = pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def manifest(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"entries": list(entries)}).encode()


def entry(url: str, content: bytes, **changes: Any) -> dict[str, Any]:
    return {"url": url, "mandatory": True, "meta": {"content_length": len(content)}, **changes}


@pytest.fixture(autouse=True)
def loaded(admin: Client) -> Iterator[None]:
    """Make the table that is loaded."""
    admin.run(
        "CREATE TABLE loaded (id int NOT NULL, name varchar(20), amount decimal(12,4), "
        "sold timestamp, day date, big bigint, ok boolean)"
    )
    yield
    admin.run("ROLLBACK")
    admin.run("DROP TABLE loaded")


def copy(admin: Client, warehouse: CloudWarehouse, url: str, options: str) -> str:
    return admin.run(f"COPY loaded FROM '{url}' IAM_ROLE '{warehouse.role}' {options}")


def test_parquet_of_a_manifest_is_loaded(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    content = parquet()
    files = [cloud_warehouse.put(f"m/{n}.parquet", content) for n in range(2)]
    cloud_warehouse.put("m/not-in-the-manifest.parquet", content)
    url = cloud_warehouse.put("m.json", manifest(*(entry(file, content) for file in files)))
    assert copy(admin, cloud_warehouse, url, "FORMAT AS PARQUET MANIFEST") == "COPY"
    assert admin.value("SELECT pg_last_copy_count()") == "4"
    assert admin.rows("SELECT DISTINCT * FROM loaded ORDER BY id") == [
        ("1", 'say "tea", please', "2.5500", "2010-12-01 08:26:00", "2010-12-01", str(2**40), "t"),
        ("2", None, "-0.0001", None, None, None, "f"),
    ]


def test_all_files_under_a_prefix_are_loaded_by_the_default_role(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    for number in range(3):
        cloud_warehouse.put(f"prefix/part-{number}", parquet())
    admin.run(f"COPY loaded FROM 's3://{BUCKET}/prefix/part' IAM_ROLE default PARQUET")
    assert admin.value("SELECT count(*) FROM loaded") == "6"


def test_a_column_list_says_where_the_columns_go_by_position(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    table = pa.table({"x": pa.array(["a"]), "y": pa.array([7], pa.int32())})
    written = io.BytesIO()
    pq.write_table(table, written)
    url = cloud_warehouse.put("two.parquet", written.getvalue())
    admin.run(f"COPY loaded (name, id) FROM '{url}' IAM_ROLE default PARQUET")
    assert admin.rows("SELECT id, name FROM loaded") == [("7", "a")]


MISFITS = [
    ({"id": (pa.int64(), [1, 2])}, "incompatible Parquet schema for column 'id'"),
    ({"big": (pa.int32(), [1, 2])}, "incompatible Parquet schema for column 'big'"),
    (
        {"amount": (pa.decimal128(12, 2), [Decimal("1.00"), None])},
        "incompatible Parquet schema for column 'amount'",
    ),
    ({"amount": (pa.float64(), [1.5, None])}, "incompatible Parquet schema for column 'amount'"),
    ({"sold": (pa.string(), ["2010-12-01", None])}, "incompatible Parquet schema"),
    ({"extra": (pa.int32(), [1, 2])}, "Unmatched number of columns"),
    ({"name": (pa.string(), ["é" * 11, "b"])}, "longer than the length defined"),
    ({"id": (pa.int32(), [1, None])}, "null value in column"),
]


@pytest.mark.parametrize(("changes", "message"), MISFITS)
def test_a_file_that_does_not_fit_is_refused_whole(
    changes: dict[str, Any], message: str, admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    cloud_warehouse.put("misfit/1.parquet", parquet())
    cloud_warehouse.put("misfit/2.parquet", parquet(**changes))
    with pytest.raises(psycopg.Error) as refused:
        copy(admin, cloud_warehouse, f"s3://{BUCKET}/misfit/", "PARQUET")
    assert message in str(refused.value)
    assert admin.value("SELECT count(*) FROM loaded") == "0"


def bad_manifests(file: str, content: bytes) -> dict[str, tuple[bytes, str]]:
    missing = f"s3://{BUCKET}/no-such.parquet"
    return {
        "no content_length": (manifest({"url": file}), "File size not set"),
        "another length": (
            manifest(entry(file, content, meta={"content_length": 1})),
            "the file has",
        ),
        "a missing file": (manifest(entry(missing, content)), "key does not exist"),
        "only missing files": (
            manifest(entry(missing, content, mandatory=False)),
            "None of the files",
        ),
        "no entries": (manifest(), "has no entries"),
        "no JSON": (b"{", "not valid JSON"),
        "no s3 address": (manifest({"url": "/tmp/x"}), "malformed url"),
    }


@pytest.mark.parametrize("case", bad_manifests("", b""))
def test_a_manifest_that_does_not_fit_is_refused(
    case: str, admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    content = parquet()
    file = cloud_warehouse.put("good.parquet", content)
    written, message = bad_manifests(file, content)[case]
    url = cloud_warehouse.put("bad.manifest", written)
    with pytest.raises(psycopg.Error) as refused:
        copy(admin, cloud_warehouse, url, "PARQUET MANIFEST")
    assert message in str(refused.value)


def test_a_file_that_is_not_mandatory_may_be_missing(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    content = parquet()
    file = cloud_warehouse.put("there.parquet", content)
    gone = entry(f"s3://{BUCKET}/gone.parquet", content, mandatory=False)
    url = cloud_warehouse.put("some.manifest", manifest(entry(file, content), gone))
    copy(admin, cloud_warehouse, url, "PARQUET MANIFEST")
    assert admin.value("SELECT count(*) FROM loaded") == "2"


def test_a_failing_load_leaves_nothing_of_its_transaction(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    url = cloud_warehouse.put("good.parquet", parquet())
    admin.run("INSERT INTO loaded (id) VALUES (99)")
    admin.run("BEGIN")
    admin.run("LOCK loaded")
    copy(admin, cloud_warehouse, url, "PARQUET")
    assert admin.value("SELECT count(*) FROM loaded") == "3"
    with pytest.raises(psycopg.Error, match="prefix 'nothing' does not exist"):
        copy(admin, cloud_warehouse, f"s3://{BUCKET}/nothing", "PARQUET")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        admin.run("SELECT 1")
    admin.run("COMMIT")
    assert admin.rows("SELECT id FROM loaded") == [("99",)]


def test_a_dropped_connection_leaves_nothing(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    url = cloud_warehouse.put("good.parquet", parquet())
    dropped = cloud_warehouse.connect()
    dropped.run("BEGIN")
    copy(dropped, cloud_warehouse, url, "PARQUET")
    dropped.connection.close()
    admin.run("BEGIN")
    admin.run("LOCK loaded")  # waits until the server has noticed
    assert admin.value("SELECT count(*) FROM loaded") == "0"


def copy_again_and_again(admin: Client, warehouse: CloudWarehouse, url: str) -> None:
    for _ in range(50):
        copy(admin, warehouse, url, "PARQUET")


def test_a_load_is_cancelled(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    for number in range(60):
        cloud_warehouse.put(f"many/{number}.parquet", parquet())
    cancelling = threading.Timer(0.1, admin.connection.cancel_safe)
    cancelling.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        copy_again_and_again(admin, cloud_warehouse, f"s3://{BUCKET}/many/")
    cancelling.join()
    assert int(admin.value("SELECT count(*) FROM loaded") or 0) % 120 == 0


def test_a_staging_table_of_the_session_is_loaded(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    url = cloud_warehouse.put("good.parquet", parquet())
    admin.run("CREATE TEMP TABLE stage (LIKE loaded)")
    admin.run(f"COPY stage FROM '{url}' IAM_ROLE default PARQUET")
    admin.run("INSERT INTO loaded SELECT * FROM stage")
    assert admin.value("SELECT sum(amount) FROM loaded") == "2.5499"


# Roles


def test_a_role_that_is_not_the_namespaces_is_refused(admin: Client) -> None:
    other = "arn:aws:iam::000000000000:role/another"
    with pytest.raises(psycopg.Error, match="not associated to cluster"):
        admin.run(f"COPY loaded FROM 's3://{BUCKET}/x' IAM_ROLE '{other}' PARQUET")


@pytest.mark.parametrize("trusted", [None, "lambda.amazonaws.com"])
def test_a_role_that_redshift_cannot_assume_is_refused(
    trusted: str | None, admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    arn = f"arn:aws:iam::000000000000:role/for-{(trusted or 'nobody').split('.', maxsplit=1)[0]}"
    if trusted is not None:
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
            ],
        }
        cloud_warehouse.cloud.client("iam").create_role(
            RoleName=arn.rpartition("/")[2], AssumeRolePolicyDocument=json.dumps(policy)
        )
    serverless = cloud_warehouse.cloud.client("redshift-serverless")
    serverless.update_namespace(
        namespaceName=cloud_warehouse.namespace, iamRoles=[cloud_warehouse.role, arn]
    )
    with pytest.raises(psycopg.Error, match="is not authorized to assume IAM Role"):
        admin.run(f"COPY loaded FROM 's3://{BUCKET}/x' IAM_ROLE '{arn}' PARQUET")


# Text formats


def test_csv_with_quotes_a_header_and_gzip(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    text = 'id,name,amount\r\n1,"a ""quoted"", text",2.55\r\n2,,\r\n3,"two\nlines",1\r\n'
    url = cloud_warehouse.put("text.csv.gz", gzip.compress(text.encode()))
    admin.run(
        f"COPY loaded (id, name, amount) FROM '{url}' IAM_ROLE default CSV IGNOREHEADER 1 GZIP "
        "COMPUPDATE OFF STATUPDATE ON REGION 'us-east-1'"
    )
    assert admin.rows("SELECT id, name, amount FROM loaded ORDER BY id") == [
        ("1", 'a "quoted", text', "2.5500"),
        ("2", "", None),
        ("3", "two\nlines", "1.0000"),
    ]


def test_delimited_text_with_nulls(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    url = cloud_warehouse.put("text.txt", b"1\\N\n2|\n".replace(b"1\\N", b"1|\\N"))
    admin.run(f"COPY loaded (id, name) FROM '{url}' IAM_ROLE default EMPTYASNULL")
    assert admin.rows("SELECT id, name FROM loaded ORDER BY id") == [("1", None), ("2", None)]


def test_strings_are_cut_where_it_is_asked_for(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    url = cloud_warehouse.put("long.csv", ("1," + "é" * 15 + "\n").encode())
    with pytest.raises(psycopg.Error, match="exceeds DDL length"):
        admin.run(f"COPY loaded (id, name) FROM '{url}' IAM_ROLE default CSV")
    admin.run(f"COPY loaded (id, name) FROM '{url}' IAM_ROLE default CSV TRUNCATECOLUMNS")
    assert admin.value("SELECT name FROM loaded") == "é" * 10


def test_json_objects_are_loaded_by_their_keys(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    objects = '{"id": 1, "amount": 2.55, "ok": true, "other": [1]}\n{"name": "b", "id": 2}'
    url = cloud_warehouse.put("objects.json", objects.encode())
    admin.run(f"COPY loaded FROM '{url}' IAM_ROLE default FORMAT AS JSON 'auto'")
    assert admin.rows("SELECT id, name, amount, ok FROM loaded ORDER BY id") == [
        ("1", None, "2.5500", "t"),
        ("2", "b", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,a,2.5,x", "Extra column"),
        ("1,a", "Delimiter not found"),
        ("x,a,2.5", "Invalid value for type integer"),
        ("1,a,2.5x", "Invalid value for type numeric"),
        ('1,"a,2.5', "Invalid quote formatting"),
    ],
)
def test_text_that_does_not_fit_is_refused_with_its_place(
    text: str, message: str, admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    url = cloud_warehouse.put("broken.csv", text.encode())
    with pytest.raises(psycopg.Error) as refused:
        admin.run(f"COPY loaded (id, name, amount) FROM '{url}' IAM_ROLE default CSV")
    assert message in str(refused.value)
