"""What the doctor sends is taken as it is, is no sale, and replaces what it sent before."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cli.doctor.probe import INVOICE, Probe, new_probe
from contracts.classification import TransactionType
from contracts.landing import Event, parse_events
from contracts.transaction import Transaction, canonicalise

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def transactions(probe: Probe) -> list[Transaction]:
    """Return what the contract makes of a probe's events."""
    found = [canonicalise(json.loads(each), NOW, UTC) for each in probe.bodies()]
    assert all(isinstance(each, Transaction) for each in found), found
    return [each for each in found if isinstance(each, Transaction)]


def test_the_api_takes_every_event() -> None:
    body = f"[{','.join(Probe('x').bodies())}]".encode()

    assert all(isinstance(each, Event) for each in parse_events(body))


def test_no_event_is_a_sale_of_a_product_to_a_customer() -> None:
    for each in transactions(Probe("x")):
        assert each.invoice_no == INVOICE
        assert each.transaction_type is TransactionType.ZERO_PRICE
        assert each.line_amount == 0
        assert not each.is_product
        assert each.customer_id is None


def test_what_the_stores_must_show_is_what_the_contract_makes_of_it() -> None:
    probe = new_probe(NOW)

    made = {each.invoice_line: each for each in transactions(probe)}

    assert made.keys() == probe.lines().keys()
    for number, line in probe.lines().items():
        assert made[number].description == line.description
        assert made[number].quantity == line.quantity
        assert made[number].unit_price == line.unit_price
        assert made[number].line_amount == line.line_amount


def test_the_next_check_corrects_the_same_events() -> None:
    first, second = new_probe(NOW), new_probe(NOW)

    before, after = transactions(first), transactions(second)

    assert first.mark != second.mark
    assert [each.event_id for each in before] == [each.event_id for each in after]
    assert all(
        one.content_hash != other.content_hash for one, other in zip(before, after, strict=True)
    )
