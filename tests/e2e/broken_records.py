"""Thirty-seven records that break the contract, each in a way of its own, among good ones."""

from __future__ import annotations

import gzip
import json
from typing import Any

GOOD: dict[str, Any] = {
    "InvoiceNo": "700000",
    "StockCode": "22423",
    "Description": "REGENCY CAKESTAND 3 TIER",
    "Quantity": 2,
    "InvoiceDate": "2011-06-30T10:15:00",
    "UnitPrice": 12.75,
    "CustomerID": 17850,
    "Country": "United Kingdom",
}

# (what is changed in a good record, the reason that quarantine must give, the field it must name)
BROKEN_FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"Quantity": "six"}, "not_a_number", "Quantity"),
    ({"Quantity": 1.5}, "not_an_integer", "Quantity"),
    ({"Quantity": 0}, "zero_quantity", "Quantity"),
    ({"Quantity": "0.0"}, "zero_quantity", "Quantity"),
    ({"Quantity": 10_000_000}, "out_of_range", "Quantity"),
    ({"Quantity": 10**30}, "out_of_range", "Quantity"),
    ({"Quantity": True}, "not_a_number", "Quantity"),
    ({"Quantity": None}, "missing_field", "Quantity"),
    ({"Quantity": {"value": 6}}, "not_a_number", "Quantity"),
    ({"UnitPrice": "£2.55"}, "not_a_number", "UnitPrice"),
    ({"UnitPrice": 2.55001}, "too_precise", "UnitPrice"),
    ({"UnitPrice": "1e300"}, "out_of_range", "UnitPrice"),
    ({"UnitPrice": -10_000_000}, "out_of_range", "UnitPrice"),
    ({"UnitPrice": ""}, "missing_field", "UnitPrice"),
    ({"UnitPrice": "2,55"}, "not_a_number", "UnitPrice"),
    ({"InvoiceDate": "2999-01-01T00:00:00"}, "out_of_range", "InvoiceDate"),
    ({"InvoiceDate": "12/1/1989 8:26"}, "out_of_range", "InvoiceDate"),
    ({"InvoiceDate": "2/30/2011 8:26"}, "not_a_date", "InvoiceDate"),
    ({"InvoiceDate": "yesterday"}, "not_a_date", "InvoiceDate"),
    ({"InvoiceDate": 1299154500000}, "not_a_date", "InvoiceDate"),
    ({"InvoiceDate": None}, "missing_field", "InvoiceDate"),
    ({"InvoiceNo": None}, "missing_field", "InvoiceNo"),
    ({"InvoiceNo": "  "}, "missing_field", "InvoiceNo"),
    ({"InvoiceNo": "7" * 21}, "too_long", "InvoiceNo"),
    ({"StockCode": "8" * 33}, "too_long", "StockCode"),
    ({"StockCode": None}, "missing_field", "StockCode"),
    ({"Description": "x" * 501}, "too_long", "Description"),
    ({"Description": "x" * 900_000}, "too_long", "Description"),
    ({"Description": "CAKE\u0000STAND"}, "control_character", "Description"),
    ({"CustomerID": "guest"}, "not_a_number", "CustomerID"),
    ({"CustomerID": "17850.5"}, "not_an_integer", "CustomerID"),
    ({"Country": None}, "missing_field", "Country"),
    ({"InvoiceLine": "first"}, "not_a_number", "InvoiceLine"),
]

# What the API itself refuses, each as a member of a JSON array.
NOT_OBJECTS: list[Any] = [42, "536365", ["536365"]]

TRUNCATED_GZIP = gzip.compress(json.dumps(GOOD).encode() * 200)[:-9]

INTACT = {"Description": "RÖD RETROSPOT £1 CAFÉ 🎂 “TEA”"}


def good_record(line: int, **changes: Any) -> dict[str, Any]:
    """Return a good record that differs from all others by its line."""
    return {**GOOD, "InvoiceLine": line, **changes}
