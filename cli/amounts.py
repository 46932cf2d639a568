"""The line amount of a record that the contract accepts, many times a second.

It judges as `contracts.transaction.canonicalise` does (a test holds the two together), but field by
field with a memory of values met: a file has few distinct prices, dates and countries.
Amounts are whole ten-thousandths, the contract's four decimals: adding them is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Generic, TypeVar

from contracts import dates, numbers, text
from contracts.fields import INPUT_FIELDS, InputField
from contracts.rejections import BrokenRuleError

_SCALE = 10_000
_MOST_REMEMBERED = 200_000  # distinct values of one field; bounds the memory of any file
# Receipt later than any invoice, for asking whether a date is one at all.
_AT_ANY_TIME = datetime.max.replace(tzinfo=UTC)

_Judged = TypeVar("_Judged")
Field = str | None


class _Memory(dict[Field, _Judged], Generic[_Judged]):
    """What a rule says of each value of one field; forgets all when it holds too many."""

    def __init__(self, rule: Callable[[Field], _Judged]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, value: Field) -> _Judged:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        judged = self[value] = self._rule(value)
        return judged


class LineAmounts:
    """Knows the line amounts of records whose dates without offset are in `shop_zone`."""

    def __init__(self, shop_zone: tzinfo = UTC) -> None:
        self._zone = shop_zone
        texts = [_Memory(_text_rule(each)) for each in INPUT_FIELDS]
        self._invoice_no, self._stock_code, self._description = texts[:3]
        self._country, self._event_id = texts[7], texts[9]
        self._quantity = _Memory(_quantity)
        self._price = _Memory(_price)
        self._moment = _Memory(self._read_moment)
        self._customer = _Memory(lambda value: _is_taken(numbers.customer_id, value))
        self._line = _Memory(lambda value: _is_taken(numbers.invoice_line, value))

    def of(self, fields: Sequence[Field], received_at: datetime) -> int | None:
        """Return the line amount in ten-thousandths, None where the contract rejects the record.

        Parameters
        ----------
        fields : the literals in the order of `contracts.fields.INPUT_FIELDS`; None is missing.
        received_at : when the record was received; an invoice may not be much later.
        """
        invoice, code, description, items, date, price, customer, country, line, event = fields
        quantity = self._quantity[items]
        unit_price = self._price[price]
        moment = self._moment[date]
        accepted = (
            quantity is not None
            and unit_price is not None
            and moment is not None
            and moment - dates.AHEAD_OF_RECEIPT <= received_at
            and self._invoice_no[invoice]
            and self._stock_code[code]
            and self._description[description]
            and self._customer[customer]
            and self._country[country]
            and self._line[line]
            and self._event_id[event]
        )
        return quantity * unit_price if accepted else None  # type: ignore[operator]

    def _read_moment(self, value: Field) -> datetime | None:
        try:
            return dates.invoice_moment(text.trim(value or ""), _AT_ANY_TIME, self._zone)
        except BrokenRuleError:
            return None


def amount_text(ten_thousandths: int) -> str:
    """Return an amount as decimal text with four decimals."""
    sign = "-" if ten_thousandths < 0 else ""
    pounds, rest = divmod(abs(ten_thousandths), _SCALE)
    return f"{sign}{pounds}.{rest:04d}"


def amount_from_text(decimal: str) -> int:
    """Return the ten-thousandths of a decimal text with at most four decimals."""
    whole, _, decimals = decimal.lstrip("+-").partition(".")
    amount = int(whole or "0") * _SCALE + int(decimals.ljust(4, "0"))
    return -amount if decimal.startswith("-") else amount


def _text_rule(field: InputField) -> Callable[[Field], bool]:
    def judge(value: Field) -> bool:
        try:
            tidied = text.tidy(value) if value else ""
            text.limited(tidied, field.longest or 0) if tidied else None
        except BrokenRuleError:
            return False
        return bool(tidied) or not field.required

    return judge


def _quantity(value: Field) -> int | None:
    try:
        return numbers.quantity(text.trim(value or ""))
    except BrokenRuleError:
        return None


def _price(value: Field) -> int | None:
    try:
        return int(numbers.unit_price(text.trim(value or "")).scaleb(numbers.PRICE_DECIMALS))
    except BrokenRuleError:
        return None


def _is_taken(rule: Callable[[str], object], value: Field) -> bool:
    trimmed = text.trim(value or "")
    try:
        return not trimmed or rule(trimmed) is not None
    except BrokenRuleError:
        return False
