"""Raw lines with the quirks of senders, of hostile ones too, from a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from contracts.fields import INPUT_NAMES
from contracts.landing import Event, land
from contracts.literals import NumberLiteral, json_text

_RECEIVED = datetime(2026, 1, 15, 10, 0, 0, 123000, tzinfo=UTC)
_ODD_CHARACTERS = (
    " \t\n\r\f\v\x00\x01\x08\x1b\x1c\x1f\x7f\x80\x85\x9f\xa0\xad\u1680\u2000\u200a\u200b\u2028"
    "\u2029\u202f\u205f\u3000\ufeff\ufffdéß\u0131\u0130ǆ£€🎁\U0001f1ec\u0301\"\\/'%#+-.,:;eE0123456789abzAZTZ{}[]"
)
_ODD_BYTES = (
    *(b"\x00", b"\x01", b"\x01\x01", b"\x0b", b"\x0c", b"\x1a", b"\x1f", b"\x7f", b"\x80", b"\xff"),
    *(b"\xc0\x80", b"\xc3", b"\xc3\xa9", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xbf\xbf\xed\xa0\xbd"),
    *(
        b"\xf0\x9f\x8e",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xef\xbf\xbe",
        b"\xef\xbb\xbf",
    ),
    *(
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\x1f\x8b\x08\x00",
        b"\\",
        b'"',
        b"\\u0000",
        b"\\ud800",
        b"/*",
        b"//",
    ),
)
_SOUND = {
    "InvoiceNo": ["536365", "C536379", "A563185", "c536380", 581475],
    "StockCode": ["85123A", "22423", "84997b", "POST", "gift_0001_20", "BANK CHARGES", 22423],
    "Description": ["WHITE METAL LANTERN", "  SET OF  3 ", "£5 GIFT 🎁", "", None, 'A "B" \\ C'],
    "Quantity": [6, "6", "-12", "7.0", NumberLiteral("24.0"), "+3", 9999999, "1e2"],
    "InvoiceDate": [
        "12/1/2010 8:26", "3/27/2011 1:30:05", "2011-10-30T01:30:00Z", "2011-03-13 02:30",
        "2011-11-06T01:30:00.5", "2010-12-01T08:26:00+05:30", "2010-12-01", "2010-12-01T08:26-08",
    ],
    "UnitPrice": [
        NumberLiteral("2.55"), "2.5500", 0, "-11062.06", NumberLiteral("0.0005"),
        NumberLiteral("1234567.1234"), "5e-4", ".5", "3.", NumberLiteral("1E1"),
    ],
    "CustomerID": [17850, NumberLiteral("17850.0"), "17850", None, "", "  ", "-1", "1.785E4"],
    "Country": ["United Kingdom", "EIRE", " Côte  d'Ivoire"],
    "InvoiceLine": [1, "2", NumberLiteral("3.0"), None, "", 9999999],
    "EventId": [None, "order-1", " Order  1#% ", "", 7],
}  # fmt: skip
_BROKEN_NUMBERS = (
    "0", "-0", "0.0", "0.5", "1.00001", "1e-5", "10000000", "9999999.9999", "-9999999.99991",
    "1e400", "0e999", "12345678901234567890", "123456789012345678901", "9223372036854775808", "1e",
    "--1", "", "1,5", "0x1", "1f", "NaN", "٣", "1 2", "\x001", "1\x00", "\xa05 ", "0" * 63 + "1",
    "0" * 64 + "1", "1.23456789012345678e3", "1.2345678901234567e3", "9.9999999999999999E-5",
    "5.0E-20", "1e+3", "6.",
)  # fmt: skip
_BROKEN_DATES = (
    "13/1/2010 8:26", "2/30/2010 8:26", "12/1/2010 24:00", "12/1/2010 8:60", "12/1/2010  8:26",
    "12/1/2010", "2010-02-29", "2010-12-01T24:00", "2010-12-01T08", "2010-12-01T08:26:00 Z",
    "2010-12-01T08:26:00+24:00", "2010-12-01T08:26:00.1234567Z", "0000-01-01",
    "0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "1989-12-31T23:59:59Z",
    "1990-01-01T00:30+01:00", "2026-01-16T10:00:00.123Z", "2026-01-16T10:00:00.124Z", "2026-01-17",
    "1291191960000", "12/1/10 8:26", "2010-12-01Z", "+2010-12-01", "12010-12-01", "", "x",
    "2010-12-01T08:26:00-0530x", "12/1/2010 8:26\n", "\x0012/1/2010 8:26", "2010-12-01T08:26:00.Z",
)  # fmt: skip


def raw_lines(random: Random, count: int) -> Iterator[str]:
    """Yield lines as raw/ may hold them: most landed by the ingest, some not, some no JSON."""
    for place in range(count):
        record = _record(random)
        line = _line(random, record, place)
        yield _damaged(random, line) if random.random() < 0.08 else line


def raw_bytes(random: Random, count: int) -> Iterator[bytes]:
    """Yield lines as `raw_lines` does, some of them with bytes that no sender of text has."""
    for line in raw_lines(random, count):
        content = line.encode()
        yield _spoilt(random, content) if random.random() < 0.1 else content


def _spoilt(random: Random, line: bytes) -> bytes:
    place = random.randrange(len(line) + 1)
    odd = random.choice(_ODD_BYTES)
    return random.choice(
        (
            line[:place] + odd + line[place:],
            line[:place] + odd + line[place + len(odd) :],
            odd + line,
            line + odd,
            line.replace(b'":"', b'":"' + odd, 1),
            odd,
            random.randbytes(random.randrange(1, 300)).translate(None, b"\r\n"),
            line.decode().encode("utf-16-le").translate(None, b"\r\n"),
        )
    )


def _record(random: Random) -> dict[str, object]:
    record: dict[str, object] = {name: random.choice(_SOUND[name]) for name in INPUT_NAMES}
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        record[random.choice(INPUT_NAMES)] = _odd_value(random)
    for name in random.choices(INPUT_NAMES, k=random.choice((0, 0, 0, 1))):
        del record[name]
    if random.random() < 0.1:
        record["Colour"] = _odd_value(random)
    return record


def _odd_value(random: Random) -> object:
    kind = random.randrange(8)
    if kind == 0:
        return random.choice(_BROKEN_NUMBERS)
    if kind == 1:
        return random.choice(_BROKEN_DATES)
    if kind == 2:
        return _near_number(random)
    if kind == 3:
        return _near_date(random)
    if kind == 4:
        return "x" * random.choice((20, 21, 32, 33, 64, 65, 128, 129, 500, 501, 5000))
    if kind == 5:
        return random.choice(
            (True, None, [1, "x"], {"a": None}, [], 10**30, NumberLiteral("1e400"))
        )
    return "".join(random.choices(_ODD_CHARACTERS, k=random.randrange(12)))


def _near_number(random: Random) -> object:
    digits = "".join(random.choices("0123456789", k=random.randrange(1, 20)))
    fraction = "".join(random.choices("0001234567", k=random.randrange(7)))
    exponent = random.choice(("", "", "", f"e{random.randrange(-25, 25)}"))
    small = random.choice(("", f"e{random.randrange(-9, 6)}"))
    whole = random.choice(("", "-")) + (digits.lstrip("0") or "0")
    text = (whole + f".{fraction}" if fraction else whole) + exponent
    # Of more digits than a double holds for sure, Java 17 writes others than Python.
    short = NumberLiteral(f"{whole[:9]}.{fraction or 0}{small}")
    return random.choice((text, short, f" +{digits[:3]}. "))


def _near_date(random: Random) -> str:
    moment = datetime(1989, 12, 25) + timedelta(minutes=random.randrange(20_000_000))  # noqa: DTZ001
    form = random.choice(
        (
            "%m/%d/%Y %H:%M",
            "%Y-%m-%dT%H:%M:%S.%f",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%d",
            "%d/%m/%Y %H:%M:%S",
        )
    )
    offset = random.choice(("", "", "", "Z", "+00:30", "-1100", "+14", "-0"))
    return moment.strftime(form) + offset


def _line(random: Random, record: dict[str, object], place: int) -> str:
    if random.random() < 0.7:
        return (
            land(Event(place, record), _RECEIVED, f"request-{place}", place).decode().rstrip("\n")
        )
    received = random.choice(("2026-01-15T10:00:00Z", "2026-01-15 10:00", None, "yesterday", "", 7))
    stated = record | random.choice(({}, {"received_at": received}))
    return json_text(stated, ascii_only=random.random() < 0.5)


def _damaged(random: Random, line: str) -> str:
    cut = random.randrange(1, len(line))
    odd = json.dumps(random.choice(_ODD_CHARACTERS))[1:-1]
    return random.choice(
        (
            line[:cut],
            line[:cut] + odd + line[cut:],
            line[:cut] + line[cut + 1 :],
            f"[{line}]",
            f"{line},{line}",
            f"{line}]",
            f"{line}]}}",
            f"{line} {{}}",
            f"{line}//",
            f"\ufeff{line}",
            f" \t{line} ",
            line.replace('"', "'"),
            line.replace("{", '{"Quantity":"1","Quantity":"2",', 1),
            line.replace(":", ":NaN,", 1),
            line.replace('":"', '":"\\ud83d', 1),
            line.replace('":"', '":"\\\\ud83d\\ude00\\ud83d\\ude00', 1),
            line.replace('":"', '":"\\udc00\\\\', 1),
            line.replace('",', '\\u12",', 1),
            line.replace('",', '\\ud83d\\ud8",', 1),
            line.replace('"536365"', "1" * 1001, 1),
            line.replace('"Quantity":', f'"Quantity":{"7" * 1001}.5,"quantity":', 1),
            '{"a":' * 200 + "1" + "}" * 200,
            "null",
            "7",
            '"x"',
            "{}",
            "[]",
        )
    )
