"""The list prices of AWS, and what a quantity costs by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files


@dataclass(frozen=True)
class Price:
    """`amount` USD for `per` of `unit`, as `source` publishes it."""

    amount: Decimal
    per: int
    unit: str
    source: str

    def of(self, quantity: Decimal) -> Decimal:
        """Return what the quantity costs, in USD."""
        return quantity * self.amount / self.per


@dataclass(frozen=True)
class PriceList:
    """Prices by name.

    Attributes
    ----------
    region, as_of : where and when they held.
    """

    region: str
    as_of: str
    prices: Mapping[str, Price]


def read_prices() -> PriceList:
    """Return the price list that ships with the command."""
    document = json.loads((files("cli.cost") / "prices.json").read_text("utf-8"))
    prices = {
        name: Price(Decimal(each["price"]), each["per"], each["unit"], each["source"])
        for name, each in document["prices"].items()
    }
    return PriceList(document["region"], document["as_of"], prices)
