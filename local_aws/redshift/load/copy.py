"""COPY: the files of S3 that it names, as rows into a table, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.redshift.catalog import SessionCatalog
from local_aws.redshift.dialect.translation import CopyFrom
from local_aws.redshift.load.columns import Target, target_of
from local_aws.redshift.load.manifest import files_of_manifest
from local_aws.redshift.load.parquet import parquet_as_csv
from local_aws.redshift.load.storage import Bucketed, Storage, StoredFile
from local_aws.redshift.wire.upstream import Upstream


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
    return upstream.copy_in(target.copy_statement, _content(files, bucket, target))


def _files(command: CopyFrom, bucket: Bucketed) -> list[StoredFile]:
    if command.manifest:
        content = bucket.read(command.source)
        return files_of_manifest(content, bucket, columnar=command.file_format == "parquet")
    return bucket.files_under(command.source)


def _content(files: list[StoredFile], bucket: Bucketed, target: Target) -> Iterator[bytes]:
    for file in files:
        yield from parquet_as_csv(bucket.read(file.url), file.url, target.columns)
