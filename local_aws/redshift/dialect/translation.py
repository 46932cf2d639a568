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
    tag : command tag of the whole.
    commits : whether the statement commits the transaction that it is part of.
    """

    statements: tuple[str, ...]
    tag: str
    commits: bool = False


@dataclass(frozen=True)
class CopyFrom:
    """`COPY table FROM 's3://…'`.

    Attributes
    ----------
    table : the target as written in PostgreSQL, quoted.
    columns : the column list, or empty for all.
    source : an s3:// address, of a manifest if `manifest`.
    role : ARN of the IAM role, or `default`.
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
    """`UNLOAD ('select …') TO 's3://…'`; `select` is PostgreSQL's."""

    select: str
    target: str
    role: str
    file_format: str
    partition_by: tuple[str, ...] = ()
    include_partitions: bool = False
    options: dict[str, str] = field(default_factory=dict)


Translation = Direct | Steps | CopyFrom | Unload
