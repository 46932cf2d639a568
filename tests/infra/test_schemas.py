"""Every store's schema is the contract's: the catalog's, the warehouse's, the tables' keys.

What Spark makes, and the warehouse's facts, are compared with the contract in
tests/glue_jobs/transforms; the Iceberg tables are created from it.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.fields import RAW_TRANSACTIONS, catalog_columns
from loader import lookup_items
from tests.infra.infra_files import CHECKOUT

Templates = dict[str, dict[str, Any]]
MIGRATION = CHECKOUT / "loader" / "sql" / "migrations" / "0001_warehouse.sql"


def warehouse_columns(table: str) -> dict[str, str]:
    """Return the types by column, as the migration declares them."""
    body = re.search(rf"CREATE TABLE retail\.{table} \((.*?)\n\)", MIGRATION.read_text(), re.DOTALL)
    assert body is not None
    lines = (line.partition("--")[0].strip().rstrip(",") for line in body[1].splitlines())
    return {name: kind for name, kind, *_ in (line.split() for line in lines if line)}


def keys(table: dict[str, Any]) -> list[str]:
    """Return the attributes of a key schema, the partition key first."""
    schema = {each["KeyType"]: each["AttributeName"] for each in table["KeySchema"]}
    return [schema[kind] for kind in ("HASH", "RANGE") if kind in schema]


def table(templates: Templates, part: str, logical_id: str) -> dict[str, Any]:
    properties: dict[str, Any] = templates[part]["Resources"][logical_id]["Properties"]
    return properties


def test_the_catalogs_raw_table_has_the_contracts_columns(templates: Templates):
    raw = table(templates, "catalog", "RawTransactions")["TableInput"]["StorageDescriptor"]
    declared = [(each["Name"], each["Type"]) for each in raw["Columns"]]
    assert declared == [(each["Name"], each["Type"]) for each in catalog_columns(RAW_TRANSACTIONS)]


def test_the_warehouses_dimensions_have_the_facts_columns_as_the_facts_have_them():
    facts = warehouse_columns("fact_sales")
    for name in ("dim_customer", "dim_product", "dim_date"):
        dimension = warehouse_columns(name)
        shared = facts.keys() & dimension.keys()
        assert shared, name
        assert {each: dimension[each] for each in shared} == {each: facts[each] for each in shared}


def test_the_staged_invoices_have_the_facts_key():
    load = (CHECKOUT / "loader" / "sql" / "load.sql").read_text()
    kind = warehouse_columns("fact_sales")["invoice_no"]
    assert f"staged_invoices (invoice_no {kind} NOT NULL)" in load


def test_the_lookups_table_has_the_keys_that_the_items_have(templates: Templates):
    declared = table(templates, "lookups", "LookupsTable")
    assert keys(declared) == [lookup_items.PARTITION_KEY, lookup_items.SORT_KEY]
    (index,) = declared["GlobalSecondaryIndexes"]
    assert index["IndexName"] == lookup_items.HISTORY_INDEX
    assert keys(index) == [lookup_items.HISTORY_HASH, lookup_items.HISTORY_RANGE]
    kinds = {
        each["AttributeName"]: each["AttributeType"] for each in declared["AttributeDefinitions"]
    }
    item = lookup_items.as_item(
        {"pk": "INVOICE#1", "sk": "HEADER", "customer_id": 17850, "history_key": "2010"}
    )
    assert {name: next(iter(value)) for name, value in item.items()} == kinds


@pytest.mark.parametrize(
    ("logical_id", "key", "files"),
    [
        ("StateTable", ["item"], ("lambdas", "loader", "glue_jobs", "cli")),
        ("LedgerTable", ["run_id", "stage"], ("lambdas", "glue_jobs", "cli")),
    ],
)
def test_the_tables_of_positions_and_runs_have_the_keys_that_the_code_names(
    templates: Templates, logical_id: str, key: list[str], files: tuple[str, ...]
):
    assert keys(table(templates, "storage", logical_id)) == key
    named = [each for folder in files for each in named_keys(CHECKOUT / folder)]
    assert named.count(tuple(key)) >= 3
    of_lookups = (lookup_items.PARTITION_KEY, lookup_items.SORT_KEY)
    assert set(named) <= {("item",), ("run_id", "stage"), of_lookups}


def named_keys(folder: Path) -> list[tuple[str, ...]]:
    """Return the attributes of each literal that is given as `Key` to DynamoDB."""
    found = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            for given in node.keywords if isinstance(node, ast.Call) else ():
                if given.arg == "Key" and isinstance(given.value, ast.Dict):
                    names = (each for each in given.value.keys if isinstance(each, ast.Constant))
                    found.append(tuple(str(each.value) for each in names))
    return found


def test_the_state_machines_name_the_ledgers_key(
    templates: Templates, machines: dict[str, dict[str, Any]]
):
    states = [each for machine in machines.values() for each in machine["States"].values()]
    named = [
        list(each["Arguments"]["Key"]) for each in states if "Key" in each.get("Arguments", {})
    ]
    assert len(named) >= 6
    assert all(each == keys(table(templates, "storage", "LedgerTable")) for each in named)
