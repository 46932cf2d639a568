"""The warehouse's SQL is what the Data API takes, and holds nothing that a key could smuggle in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loader.warehouse import (
    Batch,
    bootstrap_statements,
    load_statements,
    migration_statements,
    position_statement,
    statements,
)

BATCH = Batch(
    4611686018427387905,
    5781947118336215154,
    7,
    "s3://lake/staging/warehouse/run-1/sales.manifest",
    "s3://lake/staging/warehouse/run-1/invoices.manifest",
)
ROLE = "arn:aws:iam::123456789012:role/etl-dev-Warehouse-CopyRole-1A2B"
MOST_STATEMENTS = 40  # Amazon Redshift Data API: quota of a batch


def test_every_transaction_fits_a_batch_of_the_data_api():
    for transaction in (
        [*bootstrap_statements(), position_statement()],
        migration_statements(0),
        load_statements(BATCH, ROLE),
        load_statements(replace(BATCH, replaces_all=True), ROLE),
    ):
        assert 0 < len(transaction) <= MOST_STATEMENTS
        assert all(";" not in sql and "--" not in sql for sql in transaction)
        # TRUNCATE commits, and neither may be inside of a transaction that is one batch.
        words = {sql.split()[0].upper() for sql in transaction}
        assert words.isdisjoint({"TRUNCATE", "VACUUM", "COMMIT", "BEGIN", "END", "ROLLBACK"})


def test_a_load_locks_before_it_checks_and_checks_before_it_changes():
    lock, check, *changes, last = load_statements(BATCH, ROLE)
    assert lock == "LOCK TABLE retail.load_position"
    assert check.endswith(f"WHERE snapshot_id = {BATCH.start}")
    assert f"snapshot_id = {BATCH.end}" in last
    assert len(changes) > 10


def test_a_rebuild_is_a_load_that_empties_first_behind_the_lock_and_the_check():
    usual = load_statements(BATCH, ROLE)
    rebuild = load_statements(replace(BATCH, replaces_all=True), ROLE)
    emptied = [sql.removeprefix("DELETE FROM retail.") for sql in rebuild[2:6]]
    assert emptied == ["fact_sales", "dim_customer", "dim_product", "dim_date"]
    assert rebuild[:2] + rebuild[6:] == usual


def test_both_copies_read_as_the_role_and_by_manifest():
    copies = [sql for sql in load_statements(BATCH, ROLE) if sql.startswith("COPY")]
    assert [BATCH.sales_manifest in copies[0], BATCH.invoices_manifest in copies[1]] == [True] * 2
    assert all(f"IAM_ROLE '{ROLE}' FORMAT AS PARQUET MANIFEST" in copy for copy in copies)


@pytest.mark.parametrize("smuggled", ["s3://lake/x' IAM_ROLE 'arn", "s3://lake/x y", "", "{end}"])
def test_a_literal_that_is_no_key_is_refused(smuggled: str):
    broken = Batch(0, 1, 0, smuggled, BATCH.invoices_manifest)
    with pytest.raises(ValueError, match="not fit for a SQL literal"):
        load_statements(broken, ROLE)
    with pytest.raises(ValueError, match="not fit for a SQL literal"):
        load_statements(BATCH, smuggled)


def test_a_schema_of_today_has_no_migration_left():
    applied = [sql for sql in migration_statements(0) if "schema_version" in sql]
    assert applied == [
        f"INSERT INTO retail.schema_version VALUES ({number}, GETDATE())" for number in (1, 2)
    ]
    assert migration_statements(len(applied)) == []


def test_comments_are_no_statements():
    assert statements("-- a; b\nSELECT 1; -- c\n\nSELECT\n    2 -- d\n;") == [
        "SELECT 1",
        "SELECT\n    2",
    ]
