"""Makes waves of records by seed: sales with all that goes wrong before they reach a pipeline."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from contracts.fields import INPUT_NAMES

Fields = dict[str, str]

TAG = "Tag"
"""A column that the contract does not know: it tells a record through all its copies."""

_DROPPED_BELOW = "raw/transactions/ingest_date=2026-01-01/ingest_hour=00"
_FIRST_DAY = datetime(2010, 12, 1, 8)  # noqa: DTZ001 (all moments here are UTC)
_DAYS = 380
_COUNTRIES = ("United Kingdom", "France", "Germany", "EIRE", "Côte d'Ivoire")
_CODES = ("POST", "DOT", "M", "BANK CHARGES", "gift_0001_20")
_KINDS = ("sale", "cancellation", "adjustment", "stock", "zero")
_SHARES = (70, 12, 3, 8, 7)
_WORDS = ("RED", "RETROSPOT", "CAKE", "STAND", "T-LIGHT", "HOLDER", "HEART", "CAFÉ", "🎂", "METAL")
_BIG_INVOICE_LINES = 420
_BROKEN: tuple[Fields, ...] = (
    {"Quantity": "six"},
    {"Quantity": "0"},
    {"Quantity": "2.5"},
    {"Quantity": "99999999999"},
    {"Quantity": ""},
    {"UnitPrice": "2.55001"},
    {"UnitPrice": "£2.55"},
    {"UnitPrice": "12345678.9"},
    {"InvoiceDate": "1/1/2999 8:26"},
    {"InvoiceDate": "2/30/2011 10:00"},
    {"InvoiceDate": "31.12.2010 10:00"},
    {"InvoiceDate": "1/1/1900 0:00"},
    {"InvoiceNo": ""},
    {"InvoiceNo": "5" * 30},
    {"StockCode": "9" * 40},
    {"Description": "BELL \x07 INSIDE"},
    {"Description": "LONG " * 120},
    {"CustomerID": "ANONYMOUS"},
    {"CustomerID": "17850.5"},
    {"Country": ""},
    {"Country": "U" * 80},
    {"InvoiceLine": "first"},
    {"EventId": "E" * 200},
)


@dataclass(frozen=True)
class Sent:
    """A record as it stands in a file that is sent."""

    tag: str
    fields: Fields


@dataclass(frozen=True)
class Drop:
    """A file that another system puts into raw/.

    Attributes
    ----------
    lines : what it holds; None where it cannot be read to its end.
    """

    key: str
    body: bytes
    lines: list[str] | None


@dataclass(frozen=True)
class Wave:
    """What arrives between two executions."""

    number: int
    rows: list[Sent]
    drops: list[Drop]

    def write_csv(self, folder: Path) -> Path:
        """Write the rows as a file that `etl send` takes; return it."""
        path = folder / f"wave-{self.number:03d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*INPUT_NAMES, TAG])
            writer.writerows(
                [*map(row.fields.__getitem__, INPUT_NAMES), row.tag] for row in self.rows
            )
        return path


@dataclass
class World:
    """A shop whose records come in waves; the same seed gives the same waves.

    Attributes
    ----------
    invoices : new invoices in a wave.
    """

    seed: int
    invoices: int = 30
    _random: random.Random = field(init=False)
    _wave: int = 0
    _tags: int = 0
    _invoice: int = 536_365
    _known: list[Fields] = field(default_factory=list)
    _dropped: list[Fields] = field(default_factory=list)
    _big: list[Fields] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next_wave(self) -> Wave:
        """Return what arrives next."""
        self._wave += 1
        fresh = [line for _ in range(self.invoices) for line in self._invoice_lines()]
        repeated = self._some(self._known, 25) + self._some(fresh, 10)
        corrected = [self._corrected(each) for each in self._some(self._known + fresh, 20)]
        fields = fresh + repeated + corrected + self._big_invoice()
        fields += [self._broken(each) for each in self._some(fresh, 8)]
        self._known += fresh + corrected
        self._random.shuffle(fields)
        return Wave(self._wave, [self._tagged(each) for each in fields], list(self._drops(fresh)))

    def _some(self, lines: list[Fields], most: int) -> list[Fields]:
        return self._random.sample(lines, min(most, len(lines)))

    def _tagged(self, fields: Fields) -> Sent:
        self._tags += 1
        return Sent(f"{self.seed}-{self._tags:06d}", fields)

    def _invoice_lines(self) -> Iterator[Fields]:
        """Yield the lines of a new invoice: a sale, or one of the odd kinds."""
        rng = self._random
        self._invoice += 1
        kind = rng.choices(_KINDS, _SHARES)[0]
        prefix = {"cancellation": rng.choice("Cc"), "adjustment": "A"}.get(kind, "")
        is_returned = kind in ("cancellation", "stock")
        header = {
            "InvoiceNo": f"{prefix}{self._invoice}",
            "InvoiceDate": self._written(self._moment()),
            "CustomerID": self._customer(),
            "Country": rng.choice(_COUNTRIES),
        }
        for line in range(1, rng.randint(1, 9)):
            quantity = rng.randint(1, 48) * (-1 if is_returned else 1)
            price = (
                "0" if kind == "zero" else f"{rng.randint(1, 99999) / 10 ** rng.randint(2, 4):.4f}"
            )
            fields = {**header, **self._product(), "Quantity": str(quantity), "UnitPrice": price}
            yield {**fields, **self._identity(line)}

    def _identity(self, line: int) -> Fields:
        """Return what tells a line from others: its number, the sender's key, or its content."""
        kind = self._random.random()
        if kind < 0.8:
            return {"InvoiceLine": str(line), "EventId": ""}
        return {"InvoiceLine": "", "EventId": f"order-{line}" if kind < 0.9 else ""}

    def _product(self) -> Fields:
        rng = self._random
        number = rng.randrange(60)
        if number < len(_CODES):
            return {"StockCode": _CODES[number], "Description": _CODES[number].upper()}
        code = f"{22000 + number}{rng.choice(('', '', 'A', 'b'))}"
        words = (_WORDS[number % len(_WORDS)], rng.choice(_WORDS), str(number))
        return {"StockCode": rng.choice((code, f" {code} ")), "Description": "  ".join(words)}

    def _customer(self) -> str:
        number = 12346 + self._random.randrange(40)
        return self._random.choice((str(number), f"{number}.0", str(number), ""))

    def _moment(self) -> datetime:
        minutes = self._random.randrange(_DAYS * 24 * 60)
        return _FIRST_DAY + timedelta(minutes=minutes)

    def _written(self, moment: datetime) -> str:
        if self._random.random() < 0.7:
            return f"{moment.month}/{moment.day}/{moment.year} {moment:%H:%M}"
        return f"{moment:%Y-%m-%dT%H:%M:%S}{self._random.choice(('', 'Z', '+00:00', '.25'))}"

    def _corrected(self, fields: Fields) -> Fields:
        rng = self._random
        sign = "-" if fields["Quantity"].startswith("-") else ""
        changes: tuple[Fields, ...] = (
            {"Quantity": f"{sign}{rng.randint(1, 99)}"},
            {"UnitPrice": f"{rng.randint(1, 9999)}.25"},
            {"InvoiceDate": self._written(self._moment())},  # mostly another month
            {"Description": rng.choice(("", "DAMAGED", "NEW NAME"))},
            {"StockCode": f"{23000 + rng.randrange(5)}"},
            {"CustomerID": self._customer(), "Country": "Spain"},
        )
        return {**fields, **rng.choice(changes)}

    def _big_invoice(self) -> list[Fields]:
        """Return an invoice of several chunks every sixth wave, and later its shortened form."""
        if self._wave % 6 == 1:
            template = next(iter(self._some(self._known, 1)), None) or next(self._a_line())
            self._invoice += 1
            self._big = [
                {
                    **template,
                    "InvoiceNo": str(self._invoice),
                    "InvoiceLine": str(line),
                    "EventId": "",
                    "Description": f"{line} " + "LONG DESCRIPTION " * 14,
                }
                for line in range(1, _BIG_INVOICE_LINES + 1)
            ]
            return self._big
        if self._wave % 6 == 4:
            return [{**each, "Description": "SHORT"} for each in self._big]
        return []

    def _a_line(self) -> Iterator[Fields]:
        while True:
            yield from self._invoice_lines()

    def _broken(self, fields: Fields) -> Fields:
        return {**fields, **self._random.choice(_BROKEN)}

    def _drops(self, fresh: list[Fields]) -> Iterator[Drop]:
        """Yield a file with old receipts and garbage; now and then one that is cut off."""
        rng = self._random
        new = [{**next(self._a_line()), "InvoiceNo": f"9{self._wave:03d}{n}"} for n in range(6)]
        again = self._some(self._dropped, 6)
        older = self._some(self._known, 6) + self._some(fresh, 3)
        self._dropped += new
        lines = [
            json.dumps(self._as_others_write(each, rng.randrange(28)), ensure_ascii=False)
            for each in (*new, *again, *map(self._corrected, again + older))
        ]
        lines += ["not JSON at all", '{"InvoiceNo": "536365"', "[]", "not JSON at all"]
        rng.shuffle(lines)
        body = "\n".join(lines).encode() + b"\n"
        yield Drop(f"{_DROPPED_BELOW}/drop-{self.seed}-{self._wave:03d}.json", body, lines)
        if self._wave % 7 == 2:
            cut = gzip.compress(body * 50, mtime=0)[:-9]
            yield Drop(f"{_DROPPED_BELOW}/cut-{self.seed}-{self._wave:03d}.gz", cut, None)

    def _as_others_write(self, fields: Fields, day: int) -> dict[str, object]:
        """Return a record with JSON's own types, received before everything that is sent."""
        record: dict[str, object] = {name: value for name, value in fields.items() if value}
        record["Quantity"] = int(fields["Quantity"])
        if fields["CustomerID"]:
            record["CustomerID"] = float(fields["CustomerID"])
        record["received_at"] = f"2012-02-{day + 1:02d}T10:00:00.000Z"
        return record
