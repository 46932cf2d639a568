"""The rules of text as column expressions: `contracts.text`."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase

from pyspark.sql import Column
from pyspark.sql import functions as F

from contracts.rejections import Reason
from contracts.text import CONTROL_CLASS, WHITE_SPACE_CLASS
from glue_jobs.transforms.rules.faults import fault

_PLAIN = r"^[ -~]*\z"
# Half of a surrogate pair, as JSON escapes it. An even number of backslashes before an escape are
# escaped backslashes; Java wants to know how far to look back for them.
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = r"\\u[dD][89a-fA-F]"
_BEFORE_ESCAPE = r"(?<!\\)((?:\\\\)*)"
_LONE_SURROGATE = rf"{_BEFORE_ESCAPE}(?:{_HIGH}(?!{_LOW})|(?<!(?<!\\)(?:\\\\){{0,9}}{_HIGH}){_LOW})"


def are_plain(values: Iterable[Column]) -> Column:
    """Tell whether all values are printable ASCII; those that are null do not count.

    Such values hold no control character and no white space but spaces: one look at all spares the
    dear tests of each.
    """
    return F.concat_ws("", *values).rlike(_PLAIN)


def is_utf8(line: Column) -> Column:
    """Tell whether a line's bytes are UTF-8: Java reads any, and replaces what is none."""
    return F.decode(line.cast("binary"), "UTF-8") == line


def without_lone_surrogates(line: Column) -> Column:
    """Return a JSON line with the escape of each half surrogate pair made that of NUL.

    Java would make a question mark of it, which nothing tells from one that was sent.
    """
    mended = F.regexp_replace(line, _LONE_SURROGATE, r"$1\\u0000")
    surrogates = line.contains(r"\u") & line.rlike(_HALF)
    return F.when(surrogates, mended).otherwise(line)


def trim(value: Column, plain: Column) -> Column:
    """Return `value` without the white space around it, null where nothing is left."""
    around = rf"^[{WHITE_SPACE_CLASS}]+|[{WHITE_SPACE_CLASS}]+\z"
    return _null_if_empty(
        F.when(plain, F.trim(value)).otherwise(F.regexp_replace(value, around, ""))
    )


def tidy(value: Column, plain: Column) -> Column:
    """Return `value` trimmed, each inner run of white space made one space; null for nothing."""
    spaces = F.when(value.contains("  "), F.regexp_replace(value, " {2,}", " ")).otherwise(value)
    any_white_space = F.regexp_replace(value, f"[{WHITE_SPACE_CLASS}]+", " ")
    return _null_if_empty(F.trim(F.when(plain, spaces).otherwise(any_white_space)))


def upper(value: Column, plain: Column) -> Column:
    """Return `value` with a to z upper-cased."""
    # Java's own upper() does the same to ASCII, and faster.
    only_ascii = F.translate(value, ascii_lowercase, ascii_uppercase)
    return F.when(plain, F.upper(value)).otherwise(only_ascii)


def control_character(value: Column, plain: Column) -> Column:
    """Return the first control character that is no white space, in hexadecimal, or null."""
    found = F.regexp_extract(value, f"[{CONTROL_CLASS}]", 0)
    holds_one = ~plain & value.rlike(f"[{CONTROL_CLASS}]")
    return F.when(holds_one, F.lpad(F.hex(F.ascii(found)), 4, "0"))


def text_fault(field: str, tidied: Column, control: Column, longest: int) -> Column:
    """Return why `tidied` is no text of the contract, null where it is one."""
    length = F.length(tidied)
    # Counting bytes is free, counting characters is not; there are never fewer bytes.
    is_too_long = (F.octet_length(tidied) > longest) & (length > longest)
    return F.when(control.isNotNull(), fault(field, Reason.CONTROL_CHARACTER, control)).when(
        is_too_long, fault(field, Reason.TOO_LONG, length.cast("string"), longest)
    )


def _null_if_empty(value: Column) -> Column:
    return F.when(value != "", value)
