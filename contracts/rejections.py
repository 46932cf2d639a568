"""Why a record is refused: the reason codes, and what a refusal tells the person who reads it."""

import re
from dataclasses import dataclass
from enum import StrEnum

SHOWN_CHARACTERS = 100
"""How much of a refused value a detail repeats."""
UNSHOWN_CLASS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""What a detail shows as a replacement character: controls and line breaks."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_UNSHOWN = re.compile(f"[{UNSHOWN_CLASS}\ud800-\udfff]")


class Reason(StrEnum):
    """Reason codes of `quarantine.reason` and of the ingest API's answers."""

    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_INTEGER = "not_an_integer"
    NOT_A_DATE = "not_a_date"
    ZERO_QUANTITY = "zero_quantity"
    OUT_OF_RANGE = "out_of_range"
    TOO_PRECISE = "too_precise"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    UNREADABLE_OBJECT = "unreadable_object"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One refused record: the first rule that it breaks, in the order of the input fields.

    Attributes
    ----------
    reason
        The code that programs act on.
    field
        The input field that broke the rule; None where the record as a whole did.
    detail
        A sentence that a person can act on.
    """

    reason: Reason
    field: str | None
    detail: str


_SENTENCES = {
    Reason.MISSING_FIELD: "is required, and is missing or empty",
    Reason.NOT_A_NUMBER: "{subject} is not a number: send digits, like 12 or 2.55",
    Reason.NOT_AN_INTEGER: "{subject} is not a whole number",
    Reason.NOT_A_DATE: (
        "{subject} is not a date: send month/day/year hour:minute, like 12/1/2010 8:26, "
        "or ISO 8601, like 2010-12-01T08:26:00Z"
    ),
    Reason.ZERO_QUANTITY: "is 0: send the items sold, or returned as a negative number",
    Reason.OUT_OF_RANGE: "{subject} is out of range: send {limits}",
    Reason.TOO_PRECISE: "{subject} has more than {limits} decimals: round it before sending",
    Reason.TOO_LONG: "has {subject} characters, the longest allowed is {limits}",
    Reason.CONTROL_CHARACTER: "holds the control character U+{subject}: remove it",
}
NOT_ONE_OBJECT = "the line is not one JSON object: send each transaction as one object on one line"


def sentence(reason: Reason, limits: object = "") -> str:
    """Return what a detail says of a field, with `{subject}` where its subject goes."""
    return _SENTENCES[reason].replace("{limits}", str(limits))


class BrokenRuleError(Exception):
    """A value broke a rule of the contract; raised by the rules, caught by `canonicalise`.

    Parameters
    ----------
    reason
        The rule's code.
    subject
        What the detail is about: the value shown, a length, a character.
    limits
        What the rule allows, in words.
    """

    def __init__(self, reason: Reason, subject: str = "", limits: object = "") -> None:
        self.reason = reason
        self.detail = sentence(reason, limits).replace("{subject}", subject)
        super().__init__(f"{reason}: {self.detail}")


def shown(value: str) -> str:
    """Return `value` in quotes for a detail: shortened, and safe to print and to store."""
    kept = _UNSHOWN.sub(REPLACEMENT, value[:SHOWN_CHARACTERS])
    return f"'{kept}{'…' if len(value) > SHOWN_CHARACTERS else ''}'"
