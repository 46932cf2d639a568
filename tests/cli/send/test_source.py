"""The encoding, content and state of a file are known before anything of it is sent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.send.source import inspect, open_text


def _write(tmp_path: Path, content: bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("a,£5\n".encode("iso-8859-1"), "iso-8859-1"),
        ("a,£5\n".encode(), "utf-8"),
        ("a,£5\n".encode("utf-8-sig"), "utf-8-sig"),
        ("a,€5 “quoted”\n".encode("cp1252"), "cp1252"),
        (b"a,\x81\x93\n", "iso-8859-1"),
        (b"plain\n", "utf-8"),
    ],
)
def test_finds_the_encoding_out(tmp_path: Path, content: bytes, encoding: str) -> None:
    source = inspect(_write(tmp_path, content))

    assert source.encoding == encoding


def test_text_of_every_encoding_reads_as_it_was_written(tmp_path: Path) -> None:
    for encoding in ("iso-8859-1", "utf-8", "utf-8-sig", "cp1252"):
        path = _write(tmp_path, "a,£5\r\n".encode(encoding))
        with open_text(inspect(path)) as file:
            assert file.read() == "a,£5\r\n"


def test_one_byte_that_is_not_utf8_decides_however_late_it_comes(tmp_path: Path) -> None:
    content = "é".encode() * 1_500_000 + b"\xa3"  # beyond the first chunk, and odd

    assert inspect(_write(tmp_path, content)).encoding == "iso-8859-1"


def test_a_character_cut_by_a_chunk_is_still_utf8(tmp_path: Path) -> None:
    content = b"x" + "é".encode() * 1_000_000

    assert inspect(_write(tmp_path, content)).encoding == "utf-8"


def test_a_file_and_its_gzip_are_the_same_content(tmp_path: Path) -> None:
    plain = inspect(_write(tmp_path, b"a,b\n1,2\n"))
    zipped = inspect(_write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "other-name.txt"))

    assert (zipped.content_hash, zipped.line_ends) == (plain.content_hash, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (gzip.compress(b"a,b\n" * 1000, mtime=0)[:-10], "cut off or damaged"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_before_sending(
    tmp_path: Path, content: bytes, says: str
) -> None:
    with pytest.raises(CliError, match=says):
        inspect(_write(tmp_path, content))


def test_a_missing_file_and_a_wrong_encoding_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="No such file"):
        inspect(tmp_path / "nothing.csv")
    with pytest.raises(CliError, match="not in the encoding ascii"):
        inspect(_write(tmp_path, "£".encode()), "ascii")
