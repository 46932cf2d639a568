"""An event id leads to its invoice, and a rejected line to the event that it claims to be."""

from __future__ import annotations

import pytest

from cli.errors import CliError
from cli.quarantine.records import record_of
from cli.trace.identity import claimed_event, claimed_invoice, invoice_of
from contracts import identity


@pytest.mark.parametrize("invoice", ["536365", "C1", "A#B", "50%", "%23", "Ä 1"])
def test_an_event_id_leads_back_to_its_invoice(invoice: str) -> None:
    for key, line in (("a#b", None), (None, 7), (None, None)):
        assert invoice_of(identity.event_id(invoice, key, line, "0f")) == invoice


@pytest.mark.parametrize("text", ["", "536365", "#L1", "536365#", "536365#X1"])
def test_what_is_no_event_id_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(CliError, match="such as 536365#L1"):
        invoice_of(text)


@pytest.mark.parametrize(
    ("record", "event"),
    [
        ({"InvoiceNo": " c1  2 ", "InvoiceLine": "07", "Quantity": "x"}, "C1 2#L7"),
        ({"InvoiceNo": "1", "EventId": "k", "InvoiceLine": "7"}, "1#Ek"),
        ({"InvoiceNo": "1"}, None),
        ({"InvoiceLine": "7"}, None),
        ({"InvoiceNo": "1", "InvoiceLine": "first"}, None),
    ],
)
def test_a_rejected_record_claims_an_event_where_it_has_a_key(
    record: dict[str, str], event: str | None
) -> None:
    assert claimed_event(record_of(record)) == event


def test_an_invoice_number_that_breaks_the_contract_claims_none() -> None:
    assert claimed_invoice(record_of({"InvoiceNo": "1\u0000"})) is None
    assert claimed_invoice(record_of({})) is None
