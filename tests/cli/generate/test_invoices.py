"""Generated transactions have the real data set's quirks in about its proportions."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cli.generate.invoices import HEADER, GeneratorSettings, generate_lines
from contracts.transaction import Transaction, canonicalise

ROWS = 60_000


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return _read(GeneratorSettings(rows=ROWS))


def _read(settings: GeneratorSettings) -> list[dict[str, str]]:
    return list(csv.DictReader(generate_lines(settings)))


def _numbers(lines: list[str]) -> set[str]:
    return {line.partition(",")[0].lstrip("CA") for line in lines[1:]}


def _share(rows: list[dict[str, str]], condition: Any) -> float:
    return sum(map(condition, rows)) / len(rows)


def test_as_many_rows_as_asked_for_and_each_accepted_by_the_contract(
    rows: list[dict[str, str]],
) -> None:
    now = datetime.now(UTC)
    rejected = [
        found for row in rows[::7]
        if not isinstance(found := canonicalise(row, now, UTC), Transaction)
    ]  # fmt: skip

    assert len(rows) == ROWS
    assert list(rows[0]) == HEADER.split(",")
    assert rejected == []


def test_transaction_types_come_in_the_real_proportions(rows: list[dict[str, str]]) -> None:
    now = datetime.now(UTC)
    kinds = Counter(
        found.transaction_type
        for row in rows
        if isinstance(found := canonicalise(row, now, UTC), Transaction)
    )

    assert kinds["adjustment"] == 3 * (1 + (len({r["InvoiceNo"] for r in rows}) - 151) // 6_000)
    assert 0.95 < kinds["sale"] / ROWS < 0.985
    assert 0.01 < kinds["cancellation"] / ROWS < 0.025
    assert 0.001 < kinds["stock_correction"] / ROWS < 0.006
    assert 0.001 < kinds["zero_price"] / ROWS < 0.006


def test_invoices_have_a_long_tail_and_about_twenty_lines(rows: list[dict[str, str]]) -> None:
    lines = Counter(row["InvoiceNo"] for row in rows)

    assert 17 < ROWS / len(lines) < 25
    assert max(lines.values()) > 250
    assert sum(n == 1 for n in lines.values()) > len(lines) / 10


def test_the_quirks_of_the_real_file_are_there(rows: list[dict[str, str]]) -> None:
    codes = {row["StockCode"] for row in rows}
    times: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for row in rows:
        times.setdefault(row["InvoiceNo"], set()).add(row["InvoiceDate"])
        names.setdefault(row["StockCode"].upper(), set()).add(row["Description"].strip().upper())
    repeats = ROWS - len({tuple(row.values()) for row in rows})

    assert 0.2 < _share(rows, lambda row: not row["CustomerID"]) < 0.35
    assert 0.004 < repeats / ROWS < 0.02
    assert sum(len(each) > 1 for each in times.values()) > 3
    assert sum(len(each) > 1 for each in names.values()) > 100
    assert any(code.upper() != code and code.upper() in codes for code in codes)
    assert {"POST", "DOT", "M", "D", "BANK CHARGES", "C2", "S"} <= codes
    assert any("£" in row["Description"] for row in rows)
    assert any("  " in row["Description"] for row in rows)
    assert any(not row["Description"] for row in rows)
    assert 0.85 < _share(rows, lambda row: row["Country"] == "United Kingdom") < 0.96
    assert len({row["Country"] for row in rows}) > 15


def test_an_invoice_is_taken_up_again_after_another_one(rows: list[dict[str, str]]) -> None:
    numbers = [row["InvoiceNo"] for row in rows]
    begun = [n for n, before in zip(numbers, ["", *numbers], strict=False) if n != before]

    assert [n for n, times in Counter(begun).items() if times > 1] != []


def test_time_never_goes_back_between_invoices_and_keeps_to_its_days() -> None:
    settings = GeneratorSettings(rows=5_000, start=date(2023, 11, 3), days=60)
    moments = [
        datetime.strptime(row["InvoiceDate"], "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
        for row in _read(settings)
    ]
    late = sum(later < earlier for earlier, later in itertools.pairwise(moments))

    assert late <= 5  # the lines keyed in a minute later, and the invoice taken up again
    assert moments[0].date() == date(2023, 11, 3)
    assert max(moments).date() == date(2024, 1, 1)
    assert all(moment.weekday() != 5 for moment in moments)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_other_invoices() -> None:
    first = list(generate_lines(GeneratorSettings(rows=2_000, seed=5)))
    other = list(generate_lines(GeneratorSettings(rows=2_000, seed=6)))

    assert first == list(generate_lines(GeneratorSettings(rows=2_000, seed=5)))
    assert not _numbers(first) & _numbers(other)


@pytest.mark.parametrize("count", [1, 2, 101, 2_345])
def test_any_number_of_rows_is_met_exactly(count: int) -> None:
    assert len(list(generate_lines(GeneratorSettings(rows=count)))) == count + 1


def test_lines_are_made_as_they_are_asked_for() -> None:
    lines = generate_lines(GeneratorSettings(rows=10**12))

    assert next(lines) == HEADER + "\r\n"
    assert next(lines).endswith("\r\n")
