"""UNLOAD writes files that tell all of a query's rows."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local_aws.redshift.conftest import BUCKET, Client, CloudWarehouse


@pytest.fixture(autouse=True)
def rows(admin: Client) -> Iterator[None]:
    """Make a table with all kinds of values."""
    admin.run(
        "CREATE TABLE unloaded (id int, name varchar(20), amount decimal(12,4), sold timestamp, "
        "ok boolean)"
    )
    admin.run(
        "INSERT INTO unloaded VALUES (1, 'a \"b\", c', 2.55, '2010-12-01 08:26:00', true), "
        "(2, '', NULL, NULL, false), (3, NULL, 0, '2010-12-02', NULL)"
    )
    yield
    admin.run("DROP TABLE unloaded")


def unload(admin: Client, folder: str, options: str, query: str = "SELECT * FROM unloaded") -> str:
    quoted = query.replace("'", "''")
    return admin.run(f"UNLOAD ('{quoted}') TO 's3://{BUCKET}/{folder}' IAM_ROLE default {options}")


def read_parquet(content: bytes) -> Any:
    return pq.read_table(io.BytesIO(content))


def test_parquet_keeps_types_nulls_and_empty_strings(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    query = "SELECT *, amount * 2 AS twice FROM unloaded WHERE id < 9 ORDER BY id"
    assert unload(admin, "out/p/", "PARQUET", query) == "UNLOAD"
    (key,) = cloud_warehouse.keys("out/p/")
    table = read_parquet(cloud_warehouse.get(key))
    assert table.schema.field("amount").type == pa.decimal128(12, 4)
    assert table.schema.field("twice").type == pa.decimal128(23, 4)
    assert table.schema.field("sold").type == pa.timestamp("us")
    assert table.column("name").to_pylist() == ['a "b", c', "", None]
    assert table.column("twice").to_pylist() == [Decimal("5.1000"), None, Decimal("0.0000")]
    assert table.column("ok").to_pylist() == [True, False, None]
    assert admin.value("SELECT pg_last_unload_count()") == "3"


def test_partitions_become_folders(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    unload(admin, "out/parts/", "PARQUET PARTITION BY (ok)")
    keys = cloud_warehouse.keys("out/parts/")
    assert [key.split("/")[2] for key in keys] == [
        "ok=__HIVE_DEFAULT_PARTITION__", "ok=false", "ok=true",
    ]  # fmt: skip
    table = read_parquet(cloud_warehouse.get(keys[1]))
    assert table.column_names == ["id", "name", "amount", "sold"]


def test_what_was_unloaded_with_a_manifest_is_copied_back(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    unload(admin, "out/m/", "PARQUET MANIFEST")
    written = json.loads(cloud_warehouse.get("out/m/manifest"))
    assert written["entries"][0]["meta"]["record_count"] == 3
    admin.run("CREATE TEMP TABLE back (LIKE unloaded)")
    admin.run(f"COPY back FROM 's3://{BUCKET}/out/m/manifest' IAM_ROLE default PARQUET MANIFEST")
    assert admin.rows("SELECT * FROM back EXCEPT SELECT * FROM unloaded") == []
    assert admin.value("SELECT count(*) FROM back") == "3"


def test_csv_with_a_header_and_gzip(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    unload(admin, "out/c", "CSV HEADER GZIP", "SELECT id, name, amount FROM unloaded ORDER BY 1")
    text = gzip.decompress(cloud_warehouse.get("out/c0000_part_00.csv.gz")).decode()
    assert text == 'id,name,amount\n1,"a ""b"", c",2.5500\n2,,\n3,,0.0000\n'


def test_delimited_text(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    unload(admin, "out/t", "NULL AS 'none'", "SELECT id, amount FROM unloaded ORDER BY 1")
    assert cloud_warehouse.get("out/t0000_part_00") == b"1|2.5500\n2|none\n3|0.0000\n"


def test_a_destination_with_files_is_refused_cleared_or_written_over(
    admin: Client, cloud_warehouse: CloudWarehouse
) -> None:
    cloud_warehouse.put("out/full/old", b"x")
    with pytest.raises(psycopg.Error, match="destination on S3 is not empty"):
        unload(admin, "out/full/", "PARQUET")
    unload(admin, "out/full/", "PARQUET ALLOWOVERWRITE")
    assert len(cloud_warehouse.keys("out/full/")) == 2
    unload(admin, "out/full/", "PARQUET CLEANPATH")
    assert cloud_warehouse.keys("out/full/") == ["out/full/0000_part_00.parquet"]


def test_no_rows_make_a_file_without_rows(admin: Client, cloud_warehouse: CloudWarehouse) -> None:
    unload(admin, "out/none/", "PARQUET", "SELECT id, name FROM unloaded WHERE id > 9")
    table = read_parquet(cloud_warehouse.get("out/none/0000_part_00.parquet"))
    assert (table.num_rows, table.schema.field("id").type) == (0, pa.int32())
