"""JSON values as the text that was sent, so that no number ever passes through a float."""

import json
from collections.abc import Mapping
from decimal import Decimal


class NumberLiteral(str):
    """The text of a JSON number, exactly as sent."""

    __slots__ = ()


def literal(value: object) -> str | None:
    """Return the text of a JSON value: a string's own, any other value's JSON text, null's None.

    A Python number is taken too: an int or a Decimal by its digits, a float by its shortest
    text (17850.0 gives "17850.0").
    """
    match value:
        case None:
            return None
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format(Decimal(value), "f")  # str() of an int refuses above 4,300 digits
        case float():
            return repr(value)
        case _:
            return json_text(value, ascii_only=False)


def json_text(value: object, *, ascii_only: bool) -> str:
    """Return the compact JSON text of parsed JSON, each number by its own literal.

    Parameters
    ----------
    value
        What `json.loads` gives, where a number may be a `NumberLiteral`.
    ascii_only
        Escape every character outside ASCII, so that none can be taken for a line break.
    """
    match value:
        case NumberLiteral():
            return str(value)
        case Mapping():
            members = (
                f"{json.dumps(str(name), ensure_ascii=ascii_only)}:"
                f"{json_text(member, ascii_only=ascii_only)}"
                for name, member in value.items()
            )
            return "{" + ",".join(members) + "}"
        case list() | tuple():
            return "[" + ",".join(json_text(item, ascii_only=ascii_only) for item in value) + "]"
        case Decimal():
            return format(value, "f")
        case _:
            return json.dumps(value, ensure_ascii=ascii_only)
