"""A CSV file as it lies there: its encoding, its content's hash, its length, and its text."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from cli.errors import CliError

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# 0x80 to 0x9F: control characters in ISO-8859-1; quotes, dashes and the euro in Windows-1252.
_ALL_BUT_WINDOWS_ONLY = bytes((*range(0x80), *range(0xA0, 0x100)))
_UNDEFINED_IN_WINDOWS = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True)
class CsvSource:
    """A file that can be sent.

    Attributes
    ----------
    path : where it is; its content may be gzipped, whatever its name says.
    encoding : Python's name of the text's encoding.
    content_hash : SHA-256 of the unzipped content, hexadecimal.
    line_ends : line feeds in it; about its rows, for showing progress.
    """

    path: Path
    encoding: str
    content_hash: str
    line_ends: int


def inspect(path: Path, encoding: str | None = None) -> CsvSource:
    """Read the whole file once and return what has to be known before sending it.

    UTF-8 if every byte of it fits (with or without byte order mark), else Windows-1252 if it holds
    bytes that only there are characters, else ISO-8859-1, which the real data set is in.

    Raises
    ------
    CliError : it cannot be read, is empty, cut off, UTF-16, or not in the encoding asked for.
    """
    digest = sha256()
    utf8 = codecs.getincrementaldecoder(encoding or "utf-8")()
    fits = True
    windows_only: set[int] = set()
    line_ends = 0
    head = b""
    with _reading(path) as file:
        while chunk := file.read(_CHUNK):
            head = head or chunk[:4]
            digest.update(chunk)
            line_ends += chunk.count(b"\n")
            if fits:
                fits = _decodes(utf8, chunk)
            windows_only |= set(chunk.translate(None, _ALL_BUT_WINDOWS_ONLY))
        fits = fits and _decodes(utf8, b"", final=True)
    if not head:
        raise CliError(f"{path} is empty")
    if head.startswith(_UTF_16):
        raise CliError(f"{path} is UTF-16: save it as UTF-8")
    if encoding and not fits:
        raise CliError(f"{path} is not in the encoding {encoding}")
    found = encoding or ("utf-8" if fits else _single_byte(windows_only))
    if head.startswith(codecs.BOM_UTF8) and codecs.lookup(found).name == "utf-8":
        found = "utf-8-sig"
    return CsvSource(path, found, digest.hexdigest(), line_ends)


@contextmanager
def open_text(source: CsvSource) -> Iterator[IO[str]]:
    """Open the file's text with its line ends untouched, as the csv module wants it."""
    with _reading(source.path) as file:
        yield io.TextIOWrapper(file, encoding=source.encoding, newline="")


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as plain:
            zipped = plain.peek(2).startswith(_GZIP_MAGIC)
            if not zipped:
                yield plain
                return
            with gzip.open(plain) as unzipped:
                yield io.BufferedReader(unzipped, _CHUNK)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CliError(f"{path} is cut off or damaged: {error}") from error
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror or error}") from error


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(windows_only: set[int]) -> str:
    is_windows = windows_only and not windows_only & _UNDEFINED_IN_WINDOWS
    return "cp1252" if is_windows else "iso-8859-1"
