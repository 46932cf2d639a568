"""Rows become the JSON objects that the API takes; none gets lost and each keeps its line."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.send.rows import LONGEST_ROW, Batch, read_batches
from cli.send.source import CsvSource, inspect

MakeCsv = Callable[..., CsvSource]


def _row(invoice: str = "536365", quantity: str = "6") -> str:
    return f"{invoice},85123A,LANTERN,{quantity},12/1/2010 8:26,2.55,17850,United Kingdom"


def _events(batches: list[Batch]) -> list[dict[str, Any]]:
    return [json.loads(body) for batch in batches for body in batch.bodies]


def test_a_row_is_sent_as_the_text_that_it_is(csv_file: MakeCsv) -> None:
    source = csv_file(
        'c1,22 A,"SET, ""£5"" é",-6,12/1/2010 8:26,2.550,,EIRE', encoding="iso-8859-1"
    )

    (event,) = _events(list(read_batches(source)))

    assert event == {
        "InvoiceNo": "c1",
        "StockCode": "22 A",
        "Description": 'SET, "£5" é',
        "Quantity": "-6",
        "InvoiceDate": "12/1/2010 8:26",
        "UnitPrice": "2.550",
        "CustomerID": None,
        "Country": "EIRE",
        "InvoiceLine": 1,
    }


def test_lines_are_counted_over_the_whole_file_also_where_an_invoice_is_taken_up_again(
    csv_file: MakeCsv,
) -> None:
    source = csv_file(*(_row(number) for number in ("1", "1", "c2", "1", " C2 ", "3")))

    lines = [event["InvoiceLine"] for event in _events(list(read_batches(source)))]

    assert lines == [1, 2, 1, 3, 2, 1]


def test_rows_got_through_before_are_left_out_but_counted(csv_file: MakeCsv) -> None:
    source = csv_file(*(_row("1", str(n)) for n in range(1, 8)))

    batches = list(read_batches(source, done=[(1, 2), (5, 6)]))

    events = _events(batches)
    assert [(batch.first_row, batch.last_row) for batch in batches] == [(3, 4), (7, 7)]
    assert [(event["Quantity"], event["InvoiceLine"]) for event in events] == [
        ("3", 3),
        ("4", 4),
        ("7", 7),
    ]


def test_what_is_left_out_does_not_change_the_other_batches(csv_file: MakeCsv) -> None:
    source = csv_file(*(_row(str(n)) for n in range(100)))
    whole = list(read_batches(source, batch_bytes=2_000))
    done = [(batch.first_row, batch.last_row) for batch in whole[1::2]]

    rest = list(read_batches(source, done, batch_bytes=2_000))

    assert len(whole) > 6
    assert rest == whole[::2]


def test_batches_fill_up_to_their_size_and_hold_every_row_once(csv_file: MakeCsv) -> None:
    source = csv_file(*(_row(str(n)) for n in range(500)))

    batches = list(read_batches(source, batch_bytes=4_096))

    sizes = [len(f"[{','.join(batch.bodies)}]") for batch in batches]
    assert max(sizes) <= 4_096
    assert min(sizes[:-1]) > 3_800
    assert [event["InvoiceNo"] for event in _events(batches)] == [str(n) for n in range(500)]


def test_a_row_above_the_batch_size_travels_alone(csv_file: MakeCsv) -> None:
    big = _row().replace("LANTERN", "L" * 300_000)
    source = csv_file(_row(), big, _row())

    batches = list(read_batches(source, batch_bytes=1_000))

    assert [len(batch.bodies) for batch in batches] == [1, 1, 1]


def test_rows_of_another_width_are_refused_with_their_line(csv_file: MakeCsv) -> None:
    unquoted = _row().replace("LANTERN", "LANTERN, WHITE")
    short = "536365,85123A"
    source = csv_file(_row(), unquoted, "", '"two\r\nlines",x', short, _row())

    (batch,) = read_batches(source)

    assert [each.line for each in batch.refused] == [3, 5, 7]
    assert "has 9 values where the header names 8" in batch.refused[0].reason
    assert "goes on to line 6: is a quote not closed?" in batch.refused[1].reason
    assert json.loads(batch.refused[2].row) == ["536365", "85123A"]
    assert batch.lines == [2, 8]
    assert batch.rows == len(batch.bodies) + len(batch.refused) == 5


def test_empty_values_after_the_last_column_do_not_make_a_row_wide(csv_file: MakeCsv) -> None:
    (batch,) = read_batches(csv_file(_row() + ",,"))

    assert len(batch.bodies) == 1


def test_a_quote_that_is_never_closed_is_one_refused_row_with_its_lines(csv_file: MakeCsv) -> None:
    rows = [_row()] * 3
    rows[1] = rows[1].replace("LANTERN", '"LANTERN')

    (batch,) = read_batches(csv_file(*rows))

    assert len(batch.bodies) == 1
    assert "line 4" in batch.refused[0].reason


def test_control_characters_travel_to_where_they_are_judged(csv_file: MakeCsv) -> None:
    (event,) = _events(list(read_batches(csv_file(_row().replace("LANTERN", "A\0B\x85")))))

    assert event["Description"] == "A\0B\x85"


def test_a_file_with_lines_of_its_own_keeps_them(csv_file: MakeCsv) -> None:
    header = "InvoiceLine,InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country,100% extra"
    source = csv_file("7,1,A,1,12/1/2010 8:26,2.55,EIRE,x", header=header)

    (batch,) = read_batches(source)

    (event,) = _events([batch])
    assert (event["InvoiceLine"], event["100% extra"]) == ("7", "x")
    assert batch.amounts == [25_500]


def test_a_column_without_a_name_gets_one(csv_file: MakeCsv) -> None:
    header = ",InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country"
    source = csv_file("0,1,A,1,12/1/2010 8:26,2.55,EIRE", header=header)

    (event,) = _events(list(read_batches(source)))

    assert event["column_1"] == "0"


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("InvoiceNo;StockCode", "lacks InvoiceNo, StockCode, Quantity"),
        ("InvoiceNo,InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country", "InvoiceNo twice"),
    ],
)
def test_a_header_that_is_none_is_refused(csv_file: MakeCsv, header: str, says: str) -> None:
    with pytest.raises(CliError, match=says):
        list(read_batches(csv_file(header=header)))


def test_amounts_are_those_of_the_contract_and_zero_where_it_rejects(csv_file: MakeCsv) -> None:
    source = csv_file(_row(quantity="-6"), _row(quantity="0"), _row(quantity="six"), _row("", "6"))

    (batch,) = read_batches(source)

    assert batch.amounts == [-153_000, 0, 0, 0]


def test_a_file_without_a_header_alone_has_no_batch(tmp_path: Path, csv_file: MakeCsv) -> None:
    assert list(read_batches(csv_file())) == []
    (tmp_path / "blank.csv").write_text("\n\n")
    with pytest.raises(CliError, match="lacks"):
        list(read_batches(inspect(tmp_path / "blank.csv")))


def _gzip_of(head: bytes, filler: bytes, megabytes: int) -> bytes:
    """Return gzip of a few bytes and of so many megabytes of the same ones."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = filler * ((1 << 20) // len(filler))
    pieces = [pack.compress(each) for each in (head, *[block] * megabytes)]
    return b"".join(pieces) + pack.flush()


HEADER = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
GOOD = b"536365,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"


@pytest.mark.parametrize(
    ("head", "filler", "line"),
    [
        (HEADER + GOOD, b"\0", 3),
        (HEADER + GOOD * 2 + b'536365,85123A,"', b"a", 4),
        (HEADER, b",", 2),
        (b"", b"a", 1),
        (HEADER + b'536365,"', b'\n",,,,,,,"', None),
    ],
    ids=["zeros", "a value", "commas", "no header", "a row over many lines"],
)
def test_a_gzip_bomb_is_one_error_with_its_line_and_takes_little_memory(
    tmp_path: Path, head: bytes, filler: bytes, line: int | None
) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(_gzip_of(head, filler, megabytes=128))
    tracemalloc.start()

    with pytest.raises(CliError) as caught:
        list(read_batches(inspect(path)))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * LONGEST_ROW
    assert f"{path}, line {line or ''}" in str(caught.value)
    assert "quotes" in str(caught.value)


def test_nul_and_lone_quotes_are_sent_as_they_are_for_the_pipeline_to_judge(
    csv_file: MakeCsv,
) -> None:
    source = csv_file(_row("1").replace("LANTERN", "LAN\0TERN"), _row("2").replace("LAN", 'LA"N'))

    assert [each["Description"] for each in _events(list(read_batches(source)))] == [
        "LAN\0TERN",
        'LA"NTERN',
    ]


def test_a_quote_that_is_not_closed_is_told_with_its_line(csv_file: MakeCsv) -> None:
    source = csv_file(_row("1"), _row("2").replace("LAN", '"LAN'), *[_row("3")] * 500)

    (refused,) = [each for batch in read_batches(source) for each in batch.refused]

    assert refused.line == 3
    assert "is a quote not closed?" in refused.reason


def test_a_value_of_megabytes_travels_alone_for_the_api_to_refuse(csv_file: MakeCsv) -> None:
    source = csv_file(_row("1"), _row("2").replace("LANTERN", "x" * 5_000_000), _row("3"))

    assert [len(batch.bodies) for batch in read_batches(source)] == [1, 1, 1]
