"""Generated files are whole, in the real file's encoding, and equal for equal settings."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.generate.invoices import GeneratorSettings, generate_lines
from cli.generate.writer import write_file

SETTINGS = GeneratorSettings(rows=6_000)


def test_a_file_holds_the_lines_in_the_real_encoding(tmp_path: Path) -> None:
    write_file(tmp_path / "a.csv", SETTINGS)

    content = (tmp_path / "a.csv").read_bytes()
    assert content.decode("iso-8859-1") == "".join(generate_lines(SETTINGS))
    assert b"\xa3" in content


def test_a_zipped_file_holds_the_same_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a.csv", "a.csv.gz", "b.csv.gz"):
        write_file(tmp_path / name, SETTINGS)

    zipped = (tmp_path / "a.csv.gz").read_bytes()
    assert gzip.decompress(zipped) == (tmp_path / "a.csv").read_bytes()
    assert zipped == (tmp_path / "b.csv.gz").read_bytes()
    assert len(list(tmp_path.iterdir())) == 3


def test_what_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot be written: No such file"):
        write_file(tmp_path / "nowhere" / "a.csv", SETTINGS)
