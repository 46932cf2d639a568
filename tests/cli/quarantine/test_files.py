"""What is written for editing is read as it was, and a slip of the editor is named by its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.quarantine.files import read_file, write_file
from cli.quarantine.records import landed_record
from cli.quarantine.table import QuarantineRow

ROW = QuarantineRow(
    quarantine_id="a" * 32,
    raw_object="raw/transactions/ingest_date=2026-11-22/ingest_hour=00/x.gz",
    raw_line='{"InvoiceNo":"536365","StockCode":"85123A","Quantity":"six","extra":"{\\"Shop\\":7}"}',
    reason="not_a_number",
    field="Quantity",
    detail="'six' is not a number: send digits, like 12 or 2.55",
    received_at="2026-11-22 00:00:00.000",
    run_id="run-1",
)
ODD = replace(
    ROW,
    quarantine_id="b" * 32,
    raw_line='{"InvoiceNo":"1","Description":"a \\"q\\", b\\r\\nc\\u2028d\\u0000 🎂 \\ud800",'
    '"Quantity":1.50,"StockCode":"=1+1"}',
)
GARBAGE = replace(ROW, quarantine_id="c" * 32, raw_line="not, json", reason="not_an_object")


@pytest.mark.parametrize("name", ["rows.csv", "rows.ndjson", "rows.jsonl", "ROWS.CSV"])
def test_an_untouched_file_holds_the_records_of_the_rows(tmp_path: Path, name: str) -> None:
    write_file(tmp_path / name, [ROW, ODD, GARBAGE])

    found = read_file(tmp_path / name)

    assert [each.quarantine_id[0] for each in found] == ["a", "b", "c"]
    assert [each.row for each in found] == [1, 2, 3]
    assert found[0].record == landed_record(ROW.raw_line)
    assert found[1].record == landed_record(ODD.raw_line)
    assert found[2].record.fields == {}


@pytest.mark.parametrize("name", ["rows.csv", "rows.ndjson"])
def test_a_correction_is_all_that_differs(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_file(path, [ROW])
    path.write_text(path.read_text().replace(",six," if name == "rows.csv" else '"six"', {
        "rows.csv": ",6,", "rows.ndjson": "6"}[name]))  # fmt: skip

    (corrected,) = read_file(path)
    original = landed_record(ROW.raw_line)

    assert original is not None
    assert corrected.record.fields == {**original.fields, "Quantity": "6"}
    assert corrected.record.others == original.others


def test_a_file_that_a_spreadsheet_has_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_file(path, [ROW, GARBAGE])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert [each.quarantine_id[0] for each in read_file(path)] == ["a", "c"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.txt", "", "must end in .csv"),
        ("x.csv", "InvoiceNo,Quantity\n1,2\n", "lacks quarantine_id"),
        ("x.ndjson", '{"quarantine_id": "a", "record": {}}\n[1]\n', "line 2: is not one JSON"),
        ("x.ndjson", '\n\n{"record": {"InvoiceNo": "1"}}\n', "line 3: has no quarantine_id"),
        ("x.ndjson", '{"quarantine_id": "a", "record": {}}\n' * 2, "line 2: a stands on line 1"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CliError, match=says):
        read_file(tmp_path / name)


def test_what_is_no_utf_8_or_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(CliError, match="save it as UTF-8"):
        read_file(tmp_path / "x.csv")
    with pytest.raises(CliError, match="cannot be read"):
        read_file(tmp_path / "absent.csv")
