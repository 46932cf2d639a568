"""Redshift's data types and the rules by which expressions get theirs.

Sources: "Numeric types", "Computations with numeric values" and "Character types" in the Redshift
developer guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

MAX_PRECISION = 38
MAX_VARCHAR = 65535
MAX_CHAR = 4096
_MAX_SCALE = 37
_DEFAULT_VARCHAR = 256


@dataclass(frozen=True)
class SqlType:
    """A type.

    Attributes
    ----------
    kind : `smallint`, `integer`, `bigint`, `decimal`, `real`, `double`, `varchar`, `char`,
        `boolean`, `date`, `time`, `timestamp`, `timestamptz`, `interval`, `super`, `varbyte`,
        `system` (types of the catalog only) or `unknown` (a bare string, NULL or parameter).
    precision, scale : of a decimal.
    length : bytes of a varchar or char; None where it is not known.
    """

    kind: str
    precision: int = 0
    scale: int = 0
    length: int | None = None

    @property
    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        return self.kind in _DIGITS

    @property
    def is_exact(self) -> bool:
        """Whether it is a whole number or a decimal."""
        return self.is_integer or self.kind == "decimal"

    @property
    def is_float(self) -> bool:
        """Whether it is a floating-point number."""
        return self.kind in ("real", "double")

    @property
    def is_number(self) -> bool:
        """Whether one can calculate with it."""
        return self.is_exact or self.is_float

    @property
    def is_text(self) -> bool:
        """Whether it is a string, or a literal that becomes one."""
        return self.kind in ("varchar", "char", "unknown")

    @property
    def is_moment(self) -> bool:
        """Whether it is a date or a timestamp."""
        return self.kind in ("date", "timestamp", "timestamptz")

    def as_decimal(self) -> SqlType:
        """Return the decimal that a whole number is taken for in a calculation."""
        if self.kind == "decimal":
            return self
        return decimal(_DIGITS[self.kind], 0)

    @property
    def postgres(self) -> str:
        """The type's name in PostgreSQL."""
        if self.kind == "decimal":
            return f"numeric({self.precision},{self.scale})"
        if self.kind in ("varchar", "char"):
            name = "varchar" if self.kind == "varchar" else "char"
            return name if self.length is None else f"{name}({self.length})"
        return _POSTGRES_NAMES[self.kind]


_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_POSTGRES_NAMES = {
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "real": "real",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "interval": "interval",
    "super": "json",
    "varbyte": "bytea",
    "unknown": "text",
    "system": "text",
}

SMALLINT, INTEGER, BIGINT = SqlType("smallint"), SqlType("integer"), SqlType("bigint")
REAL, DOUBLE, BOOLEAN = SqlType("real"), SqlType("double"), SqlType("boolean")
VARCHAR, DATE, TIME = SqlType("varchar"), SqlType("date"), SqlType("time")
TIMESTAMP, TIMESTAMPTZ = SqlType("timestamp"), SqlType("timestamptz")
INTERVAL, SUPER, UNKNOWN = SqlType("interval"), SqlType("super"), SqlType("unknown")


def decimal(precision: int, scale: int) -> SqlType:
    """Return a decimal type, within the greatest precision."""
    return SqlType("decimal", min(precision, MAX_PRECISION), scale)


def varchar(length: int | None) -> SqlType:
    """Return a varchar of so many bytes, of at most 65,535."""
    return SqlType("varchar", length=None if length is None else min(length, MAX_VARCHAR))


# Types as they are written


_SIMPLE = {
    "SMALLINT": SMALLINT,
    "INT2": SMALLINT,
    "INTEGER": INTEGER,
    "INT": INTEGER,
    "INT4": INTEGER,
    "BIGINT": BIGINT,
    "INT8": BIGINT,
    "REAL": REAL,
    "FLOAT4": REAL,
    "FLOAT": DOUBLE,
    "FLOAT8": DOUBLE,
    "DOUBLE PRECISION": DOUBLE,
    "BOOLEAN": BOOLEAN,
    "BOOL": BOOLEAN,
    "DATE": DATE,
    "TIME": TIME,
    "TIME WITHOUT TIME ZONE": TIME,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP WITHOUT TIME ZONE": TIMESTAMP,
    "TIMESTAMPTZ": TIMESTAMPTZ,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "SUPER": SUPER,
}
_DECIMAL = ("DECIMAL", "NUMERIC", "DEC")
_VARCHAR = ("VARCHAR", "CHARACTER VARYING", "NVARCHAR")
_CHAR = ("CHAR", "CHARACTER", "NCHAR")
_FIXED_TEXTS = {"TEXT": SqlType("varchar", length=256), "BPCHAR": SqlType("char", length=256)}


def named_type(name: str, arguments: tuple[str, ...]) -> SqlType:
    """Return the type of a name such as `DECIMAL` with arguments such as `12` and `4`.

    Raises
    ------
    SyntaxRefusedError : Redshift has no such type, or not with these arguments.
    UnsupportedError : the local engine has no such type.
    """
    name = " ".join(name.upper().split())
    if name in _DECIMAL:
        return _decimal_of(arguments)
    if name in _VARCHAR:
        return SqlType("varchar", length=_length(name, arguments, _DEFAULT_VARCHAR, MAX_VARCHAR))
    if name in _CHAR:
        return SqlType("char", length=_length(name, arguments, 1, MAX_CHAR))
    if name in _FIXED_TEXTS and not arguments:
        return _FIXED_TEXTS[name]
    if name in _SIMPLE and not arguments:
        return _SIMPLE[name]
    raise UnsupportedError(f"the type {name}{'(' + ','.join(arguments) + ')' if arguments else ''}")


def _decimal_of(arguments: tuple[str, ...]) -> SqlType:
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    if len(numbers) != len(arguments) or len(numbers) > 2:
        raise SyntaxRefusedError("invalid arguments of DECIMAL")
    precision = numbers[0] if numbers else 18
    scale = numbers[1] if len(numbers) > 1 else 0
    if not 1 <= precision <= MAX_PRECISION:
        raise SyntaxRefusedError(
            f"DECIMAL precision {precision} must be between 1 and {MAX_PRECISION}", "22023"
        )
    if scale > min(precision, _MAX_SCALE):
        raise SyntaxRefusedError(
            f"DECIMAL scale {scale} must be between 0 and precision {precision}", "22023"
        )
    return SqlType("decimal", precision, scale)


def _length(name: str, arguments: tuple[str, ...], default: int, most: int) -> int:
    if not arguments:
        return default
    if arguments[0].upper() == "MAX":
        return most
    if len(arguments) > 1 or not arguments[0].isdigit():
        raise SyntaxRefusedError(f"invalid arguments of {name}")
    length = int(arguments[0])
    if not 1 <= length <= most:
        raise SyntaxRefusedError(f"length for type {name.lower()} cannot exceed {most}", "22023")
    return length


_OF_TREE = {
    "DOUBLE": "DOUBLE PRECISION",
    "FLOAT": "REAL",  # what sqlglot calls REAL; FLOAT is its DOUBLE
    "TIMESTAMPNTZ": "TIMESTAMP",
}


def type_of_tree(node: exp.Expression) -> SqlType:
    """Return the type that a CAST names."""
    if not isinstance(node, exp.DataType) or node.args.get("nested"):
        raise UnsupportedError(f"the type {node.sql('redshift')}")
    name = node.this.value if hasattr(node.this, "value") else str(node.this)
    arguments = tuple(parameter.name.upper() for parameter in node.expressions)
    return named_type(_OF_TREE.get(name, name), arguments)


_LENGTHS = re.compile(r"(character varying|character|numeric)\(([\d,]+)\)")
_OF_POSTGRES = {
    "smallint": SMALLINT,
    "integer": INTEGER,
    "bigint": BIGINT,
    "real": REAL,
    "double precision": DOUBLE,
    "boolean": BOOLEAN,
    "date": DATE,
    "time without time zone": TIME,
    "timestamp without time zone": TIMESTAMP,
    "timestamp with time zone": TIMESTAMPTZ,
    "interval": INTERVAL,
    "json": SUPER,
    "bytea": SqlType("varbyte"),
    "character varying": VARCHAR,
    "text": VARCHAR,
    "name": VARCHAR,
    "oid": BIGINT,
}


def type_of_column(postgres_name: str) -> SqlType:
    """Return the type of a column by PostgreSQL's name for it."""
    found = _LENGTHS.fullmatch(postgres_name)
    if found is None:
        return _OF_POSTGRES.get(postgres_name, SqlType("system"))
    numbers = [int(number) for number in found[2].split(",")]
    if found[1] == "numeric":
        return SqlType("decimal", numbers[0], numbers[1])
    return SqlType("varchar" if found[1] == "character varying" else "char", length=numbers[0])
