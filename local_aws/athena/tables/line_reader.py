"""Read the lines of text objects, as Hadoop's text input format does."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from local_aws.athena.errors import QueryError, not_supported
from local_aws.athena.tables.partitions import Partition
from local_aws.athena.tables.session import Session

_CHUNK = 8 * 1024 * 1024
_GZIP = 31  # zlib's window bits for a gzip wrapper, whose checksum it verifies
_OTHER_CODECS = (".bz2", ".zst", ".snappy", ".lz4", ".deflate", ".lzo")


@dataclass(frozen=True)
class StoredObject:
    """An object of a table, with the values that its partition tells."""

    bucket: str
    key: str
    partition: Partition

    @property
    def url(self) -> str:
        """Its S3 URL, as `$path` shows it."""
        return f"s3://{self.bucket}/{self.key}"


def read_lines(item: StoredObject, session: Session) -> Iterator[pa.Array[Any]]:
    """Yield the lines of an object, some megabytes at a time.

    Raises
    ------
    QueryError : HIVE_CURSOR_ERROR, for a gzip that is cut off or broken.
    QueryCancelledError : the query was stopped.
    """
    rest = b""
    for chunk in _content(item, session):
        session.check()
        text, separator, rest = (rest + chunk).rpartition(b"\n")
        if separator:
            yield _lines(text)
    if rest:
        yield _lines(rest)


def _lines(content: bytes) -> pa.Array[Any]:
    # A line ends at CR, LF or CR LF; Java replaces what is not UTF-8.
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    whole = pa.array([text], pa.large_string())
    return pc.split_pattern(whole, "\n").flatten()


def _content(item: StoredObject, session: Session) -> Iterator[bytes]:
    if item.key.endswith(_OTHER_CODECS):
        raise not_supported(f"The compression of {item.url}")
    body = session.s3.get_object(Bucket=item.bucket, Key=item.key)["Body"]
    chunks: Iterator[bytes] = body.iter_chunks(_CHUNK)
    return _inflated(item, chunks) if item.key.endswith(".gz") else chunks


def _inflated(item: StoredObject, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip of one or more members, never more than a chunk at once."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        for compressed in chunks:
            data = compressed
            while data:
                if inflater.eof:
                    inflater = zlib.decompressobj(_GZIP)  # the next member
                yield inflater.decompress(data, _CHUNK)
                data = inflater.unconsumed_tail or inflater.unused_data
        yield inflater.flush()
    except zlib.error as error:
        raise _broken(item, str(error)) from error
    if not inflater.eof:
        raise _broken(item, "Unexpected end of input stream")


def _broken(item: StoredObject, why: str) -> QueryError:
    return QueryError("HIVE_CURSOR_ERROR", f"{why} ({item.url})")
