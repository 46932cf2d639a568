"""Which records of a file are sent, which were sent before, and which are held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.quarantine.files import Correction
from cli.quarantine.records import landed_record, record_of
from cli.quarantine.retries import Fate, Retry
from cli.quarantine.retry import Known, sort_out
from cli.quarantine.table import QuarantineRow
from contracts.raw_zone import RawObject

PATH = Path("rejected.csv")
ID = "a" * 32
RECORD = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Quantity": "six",
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": "2.55",
    "Country": "France",
}
ROW = QuarantineRow(
    ID, "raw/x.gz", str(RECORD).replace("'", '"'), "not_a_number", "Quantity",
    "'six' is not a number", None, "run-1",
)  # fmt: skip
OBJECT = RawObject("raw/y.gz", datetime(2026, 11, 22, tzinfo=UTC), 1)


def correction(**changes: str) -> Correction:
    return Correction(row=1, line=2, quarantine_id=ID, record=record_of(RECORD | changes))


def known(
    row: QuarantineRow = ROW, fate: Fate | None = None, taken: frozenset[int] = frozenset()
) -> Known:
    retry = Retry(ID, "2026-11-22T10:00:00+00:00", "r-1", OBJECT, fate or Fate.SENT, "b" * 32)
    return Known({ID: row}, {ID: retry} if fate else {}, taken, "UTC")


def test_a_corrected_record_is_sent_with_its_amount_to_the_last_digit() -> None:
    chosen = sort_out(PATH, [correction(Quantity="6")], known())
    ((sent, amount),) = chosen.to_send
    assert (sent.quarantine_id, amount) == (ID, 153_000)
    assert chosen.held_back == chosen.sent_before == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "is unchanged (not_a_number: Quantity 'six' is not a number)"),
        ({"Quantity": "6.5"}, "would be rejected again (not_an_integer: Quantity"),
        ({"Quantity": "6", "UnitPrice": ""}, "would be rejected again (missing_field: UnitPrice"),
    ],
)
def test_what_would_be_rejected_again_is_held_back_unless_it_is_asked_for(
    changes: dict[str, str], why: str
) -> None:
    held = sort_out(PATH, [correction(**changes)], known())
    assert held.to_send == []
    assert held.held_back[0][1].startswith(why)

    asked = sort_out(PATH, [correction(**changes)], known(), as_is=True)
    assert [amount for _, amount in asked.to_send] == [0]


@pytest.mark.parametrize("fate", [Fate.WAITING, Fate.ACCEPTED])
def test_what_was_sent_before_is_not_sent_again_even_as_it_is(fate: Fate) -> None:
    chosen = sort_out(PATH, [correction(Quantity="6")], known(fate=fate), as_is=True)
    assert len(chosen.sent_before) == 1
    assert chosen.to_send == []


def test_what_this_very_file_has_sent_is_not_sent_again_before_it_is_in_raw() -> None:
    chosen = sort_out(PATH, [correction(Quantity="6")], known(taken=frozenset({1})))
    assert len(chosen.sent_before) == 1


def test_of_a_command_that_was_broken_off_what_the_api_has_not_taken_is_sent() -> None:
    chosen = sort_out(PATH, [correction(Quantity="6")], known(fate=Fate.SENT))
    assert len(chosen.to_send) == 1


def test_a_row_for_which_another_stands_leads_to_that_one() -> None:
    chosen = sort_out(PATH, [correction(Quantity="6")], known(fate=Fate.REJECTED), as_is=True)
    assert f"correct {'b' * 32}" in chosen.held_back[0][1]


def test_a_whole_object_and_an_empty_record_cannot_be_sent() -> None:
    unreadable = known(replace(ROW, reason="unreadable_object", raw_line=""))
    chosen = sort_out(PATH, [correction(Quantity="6")], unreadable, as_is=True)
    assert "stands for a whole object" in chosen.held_back[0][1]

    empty = Correction(1, 2, ID, record_of({}))
    assert "has no field" in sort_out(PATH, [empty], known(), as_is=True).held_back[0][1]


def test_a_row_that_the_quarantine_does_not_hold_is_a_mistake_in_the_file() -> None:
    stranger = replace(correction(), quarantine_id="f" * 32)
    with pytest.raises(CliError, match=r"rejected.csv, line 2: the quarantine holds no row ffff"):
        sort_out(PATH, [stranger], known())


def test_the_row_of_these_tests_is_the_record_unchanged() -> None:
    assert landed_record(ROW.raw_line) == record_of(RECORD)
