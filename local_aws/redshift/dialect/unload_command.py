"""Read UNLOAD."""

from __future__ import annotations

from local_aws.redshift.dialect.authorization import Authorization, check_region
from local_aws.redshift.dialect.queries import whole_query
from local_aws.redshift.dialect.redshift_parser import parse
from local_aws.redshift.dialect.scope import Tables
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Unload
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_FLAGS = ("HEADER", "ADDQUOTES", "ALLOWOVERWRITE", "CLEANPATH", "GZIP")
_TEXTS = ("DELIMITER", "NULL")
_OF_PARQUET = {"ALLOWOVERWRITE", "CLEANPATH", "MAXFILESIZE", "ROWGROUPSIZE"}


def read_unload(reader: Reader, tables: Tables) -> Unload:
    """Read an UNLOAD statement.

    Raises
    ------
    SyntaxRefusedError : Redshift refuses it.
    UnsupportedError : the local engine has no such format or option.
    """
    reader.expect("UNLOAD", "(")
    text = reader.string()
    query = whole_query(text, tables)
    if parse(text).args.get("limit") is not None:
        raise SyntaxRefusedError("Limit clause is not supported", "0A000", "Put it in a subquery.")
    reader.expect(")", "TO")
    target = reader.string()
    if not target.startswith("s3://"):
        raise SyntaxRefusedError("UNLOAD needs an s3:// address")
    clauses = _Clauses(reader)
    names = tuple(name for name, _ in query.columns)
    for name in clauses.partition_by:
        if name not in names:
            raise SyntaxRefusedError(f'partition column "{name}" is not in the query', "42703")
    return Unload(
        select=query.sql,
        names=names,
        types=tuple(type_.postgres for _, type_ in query.columns),
        target=target,
        role=clauses.authorization.role("UNLOAD"),
        file_format=clauses.file_format,
        partition_by=clauses.partition_by,
        include_partitions=clauses.include_partitions,
        manifest=clauses.manifest,
        options=clauses.options,
    )


class _Clauses:
    """What follows the target, in any order."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.authorization = Authorization()
        self.file_format = ""
        self.partition_by: tuple[str, ...] = ()
        self.include_partitions = False
        self.manifest = False
        self.options: dict[str, str] = {}
        while not reader.at_end:
            if not self.authorization.read(reader):
                self._read_one()
        self.file_format = self.file_format or "text"
        if self.file_format == "parquet":
            for option in self.options.keys() - _OF_PARQUET:
                raise SyntaxRefusedError(f"{option} is not supported for UNLOAD to PARQUET")

    def _read_one(self) -> None:
        reader = self._reader
        if reader.take("FORMAT"):
            reader.take("AS")
            self._read_format()
        elif reader.word() in ("PARQUET", "CSV", "JSON"):
            self._read_format()
        elif reader.take("PARTITION", "BY"):
            self.partition_by = reader.names_in_parentheses()
            self.include_partitions = reader.take("INCLUDE")
        elif reader.take("MANIFEST"):
            reader.take("VERBOSE")
            self.manifest = True
        elif reader.take("PARALLEL"):
            if reader.word() in ("ON", "OFF", "TRUE", "FALSE"):
                reader.skip()
        else:
            self._read_option()

    def _read_format(self) -> None:
        name = self._reader.skip()
        if name not in ("PARQUET", "CSV"):
            raise UnsupportedError(f"UNLOAD FORMAT {name}")
        self.file_format = name.lower()

    def _read_option(self) -> None:
        reader = self._reader
        word = reader.word()
        if word in _FLAGS:
            self.options[reader.skip()] = ""
        elif word in _TEXTS:
            reader.skip()
            reader.take("AS")
            self.options[word] = reader.string()
        elif word in ("MAXFILESIZE", "ROWGROUPSIZE"):
            reader.skip()
            reader.take("AS")
            size = reader.skip()
            self.options[word] = size + (reader.skip() if reader.word() in ("MB", "GB") else "MB")
        elif reader.take("ENCRYPTED"):  # S3 encrypts on AWS; nothing to see of it in the files
            reader.take("AUTO")
        elif reader.take("KMS_KEY_ID"):
            reader.take("AS")
            reader.string()
        elif reader.take("REGION"):
            reader.take("AS")
            check_region(reader.string())
        else:
            raise reader.unsupported("UNLOAD's option")
