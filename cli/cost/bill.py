"""A bill: quantities by price, and their sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cli.cost.prices import PriceList


@dataclass(frozen=True)
class Use:
    """So much of something that has a price.

    Attributes
    ----------
    part : the part of the pipeline that used it.
    price : name of the price.
    quantity : in the price's unit.
    """

    part: str
    price: str
    quantity: Decimal


@dataclass(frozen=True)
class BillLine:
    """A use with its unit and what it costs, in USD."""

    use: Use
    unit: str
    cost: Decimal


@dataclass(frozen=True)
class Bill:
    """The lines of a bill."""

    lines: list[BillLine]

    @property
    def total(self) -> Decimal:
        """The sum, in USD."""
        return sum((line.cost for line in self.lines), Decimal(0))

    def per_million(self, rows: int) -> Decimal | None:
        """Return USD for a million transactions, None where there was none."""
        return self.total * 1_000_000 / rows if rows else None


def make_bill(uses: Iterable[Use], prices: PriceList) -> Bill:
    """Return the bill of the uses; uses of nothing are left out."""
    return Bill(
        [
            BillLine(use, prices.prices[use.price].unit, prices.prices[use.price].of(use.quantity))
            for use in uses
            if use.quantity
        ]
    )
