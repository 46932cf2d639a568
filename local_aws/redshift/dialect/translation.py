"""What a statement of Redshift becomes: the forms that a session can carry out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Direct:
    """One statement of PostgreSQL, whose answer is passed on as it is."""

    sql: str


@dataclass(frozen=True)
class Steps:
    """Statements of PostgreSQL that return no rows and count as one statement.

    Attributes
    ----------
    statements : run one after the other, in one transaction.
    tag : command tag of the whole; empty for the tag of the last statement.
    commits : whether the statement commits the transaction that it is part of.
    alone : whether it is refused inside of a transaction.
    """

    statements: tuple[str, ...]
    tag: str = ""
    commits: bool = False
    alone: bool = False


@dataclass(frozen=True)
class CopyFrom:
    """`COPY table FROM 's3://…'`.

    Attributes
    ----------
    table : the target as written in PostgreSQL, quoted.
    columns : the column list, or empty for all.
    source : an s3:// address, of a manifest if `manifest`.
    role : ARN of the IAM role, or `default`, or access keys as `key_id:secret[:token]`.
    file_format : `parquet`, `csv`, `json` or `text`.
    options : other options by name, their values as text.
    """

    table: str
    columns: tuple[str, ...]
    source: str
    role: str
    file_format: str
    manifest: bool = False
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unload:
    """`UNLOAD ('select …') TO 's3://…'`.

    Attributes
    ----------
    select : the query in PostgreSQL's SQL.
    names, types : of its columns; the types as PostgreSQL names them.
    target : the s3:// address that the files' names begin with.
    role : as of CopyFrom.
    file_format : `parquet`, `csv` or `text`.
    partition_by : columns whose values become folders.
    include_partitions : whether these columns stay in the files.
    manifest : whether a manifest is written beside the files.
    options : other options by name, their values as text.
    """

    select: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    target: str
    role: str
    file_format: str
    partition_by: tuple[str, ...] = ()
    include_partitions: bool = False
    manifest: bool = False
    options: dict[str, str] = field(default_factory=dict)


Translation = Direct | Steps | CopyFrom | Unload
