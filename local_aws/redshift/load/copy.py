"""COPY: the files of S3 that it names, as rows into a table, all or nothing."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Iterator

import pyarrow as pa

from local_aws.redshift.catalog import SessionCatalog
from local_aws.redshift.dialect.translation import CopyFrom
from local_aws.redshift.errors import LoadError, UnsupportedError
from local_aws.redshift.load.columns import Target, target_of
from local_aws.redshift.load.delimited import Delimited, delimited_lines
from local_aws.redshift.load.json_objects import json_lines
from local_aws.redshift.load.manifest import files_of_manifest
from local_aws.redshift.load.parquet import parquet_as_csv
from local_aws.redshift.load.rows import TextRules, as_csv
from local_aws.redshift.load.storage import Bucketed, Storage, StoredFile
from local_aws.redshift.wire.upstream import Upstream

_ISO_FORMATS = ("auto", "YYYY-MM-DD", "YYYY-MM-DD HH:MI:SS", "YYYY-MM-DD HH24:MI:SS")


def copy_from(
    command: CopyFrom, upstream: Upstream, catalog: SessionCatalog, storage: Storage
) -> int:
    """Load the files into the table, in the session's open transaction.

    Returns
    -------
    The number of rows.

    Raises
    ------
    LoadError : the role, the manifest or a file does not fit; no row of it stays.
    ServerError : PostgreSQL refused a row.
    """
    target = target_of(command, catalog)
    bucket = storage.open(command.role)
    files = _files(command, bucket)
    rows = upstream.copy_in(target.copy_statement, _content(command, files, bucket, target))
    upstream.query(f"SELECT set_config('redshift.copied', '{rows}', false)")
    return rows


def _files(command: CopyFrom, bucket: Bucketed) -> list[StoredFile]:
    if command.manifest:
        content = bucket.read(command.source)
        return files_of_manifest(content, bucket, columnar=command.file_format == "parquet")
    return bucket.files_under(command.source)


def _content(
    command: CopyFrom, files: list[StoredFile], bucket: Bucketed, target: Target
) -> Iterator[bytes]:
    for file in files:
        content = bucket.read(file.url)
        if command.file_format == "parquet":
            yield from parquet_as_csv(content, file.url, target.columns)
        else:
            yield from _text_as_csv(command, _decompressed(content, command, file), file, target)


def _text_as_csv(
    command: CopyFrom, content: bytes, file: StoredFile, target: Target
) -> Iterator[bytes]:
    options = command.options
    for name in ("DATEFORMAT", "TIMEFORMAT"):
        if options.get(name, "auto") not in _ISO_FORMATS:
            raise UnsupportedError(f"COPY's {name} {options[name]}", "Dates must be ISO 8601.")
    if command.file_format == "json":
        ignore_case = options["JSON"] == "auto ignorecase"
        lines = json_lines(content, file.url, target.columns, ignore_case)
    else:
        lines = delimited_lines(content, file.url, _form(command), len(target.columns))
    yield from as_csv(lines, target.columns, _rules(options))


def _form(command: CopyFrom) -> Delimited:
    options, is_csv = command.options, command.file_format == "csv"
    delimiter = options.get("DELIMITER", "," if is_csv else "|")
    if len(delimiter) != 1:
        raise UnsupportedError(f"COPY's DELIMITER {delimiter!r}")
    return Delimited(
        delimiter=delimiter,
        quote=options.get("QUOTE", '"') if is_csv else None,
        skip=int(options.get("IGNOREHEADER", "0")),
        skip_blank="IGNOREBLANKLINES" in options,
    )


def _rules(options: dict[str, str]) -> TextRules:
    return TextRules(
        null=options.get("NULL", "\\N"),
        empty_is_null="EMPTYASNULL" in options,
        blank_is_null="BLANKSASNULL" in options,
        truncate="TRUNCATECOLUMNS" in options,
    )


def _decompressed(content: bytes, command: CopyFrom, file: StoredFile) -> bytes:
    try:
        if "GZIP" in command.options:
            return gzip.decompress(content)
        if "BZIP2" in command.options:
            return bz2.decompress(content)
        if "ZSTD" in command.options:
            return bytes(pa.input_stream(pa.py_buffer(content), compression="zstd").read())
    except (OSError, EOFError, zlib.error, ValueError) as broken:
        raise LoadError(f"Load failed: {file.url} is not compressed so: {broken}") from broken
    return content
