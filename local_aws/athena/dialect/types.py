"""Trino's types: their names, their DuckDB counterparts, and which ones fit together."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.athena.dialect.tree import TypeName
from local_aws.athena.errors import QueryError, not_supported, type_mismatch

MAX_PRECISION = 38
_MAX_TIME_PRECISION = 6  # DuckDB counts microseconds
_DEFAULT_TIME_PRECISION = 3


@dataclass(frozen=True)
class SqlType:
    """A type of Trino.

    Attributes
    ----------
    base : its name without parameters, such as `decimal`.
    numbers : precision and scale, a length, or a fraction's digits.
    inner : the types within an array, map or row.
    names : the field names of a row; None for a field without one.
    zone : the time zone of `timestamp with time zone`: every value of a column has the same.
    """

    base: str
    numbers: tuple[int, ...] = ()
    inner: tuple[SqlType, ...] = ()
    names: tuple[str | None, ...] = ()
    zone: str = ""

    def __str__(self) -> str:
        if self.base == "row":
            fields = [
                f"{name} {kind}" if name else str(kind)
                for name, kind in zip(self.names, self.inner, strict=True)
            ]
            return f"row({', '.join(fields)})"
        parameters = ", ".join(str(item) for item in (*self.numbers, *self.inner))
        name, _, rest = self.base.partition(" ")
        return (f"{name}({parameters})" if parameters else name) + (f" {rest}" if rest else "")

    @property
    def precision(self) -> int:
        """The digits of a decimal, or the fraction's digits of a time."""
        return self.numbers[0]

    @property
    def scale(self) -> int:
        """The digits of a decimal after its point."""
        return self.numbers[1]


def decimal(precision: int, scale: int) -> SqlType:
    """Return decimal(precision, scale).

    Raises
    ------
    QueryError : the precision or the scale is not one that Trino has.
    """
    if not 1 <= precision <= MAX_PRECISION:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT",
            f"DECIMAL precision must be in range [1, {MAX_PRECISION}]: {precision}",
        )
    if not 0 <= scale <= precision:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT",
            f"DECIMAL scale must be in range [0, precision ({precision})]: {scale}",
        )
    return SqlType("decimal", (precision, scale))


def varchar(length: int) -> SqlType:
    """Return varchar(length)."""
    return SqlType("varchar", (length,))


def timestamp(precision: int) -> SqlType:
    """Return timestamp(precision)."""
    return SqlType("timestamp", (precision,))


def timestamp_tz(precision: int, zone: str = "UTC") -> SqlType:
    """Return timestamp(precision) with time zone, whose values are all of `zone`."""
    return SqlType(TIMESTAMP_TZ, (precision,), zone=zone)


def array(element: SqlType) -> SqlType:
    """Return array(element)."""
    return SqlType("array", inner=(element,))


def map_of(key: SqlType, value: SqlType) -> SqlType:
    """Return map(key, value)."""
    return SqlType("map", inner=(key, value))


TIMESTAMP_TZ = "timestamp with time zone"
UNKNOWN = SqlType("unknown")
BOOLEAN = SqlType("boolean")
TINYINT = SqlType("tinyint")
SMALLINT = SqlType("smallint")
INTEGER = SqlType("integer")
BIGINT = SqlType("bigint")
REAL = SqlType("real")
DOUBLE = SqlType("double")
VARCHAR = SqlType("varchar")
VARBINARY = SqlType("varbinary")
DATE = SqlType("date")
JSON = SqlType("json")
DAY_TO_SECOND = SqlType("interval day to second")
YEAR_TO_MONTH = SqlType("interval year to month")

INTEGERS = (TINYINT, SMALLINT, INTEGER, BIGINT)
# How many decimal digits each integer type needs.
_DIGITS = {TINYINT: 3, SMALLINT: 5, INTEGER: 10, BIGINT: 19}
_SIMPLE = {
    kind.base: kind for kind in (BOOLEAN, *INTEGERS, REAL, DOUBLE, VARCHAR, VARBINARY, DATE, JSON)
} | {"int": INTEGER}
# Types of Trino that the local engine lacks.
_MISSING = ("char", "time", "time with time zone", "uuid", "ipaddress", "number")
_DUCKDB = {
    BOOLEAN: "BOOLEAN",
    TINYINT: "TINYINT",
    SMALLINT: "SMALLINT",
    INTEGER: "INTEGER",
    BIGINT: "BIGINT",
    REAL: "FLOAT",
    DOUBLE: "DOUBLE",
    VARBINARY: "BLOB",
    DATE: "DATE",
    JSON: "VARCHAR",
    UNKNOWN: "INTEGER",
    DAY_TO_SECOND: "BIGINT",  # milliseconds
    YEAR_TO_MONTH: "INTEGER",  # months
}


def duckdb_type(kind: SqlType) -> str:
    """Return the DuckDB type that holds the values of a Trino type."""
    match kind.base:
        case "decimal":
            return f"DECIMAL({kind.precision},{kind.scale})"
        case "varchar":
            return "VARCHAR"
        case "timestamp" | "timestamp with time zone":
            return "TIMESTAMP"  # with a zone: the instant, as its wall clock in UTC
        case "array":
            return f"{duckdb_type(kind.inner[0])}[]"
        case "map":
            return f"MAP({duckdb_type(kind.inner[0])}, {duckdb_type(kind.inner[1])})"
        case "row":
            fields = (f'"f{i}" {duckdb_type(inner)}' for i, inner in enumerate(kind.inner))
            return f"STRUCT({', '.join(fields)})"
    return _DUCKDB[kind]


def is_numeric(kind: SqlType) -> bool:
    """Tell whether a type is a number."""
    return kind in INTEGERS or kind in (REAL, DOUBLE) or kind.base == "decimal"


def is_exact(kind: SqlType) -> bool:
    """Tell whether a type is an integer or a decimal."""
    return kind in INTEGERS or kind.base == "decimal"


def as_decimal(kind: SqlType) -> SqlType:
    """Return the decimal that holds every value of an integer or decimal type."""
    return kind if kind.base == "decimal" else decimal(_DIGITS[kind], 0)


def from_name(written: TypeName) -> SqlType:
    """Return the type that a query names.

    Raises
    ------
    QueryError : no such type in Trino, or not one that the local engine has.
    """
    name, numbers = written.name, written.numbers
    if name in _SIMPLE and not numbers:
        return _SIMPLE[name]
    if name == "decimal":
        return _decimal(written)
    if name == "varchar":
        return varchar(numbers[0])
    if name in {"timestamp", TIMESTAMP_TZ}:
        digits = numbers[0] if numbers else _DEFAULT_TIME_PRECISION
        if digits > _MAX_TIME_PRECISION:
            raise not_supported(f"A fraction of {digits} digits", written.position)
        return timestamp(digits) if name == "timestamp" else timestamp_tz(digits)
    if name in {"array", "map", "row"}:
        inner = tuple(from_name(argument) for _, argument in written.arguments)
        names = tuple(field for field, _ in written.arguments) if name == "row" else ()
        return SqlType(name, inner=inner, names=names)
    if name in _MISSING:
        raise not_supported(f"The type {name}", written.position)
    raise type_mismatch(f"Unknown type: {name}", written.position)


def _decimal(written: TypeName) -> SqlType:
    precision, scale = (*written.numbers, MAX_PRECISION, 0)[:2]
    if len(written.numbers) == 1:
        scale = 0
    try:
        return decimal(precision, scale)
    except QueryError as error:
        raise type_mismatch(str(error), written.position) from error


def common_type(first: SqlType, second: SqlType) -> SqlType | None:
    """Return the type both values can be read as without an explicit cast, or None.

    Rules: Trino's implicit coercions (TypeCoercion).
    """
    if second in {first, UNKNOWN}:
        return first
    if first == UNKNOWN:
        return second
    if is_numeric(first) and is_numeric(second):
        return _common_number(first, second)
    if first.base == second.base:
        return _common_parameters(first, second)
    temporal = {"date": 0, "timestamp": 1, TIMESTAMP_TZ: 2}
    if first.base in temporal and second.base in temporal:
        low, high = sorted((first, second), key=lambda kind: temporal[kind.base])
        digits = max(low.numbers[0] if low.numbers else 0, high.precision)
        return SqlType(high.base, (digits,), zone=high.zone)
    return None


def _common_number(first: SqlType, second: SqlType) -> SqlType:
    for floating in (DOUBLE, REAL):
        if floating in (first, second):
            return floating
    if first in INTEGERS and second in INTEGERS:
        return max(first, second, key=INTEGERS.index)
    left, right = as_decimal(first), as_decimal(second)
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return decimal(min(MAX_PRECISION, whole + scale), scale)


def _common_parameters(first: SqlType, second: SqlType) -> SqlType | None:
    if first.base == "varchar":
        bounded = first.numbers and second.numbers
        return varchar(max(first.precision, second.precision)) if bounded else VARCHAR
    if first.base == "timestamp":
        return timestamp(max(first.precision, second.precision))
    if first.base == TIMESTAMP_TZ:
        # Each value keeps its own zone in Trino; here a column has one, so they must agree.
        same_zone = first.zone == second.zone
        return (
            timestamp_tz(max(first.precision, second.precision), first.zone) if same_zone else None
        )
    if len(first.inner) != len(second.inner) or not first.inner:
        return None
    inner = [common_type(a, b) for a, b in zip(first.inner, second.inner, strict=True)]
    if None in inner:
        return None
    names = tuple(a if a == b else None for a, b in zip(first.names, second.names, strict=True))
    return SqlType(first.base, inner=tuple(kind for kind in inner if kind), names=names)


def can_coerce(source: SqlType, target: SqlType) -> bool:
    """Tell whether a value is taken as `target` without an explicit cast."""
    return common_type(source, target) == target
