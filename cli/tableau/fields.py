"""How Tableau sees a column of a view: its type, its role, its caption and its format."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from cli.views import Column


class TableauType(NamedTuple):
    """A Redshift type in Tableau's words.

    Attributes
    ----------
    datatype : of a field.
    remote_type : number that the connection reports, an OLE DB type indicator.
    aggregation : what Tableau does with the field by default.
    """

    datatype: str
    remote_type: int
    aggregation: str


TYPES = MappingProxyType(
    {
        "bool": TableauType("boolean", 11, "Count"),
        "int2": TableauType("integer", 2, "Sum"),
        "int4": TableauType("integer", 3, "Sum"),
        "int8": TableauType("integer", 20, "Sum"),
        "float8": TableauType("real", 5, "Sum"),
        "numeric": TableauType("real", 131, "Sum"),
        "date": TableauType("date", 7, "Year"),
        "timestamp": TableauType("datetime", 135, "Year"),
        "varchar": TableauType("string", 129, "Count"),
        "bpchar": TableauType("string", 129, "Count"),
    }
)
"""By the names that the Data API gives to types."""

# Whole numbers that name something: nobody adds them up.
_NUMBERS_THAT_NAME = frozenset({"year", "months_since", "customer_id", "value_rank"})
_SHARES = ("share", "retention")
_FORMAT_OF_SHARES, _FORMAT_OF_MONEY, _FORMAT_OF_COUNTS = "p0.0%", "n#,##0.00", "n#,##0"


@dataclass(frozen=True)
class Field:
    """A column as a field of a data source.

    Attributes
    ----------
    column : the column.
    datatype : Tableau's type.
    role : `dimension` or `measure`.
    type : `nominal`, `ordinal` or `quantitative`.
    caption : name that people read.
    default_format : how numbers are shown, None for what Tableau does by itself.
    semantic_role : geographic role, None for most.
    """

    column: Column
    datatype: str
    role: str
    type: str
    caption: str
    default_format: str | None
    semantic_role: str | None

    @property
    def name(self) -> str:
        """Name in the data source, in brackets."""
        return f"[{self.column.name}]"


def field_of(column: Column) -> Field:
    """Return the field that a column becomes.

    Raises
    ------
    KeyError : the column's type is unknown here.
    """
    datatype = TYPES[column.type].datatype
    role = _role(column, datatype)
    return Field(
        column=column,
        datatype=datatype,
        role=role,
        type=_field_type(role, datatype),
        caption=column.name.replace("_", " ").capitalize(),
        default_format=_default_format(column, datatype) if role == "measure" else None,
        semantic_role="[Country].[Name]" if column.name == "country" else None,
    )


def _role(column: Column, datatype: str) -> str:
    names = column.name in _NUMBERS_THAT_NAME or column.name.endswith("_score")
    return "measure" if datatype in {"integer", "real"} and not names else "dimension"


def _field_type(role: str, datatype: str) -> str:
    if role == "measure":
        return "quantitative"
    return "nominal" if datatype in {"string", "boolean"} else "ordinal"


def _default_format(column: Column, datatype: str) -> str:
    if datatype == "integer":
        return _FORMAT_OF_COUNTS
    is_share = any(word in column.name.split("_") for word in _SHARES)
    return _FORMAT_OF_SHARES if is_share else _FORMAT_OF_MONEY
