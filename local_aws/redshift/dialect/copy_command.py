"""Read COPY."""

from __future__ import annotations

from local_aws.redshift.dialect.authorization import Authorization, check_region
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import CopyFrom
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_COMPRESSIONS = ("GZIP", "BZIP2", "ZSTD")
_FLAGS = (*_COMPRESSIONS, "EMPTYASNULL", "BLANKSASNULL", "TRUNCATECOLUMNS", "IGNOREBLANKLINES")
_TEXTS = ("DELIMITER", "NULL", "QUOTE", "DATEFORMAT", "TIMEFORMAT", "ENCODING")
_SWITCHES = ("COMPUPDATE", "STATUPDATE")  # about compression and statistics: no effect on rows
_COLUMNAR = ("parquet",)
_OPTIONS_OF_COLUMNAR = {"COMPUPDATE", "STATUPDATE", "REGION"}


def read_copy(reader: Reader) -> CopyFrom:
    """Read a COPY statement.

    Raises
    ------
    SyntaxRefusedError : Redshift refuses it.
    UnsupportedError : the local engine has no such format or option.
    """
    reader.expect("COPY")
    table = reader.dotted_name()
    columns = reader.names_in_parentheses() if reader.word() == "(" else ()
    reader.expect("FROM")
    if not reader.has_string():
        raise SyntaxRefusedError("COPY needs an s3:// address in quotes")
    source = reader.string()
    if not source.startswith("s3://"):
        raise UnsupportedError(f"COPY from {source.split('://', 1)[0]}")
    clauses = _Clauses(reader)
    return CopyFrom(
        table=relation_sql(relation_name(table)),
        columns=columns,
        source=source,
        role=clauses.authorization.role("COPY"),
        file_format=clauses.file_format,
        manifest=clauses.manifest,
        options=clauses.options,
    )


class _Clauses:
    """What follows the source, in any order."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.authorization = Authorization()
        self.file_format = ""
        self.manifest = False
        self.options: dict[str, str] = {}
        while not reader.at_end:
            self._read_one()
        self._finish()

    def _read_one(self) -> None:
        reader = self._reader
        if self.authorization.read(reader):
            return
        if reader.take("MANIFEST"):
            self.manifest = True
        elif reader.take("FORMAT"):
            reader.take("AS")
            self._read_format()
        elif reader.word() in ("PARQUET", "CSV", "JSON", "ORC", "AVRO", "SHAPEFILE", "FIXEDWIDTH"):
            self._read_format()
        else:
            self._read_option()

    def _read_format(self) -> None:
        name = self._reader.skip()
        if name not in ("PARQUET", "CSV", "JSON"):
            raise UnsupportedError(f"COPY FORMAT {name}")
        if self.file_format:
            raise SyntaxRefusedError("conflicting or redundant options")
        self.file_format = name.lower()
        if name == "JSON":
            self._reader.take("AS")
            self.options["JSON"] = self._reader.string() if self._reader.has_string() else "auto"
            if self.options["JSON"] not in ("auto", "auto ignorecase"):
                raise UnsupportedError("COPY FORMAT JSON with a JSONPaths file")

    def _read_option(self) -> None:
        reader = self._reader
        word = reader.word()
        if word in _FLAGS:
            self.options[reader.skip()] = ""
        elif word in _TEXTS:
            reader.skip()
            reader.take("AS")
            self.options[word] = reader.string()
        elif word in ("IGNOREHEADER", "MAXERROR"):
            reader.skip()
            reader.take("AS")
            self.options[word] = str(reader.number())
        elif word in _SWITCHES:
            reader.skip()
            if reader.word() in ("ON", "OFF", "TRUE", "FALSE", "PRESET"):
                reader.skip()
            self.options[word] = ""
        elif reader.take("REGION"):
            reader.take("AS")
            check_region(reader.string())
        else:
            raise reader.unsupported("COPY's option")

    def _finish(self) -> None:
        self.file_format = self.file_format or "text"
        if self.options.get("MAXERROR", "0") != "0":
            raise UnsupportedError("COPY's option MAXERROR", "A row that does not fit fails here.")
        if self.file_format in _COLUMNAR:
            for option in self.options.keys() - _OPTIONS_OF_COLUMNAR:
                raise SyntaxRefusedError(
                    f"{option} is not supported for {self.file_format.upper()} copy", "0A000"
                )
