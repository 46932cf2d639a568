"""The rules of numbers: which literals are numbers, and which of them are quantities and prices.

The grammars are shared with the Spark rules: they use only what Python's and Java's regular
expressions read alike.
"""

import re
from decimal import Context, Decimal

from contracts.rejections import BrokenRuleError, Reason, shown

PLAIN_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
EXPONENT_NUMBER = PLAIN_NUMBER + r"[eE][+-]?[0-9]{1,3}"
LONGEST_PLAIN = 64
"""Characters of a plain number."""
LONGEST_MANTISSA = 17
"""Digits of a number with an exponent: what the text of a double can have."""

PRICE_DECIMALS = 4
AMOUNT_LIMIT = 10_000_000
"""|quantity| and |unit_price| stay below it."""
QUANTITIES = range(1 - AMOUNT_LIMIT, AMOUNT_LIMIT)
LINES = range(1, 10_000_000)
IDS = range(-(2**63), 2**63)
PRICES = f"more than {-AMOUNT_LIMIT:,} and less than {AMOUNT_LIMIT:,}"

_PLAIN = re.compile(PLAIN_NUMBER)
_EXPONENT = re.compile(EXPONENT_NUMBER)
# The longest literal has 64 digits: nothing is rounded.
_EXACT = Context(prec=LONGEST_PLAIN + PRICE_DECIMALS)
_ZERO = Decimal(0).scaleb(-PRICE_DECIMALS)


def quantity(text: str) -> int:
    """Return the signed number of items: whole, not 0, below 10 million either way."""
    value = _whole(text, QUANTITIES)
    if value == 0:
        raise BrokenRuleError(Reason.ZERO_QUANTITY)
    return value


def unit_price(text: str) -> Decimal:
    """Return the price of one item with exactly four decimals, below 10 million either way."""
    value = _value(text)
    if _decimals(value) > PRICE_DECIMALS:
        raise BrokenRuleError(Reason.TOO_PRECISE, shown(text), PRICE_DECIMALS)
    if abs(value) >= AMOUNT_LIMIT:
        raise BrokenRuleError(Reason.OUT_OF_RANGE, shown(text), PRICES)
    # Adding 0 turns the zero of "-0.00" into the one zero: a content hash sees the sign.
    return value.quantize(_ZERO, context=_EXACT) + _ZERO


def line_amount(quantity: int, unit_price: Decimal) -> Decimal:
    """Return the price of all items, exactly, with four decimals."""
    return quantity * unit_price + _ZERO


def customer_id(text: str) -> int:
    """Return the customer's number: whole, within 64 bits."""
    return _whole(text, IDS)


def invoice_line(text: str) -> int:
    """Return the running count of the line within its invoice: 1 to 9,999,999."""
    return _whole(text, LINES)


def in_words(allowed: range) -> str:
    """Return a range of whole numbers as a detail names it."""
    return f"from {allowed.start:,} to {allowed.stop - 1:,}"


def _whole(text: str, allowed: range) -> int:
    value = _value(text)
    if _decimals(value) > 0:
        raise BrokenRuleError(Reason.NOT_AN_INTEGER, shown(text))
    if not allowed.start <= value < allowed.stop:
        raise BrokenRuleError(Reason.OUT_OF_RANGE, shown(text), in_words(allowed))
    return int(value)


def _value(text: str) -> Decimal:
    if not _is_number(text):
        raise BrokenRuleError(Reason.NOT_A_NUMBER, shown(text))
    return Decimal(text)


def _decimals(value: Decimal) -> int:
    """Return how many decimals a finite number needs, however it is written."""
    exponent = value.normalize(_EXACT).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _is_number(text: str) -> bool:
    if len(text) <= LONGEST_PLAIN and _PLAIN.fullmatch(text):
        return True
    if not _EXPONENT.fullmatch(text):
        return False
    mantissa = text[: text.upper().index("E")]
    return sum(c.isdigit() for c in mantissa) <= LONGEST_MANTISSA
