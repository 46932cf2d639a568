"""What a rejection tells the person who reads it: one sentence for each reason and field.

The Spark rules word their rejections from here too.
"""

from contracts.fields import LONGEST
from contracts.numbers import AMOUNT_LIMIT, IDS, LINES, PRICE_DECIMALS, QUANTITIES
from contracts.rejections import Reason, Rejection

NOT_ONE_OBJECT = "the line is not one JSON object: send each transaction as one object on one line"

_SENTENCES = {
    Reason.MISSING_FIELD: ("is required, and is missing or empty", ""),
    Reason.NOT_A_NUMBER: ("", " is not a number: send digits, like 12 or 2.55"),
    Reason.NOT_AN_INTEGER: ("", " is not a whole number"),
    Reason.NOT_A_DATE: (
        "",
        " is not a date: send month/day/year hour:minute, like 12/1/2010 8:26, or ISO 8601, "
        "like 2010-12-01T08:26:00Z",
    ),
    Reason.ZERO_QUANTITY: ("is 0: send the items sold, or returned as a negative number", ""),
    Reason.TOO_PRECISE: (
        "",
        f" has more than {PRICE_DECIMALS} decimals: round it before sending",
    ),
    Reason.CONTROL_CHARACTER: ("holds the control character U+", ": remove it"),
}
_LIMITS = {
    "Quantity": f"from {QUANTITIES.start:,} to {QUANTITIES.stop - 1:,}",
    "UnitPrice": f"more than {-AMOUNT_LIMIT:,} and less than {AMOUNT_LIMIT:,}",
    "CustomerID": f"from {IDS.start:,} to {IDS.stop - 1:,}",
    "InvoiceLine": f"from {LINES.start:,} to {LINES.stop - 1:,}",
    "InvoiceDate": "a date from 1990 on, at most a day after it is received",
}


def sentence(reason: Reason, field: str) -> tuple[str, str]:
    """Return what stands before and after the subject of a rejection's detail."""
    if reason is Reason.OUT_OF_RANGE:
        return "", f" is out of range: send {_LIMITS[field]}"
    if reason is Reason.TOO_LONG:
        return "has ", f" characters, the longest allowed is {LONGEST[field]}"
    return _SENTENCES[reason]


def rejection(reason: Reason, field: str, subject: str = "") -> Rejection:
    """Return the rejection of a field; `subject` as `BrokenRuleError` has it."""
    before, after = sentence(reason, field)
    return Rejection(reason, field, f"{before}{subject}{after}")
