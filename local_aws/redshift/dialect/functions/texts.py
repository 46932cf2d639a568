"""String functions."""

from __future__ import annotations

import re

from local_aws.redshift.dialect.types import INTEGER, VARCHAR, decimal, varchar
from local_aws.redshift.dialect.values import (
    Call,
    Function,
    Value,
    all_constant,
    string,
    text_literal,
)
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError

_MOST = 3
# What POSIX expressions mean alike in Redshift and in PostgreSQL; `\\` escapes are told apart.
_UNLIKE_PATTERNS = re.compile(r"\(\?|\\[^dDsSwW.\\()\[\]{}*+?|^$/@-]|\[\[[.=]")


def _texts(call: Call, fewest: int, most: int) -> list[Value]:
    """Return the arguments; the first is a string, cast from a number or date if it is one."""
    values = call.values(fewest, most)
    if not values[0].type.is_text:
        raise UnsupportedError(
            f"{call.name.upper()} of {values[0].type.kind}", "Cast it to VARCHAR."
        )
    return values


def _plain(
    name: str, fewest: int = 1, most: int | None = None, keeps_length: bool = True
) -> Function:
    def translate(call: Call) -> Value:
        values = _texts(call, fewest, fewest if most is None else most)
        arguments = ", ".join(value.sql for value in values)
        length = values[0].type.length if keeps_length else None
        return Value(f"{name}({arguments})", varchar(length), all_constant(*values))

    return translate


def _counted(name: str, fewest: int = 1, most: int | None = None) -> Function:
    def translate(call: Call) -> Value:
        values = _texts(call, fewest, fewest if most is None else most)
        arguments = ", ".join(value.sql for value in values)
        return Value(f"{name}({arguments})", INTEGER, all_constant(*values))

    return translate


def _concat(call: Call) -> Value:
    """CONCAT takes two arguments, and NULL makes it NULL, other than PostgreSQL's."""
    values = call.values(2)
    if not all(value.type.is_text for value in values):
        raise UnsupportedError("CONCAT of anything but strings", "Cast it to VARCHAR.")
    lengths = [value.type.length for value in values]
    known = None if None in lengths else sum(length or 0 for length in lengths)
    return Value(f"({values[0].sql} || {values[1].sql})", varchar(known), all_constant(*values))


def _charindex(call: Call) -> Value:
    part, text = call.values(2)
    return Value(f"strpos({text.sql}, {part.sql})", INTEGER, all_constant(part, text))


def _length(call: Call) -> Value:
    (value,) = _texts(call, 1, 1)
    return Value(f"char_length({value.sql})", INTEGER, value.constant)


def _ends(call: Call) -> Value:
    text, count = _texts(call, 2, 2)
    # A negative count means other things than in PostgreSQL.
    return Value(
        f"{call.name}({text.sql}, redshift_sql.not_negative({count.sql}))",
        varchar(text.type.length),
        all_constant(text, count),
    )


def _substring(call: Call) -> Value:
    values = _texts(call, 2, _MOST)
    arguments = ", ".join(value.sql for value in values)
    return Value(f"substr({arguments})", varchar(values[0].type.length), all_constant(*values))


def _sha2(call: Call) -> Value:
    text, bits = call.values(2)
    return Value(f"redshift_sql.sha2({text.sql}, {bits.sql})", varchar(128), all_constant(text))


def _split_part(call: Call) -> Value:
    values = _texts(call, _MOST, _MOST)
    text, delimiter, part = (value.sql for value in values)
    return Value(
        f"redshift_sql.split_part({text}, {delimiter}, {part})",
        varchar(values[0].type.length),
        all_constant(*values),
    )


def _regexp_replace(call: Call) -> Value:
    call.check_count(2, 3)
    source = _texts(Call(call.name, call.arguments[:1], call.translate), 1, 1)[0]
    pattern = _pattern(call)
    replacement = call.translate(call.arguments[2]).sql if len(call.arguments) > 2 else "''"
    if "\\" in replacement or "$" in replacement:
        raise UnsupportedError("REGEXP_REPLACE with a back-reference")
    return Value(
        f"regexp_replace({source.sql}, {pattern}, {replacement}, 'g')", VARCHAR, source.constant
    )


def _regexp_substr(call: Call) -> Value:
    call.check_count(2)
    source, pattern = call.translate(call.arguments[0]), _pattern(call)
    found = f"coalesce(regexp_substr({source.sql}, {pattern}), '')"
    sql = f"(CASE WHEN {source.sql} IS NOT NULL THEN {found} END)"
    return Value(sql, VARCHAR, source.constant)


def _regexp_count(call: Call) -> Value:
    call.check_count(2)
    source, pattern = call.translate(call.arguments[0]), _pattern(call)
    return Value(f"regexp_count({source.sql}, {pattern})", INTEGER, source.constant)


def _regexp_instr(call: Call) -> Value:
    call.check_count(2)
    source, pattern = call.translate(call.arguments[0]), _pattern(call)
    return Value(f"regexp_instr({source.sql}, {pattern})", INTEGER, source.constant)


def _pattern(call: Call) -> str:
    pattern = text_literal(call.arguments[1], "a pattern")
    if _UNLIKE_PATTERNS.search(pattern):
        raise UnsupportedError(f"the pattern {string(pattern)}")
    return string(pattern)


def _to_number(call: Call) -> Value:
    call.check_count(2)
    value = call.translate(call.arguments[0])
    form = text_literal(call.arguments[1], "a number format")
    whole, _, fraction = form.partition(".")
    if not re.fullmatch(r"[9,]*", whole) or not re.fullmatch(r"9*", fraction) or not form:
        raise UnsupportedError(f"the number format {string(form)}")
    precision = whole.count("9") + len(fraction)
    result = decimal(precision, len(fraction))
    sql = f"CAST(to_number({value.sql}, {string(form)}) AS {result.postgres})"
    return Value(sql, result, value.constant)


def _chr(call: Call) -> Value:
    (value,) = call.values(1)
    if not value.type.is_integer:
        raise SyntaxRefusedError("CHR needs an integer", "42883")
    return Value(f"chr(CAST({value.sql} AS integer))", varchar(4), value.constant)


FUNCTIONS: dict[str, Function] = {
    "ascii": _counted("ascii"),
    "btrim": _plain("btrim", 1, 2),
    "char_length": _length,
    "character_length": _length,
    "charindex": _charindex,
    "chr": _chr,
    "concat": _concat,
    "initcap": _plain("initcap"),
    "left": _ends,
    "len": _length,
    "length": _length,
    "lower": _plain("lower"),
    "lpad": _plain("lpad", 2, 3, keeps_length=False),
    "ltrim": _plain("ltrim", 1, 2),
    "md5": _plain("md5", keeps_length=False),
    "octet_length": _counted("octet_length"),
    "quote_ident": _plain("quote_ident", keeps_length=False),
    "quote_literal": _plain("quote_literal", keeps_length=False),
    "regexp_count": _regexp_count,
    "regexp_instr": _regexp_instr,
    "regexp_replace": _regexp_replace,
    "regexp_substr": _regexp_substr,
    "repeat": _plain("repeat", 2, keeps_length=False),
    "replace": _plain("replace", 3, keeps_length=False),
    "replicate": _plain("repeat", 2, keeps_length=False),
    "reverse": _plain("reverse"),
    "right": _ends,
    "rpad": _plain("rpad", 2, 3, keeps_length=False),
    "rtrim": _plain("rtrim", 1, 2),
    "sha2": _sha2,
    "split_part": _split_part,
    "strpos": _counted("strpos", 2),
    "substr": _substring,
    "substring": _substring,
    "textlen": _length,
    "to_number": _to_number,
    "translate": _plain("translate", 3, keeps_length=False),
    "trim": _plain("btrim", 1, 2),
    "upper": _plain("upper"),
}
