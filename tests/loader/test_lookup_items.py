"""Keys sort as they must, and items are what DynamoDB takes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.fields import LONGEST
from loader import lookup_items
from loader.lookup_items import as_item, chunk_key, write_units


def test_chunks_sort_as_they_are_counted_and_after_the_header():
    keys = [lookup_items.HEADER, *(chunk_key(number) for number in (1, 2, 9, 10, 99_999, 100_000))]
    assert keys == sorted(keys)


def test_a_key_of_the_longest_number_is_within_dynamodbs_limits():
    longest = "\N{PILE OF POO}" * max(LONGEST["InvoiceNo"], LONGEST["StockCode"])
    assert len(lookup_items.invoice_key(longest).encode()) <= 2048
    assert len(lookup_items.product_key(longest).encode()) <= 2048


def test_values_keep_their_digits_and_missing_ones_are_left_out():
    values = {
        "pk": "INVOICE#1",
        "customer_id": None,
        "line_count": 3,
        "total": Decimal("-0.5000"),
        "least": Decimal("1E-4"),
        "is_product": True,
    }
    assert as_item(values) == {
        "pk": {"S": "INVOICE#1"},
        "line_count": {"N": "3"},
        "total": {"N": "-0.5000"},
        "least": {"N": "0.0001"},
        "is_product": {"BOOL": True},
    }


def test_a_float_is_no_value_of_the_table():
    with pytest.raises(TypeError, match="float"):
        as_item({"total": 0.1})


@pytest.mark.parametrize(
    ("text", "units"), [("", 1), ("x" * 1016, 1), ("x" * 1030, 2), ("\N{SNOWMAN}" * 1000, 3)]
)
def test_units_are_counted_by_bytes_rounded_up(text: str, units: int):
    assert write_units({"pk": {"S": ""}, "lines": {"S": text}}) == units


def test_a_header_in_the_index_costs_its_entry_too():
    header = {"pk": {"S": "INVOICE#1"}, "sk": {"S": "HEADER"}}
    assert write_units(header) == 1
    assert write_units(header | {"history_key": {"S": "2011"}}) == 2
