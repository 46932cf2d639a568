"""Tables are described once, for every engine."""

from __future__ import annotations

import pytest

from contracts.fields import (
    CHANGED_INVOICES,
    CLEANSED,
    INPUT_NAMES,
    LANDING_FIELDS,
    QUARANTINE,
    RAW_TRANSACTIONS,
    TRANSACTIONS,
    Column,
    catalog_columns,
    iceberg_columns,
)


def test_an_iceberg_column_list_says_type_presence_and_comment() -> None:
    columns = (
        Column("invoice_no", "string", False, "the sender's"),
        Column("customer_id", "bigint", True, "null for guests"),
    )
    assert iceberg_columns(columns) == (
        "invoice_no string NOT NULL COMMENT 'the sender\\'s',\n"
        "customer_id bigint COMMENT 'null for guests'"
    )


def test_the_raw_table_reads_every_field_as_text_in_lower_case_but_the_position() -> None:
    columns = catalog_columns(RAW_TRANSACTIONS)
    names = [column["Name"] for column in columns]
    assert names == [name.lower() for name in INPUT_NAMES] + list(LANDING_FIELDS)
    numbers = [column["Name"] for column in columns if column["Type"] != "string"]
    assert numbers == ["request_position"]


@pytest.mark.parametrize("columns", [CLEANSED, TRANSACTIONS, QUARANTINE, CHANGED_INVOICES])
def test_a_tables_columns_have_names_of_their_own_and_comments(columns: tuple[Column, ...]) -> None:
    assert len({column.name for column in columns}) == len(columns)
    assert all(column.comment for column in columns)


def test_cleansed_is_transactions_by_day_of_ingest() -> None:
    assert CLEANSED[:-1] == TRANSACTIONS
    assert CLEANSED[-1].name == "ingest_date"
