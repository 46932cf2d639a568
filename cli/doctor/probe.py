"""The marked events of a check: three lines of one invoice that is no sale and costs nothing.

Every check sends the same lines anew with another description. So each is a correction of the last
and goes through all stages, while the stores never hold more than these three rows of it. Their
price is 0 from the first moment on: their type is `zero_price`, which no figure of sales counts.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

INVOICE = "ETL-DOCTOR"
TYPE = "zero_price"
_STOCK_CODE = "ETL-DOCTOR"  # of no product's form
_COUNTRY = "Unspecified"
_DAY = "2000-01-01T00:00:00Z"  # apart from all that is sold, and always the same partition
_LINES = (1, 2, 3)


@dataclass(frozen=True)
class Line:
    """One line as a store shows it; text and amounts in no particular writing."""

    description: str
    quantity: int
    unit_price: Decimal
    line_amount: Decimal


@dataclass(frozen=True)
class Probe:
    """The events of one check.

    Attributes
    ----------
    mark : what tells them from those of every other check.
    """

    mark: str

    @property
    def send_id(self) -> str:
        """What the ids of its requests begin with."""
        return f"doctor-{self.mark}"

    @property
    def description(self) -> str:
        """What its lines say in every store."""
        return f"etl doctor {self.mark}"

    def bodies(self) -> list[str]:
        """Return the events as they are sent."""
        return [
            json.dumps(
                {
                    "InvoiceNo": INVOICE,
                    "InvoiceLine": line,
                    "StockCode": _STOCK_CODE,
                    "Description": self.description,
                    "Quantity": line,
                    "InvoiceDate": _DAY,
                    "UnitPrice": "0.00",
                    "CustomerID": None,
                    "Country": _COUNTRY,
                }
            )
            for line in _LINES
        ]

    def lines(self) -> dict[int, Line]:
        """Return what every store must show, by line."""
        free = Decimal(0)
        return {line: Line(self.description, line, free, free) for line in _LINES}


def new_probe(now: datetime) -> Probe:
    """Return a probe that no other has the mark of."""
    return Probe(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}")
