"""A broken rule as one string column, which costs next to nothing while no rule is broken."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from contracts.rejections import (
    NOT_ONE_OBJECT,
    REPLACEMENT,
    SHOWN_CHARACTERS,
    UNSHOWN_CLASS,
    Reason,
    sentence,
)

_SEPARATOR = "\x1f"
_PARTS = 3


def fault(field: str, reason: Reason, subject: Column | None = None, limits: object = "") -> Column:
    """Return the fault of a field: its name, the reason, and the detail about `subject`."""
    before, _, after = sentence(reason, limits).partition("{subject}")
    known = F.lit(_SEPARATOR.join((field, reason.value, before)))
    return known if subject is None else F.concat(known, subject, F.lit(after))


def no_object() -> Column:
    """Return the fault of a line that is not one JSON object."""
    return F.lit(_SEPARATOR.join(("", Reason.NOT_AN_OBJECT.value, NOT_ONE_OBJECT)))


def parts(of_fault: Column) -> Column:
    """Return field (empty for none), reason and detail as an array, null for no fault."""
    return F.split(of_fault, _SEPARATOR, _PARTS)


def shown(value: Column) -> Column:
    """Return `value` in quotes, as `contracts.rejections.shown` does."""
    kept = F.substring(value, 1, SHOWN_CHARACTERS)
    printable = F.regexp_replace(kept, f"[{UNSHOWN_CLASS}]", REPLACEMENT)
    more = F.when(F.length(value) > SHOWN_CHARACTERS, "…").otherwise("")
    return F.concat(F.lit("'"), printable, more, F.lit("'"))
