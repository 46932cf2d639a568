"""Each broken row is broken for the contract, in as many ways as there are, and no other row is."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime

from cli.generate.broken import WAYS
from cli.generate.invoices import HEADER, GeneratorSettings, generate_lines
from contracts.rejections import Rejection
from contracts.transaction import canonicalise

COLUMNS = HEADER.split(",")


def _broken(settings: GeneratorSettings) -> list[str]:
    """Return what is wrong with each row of which something is."""
    rows = list(csv.reader(generate_lines(settings)))[1:]
    assert len(rows) == settings.rows
    found = []
    for row in rows:
        if len(row) != len(COLUMNS):
            found.append("width")
            continue
        judged = canonicalise(dict(zip(COLUMNS, row, strict=True)), datetime.now(UTC), UTC)
        if isinstance(judged, Rejection):
            found.append(f"{judged.reason} {judged.field}")
    return found


def test_as_many_rows_are_broken_as_asked_for() -> None:
    for broken in (1, 37, 500):
        assert len(_broken(GeneratorSettings(rows=1_000, seed=3, broken=broken))) == broken


def test_every_row_can_be_broken() -> None:
    assert len(_broken(GeneratorSettings(rows=200, seed=3, broken=200))) == 200


def test_each_way_is_used_before_one_is_used_again() -> None:
    ways = Counter(_broken(GeneratorSettings(rows=2_000, broken=len(WAYS))))

    assert ways["width"] == 2
    assert {way.partition(" ")[0] for way in ways} == {
        "width",
        "not_a_number",
        "not_an_integer",
        "not_a_date",
        "zero_quantity",
        "out_of_range",
        "too_precise",
        "too_long",
        "missing_field",
        "control_character",
    }


def test_breaking_rows_leaves_the_others_as_they_are() -> None:
    whole = list(generate_lines(GeneratorSettings(rows=500)))
    some_broken = list(generate_lines(GeneratorSettings(rows=500, broken=20)))

    assert sum(a != b for a, b in zip(whole, some_broken, strict=True)) == 20
