"""From an event's id to its invoice, and from a rejected line to the event that it claims to be."""

from __future__ import annotations

import re

from cli.errors import CliError
from cli.quarantine.records import Record
from contracts import identity, numbers, text
from contracts.rejections import BrokenRuleError

_EVENT_ID = re.compile(r"(?P<invoice>[^#]+)#[ELH].+", re.DOTALL)


def invoice_of(event_id: str) -> str:
    """Return the invoice that an event belongs to.

    Raises
    ------
    CliError : this is no event id.
    """
    found = _EVENT_ID.fullmatch(event_id)
    if found is None:
        raise CliError(
            f"{event_id!r} is no event id, such as 536365#L1: `etl trace --invoice NO` lists those "
            "of an invoice"
        )
    return found["invoice"].replace("%23", "#").replace("%25", "%")


def claimed_invoice(record: Record) -> str | None:
    """Return the invoice that a record names; None where it names none that can be."""
    try:
        tidied = text.tidy(record.fields.get("InvoiceNo", ""))
    except BrokenRuleError:
        return None
    return text.upper(tidied) or None


def claimed_event(record: Record) -> str | None:
    """Return the event that a record would be, right or wrong in all else.

    None where that hangs on its content: it has neither a key of its sender's nor a line.
    """
    invoice = claimed_invoice(record)
    try:
        key = text.tidy(record.fields.get("EventId", "")) or None
        number = text.trim(record.fields.get("InvoiceLine", ""))
        line = numbers.invoice_line(number) if number else None
    except BrokenRuleError:
        return None
    if invoice is None or (key is None and line is None):
        return None
    return identity.event_id(invoice, key, line, "")
