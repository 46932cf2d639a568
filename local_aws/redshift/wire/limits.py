"""Say in Redshift's words what the limits of a string column refuse.

The limits are constraints (see `dialect.columns`): their names tell what they are about.
"""

from __future__ import annotations

import re

from local_aws.redshift.wire.messages import error_body, read_fields, text

# Places in the translated statement and in our functions, which the client has not written.
_PLACES = frozenset("PpqWFLR")
_CHECK_VIOLATION = "23514"
_LIMIT = re.compile(r"rs_(bytes|blanks|char)_(\d+)_(.*)")


def in_words_of_redshift(body: bytes) -> bytes:
    """Return the body of an ErrorResponse, another one where a limit of ours was hit."""
    fields = read_fields(body)
    found = _LIMIT.fullmatch(fields.get("n", "")) if fields.get("C") == _CHECK_VIOLATION else None
    if found is None:
        return _without_places(fields)
    kind, length, column = found.groups()
    if kind == "bytes":
        return error_body(
            "22001",
            f"value too long for type character varying({length})",
            f"The column {column} holds {length} bytes, not characters.",
        )
    if kind == "char":
        return error_body("22021", f"CHAR({length}) column {column} takes no multibyte characters")
    return error_body(
        "0A000",
        f"a string with trailing blanks in {column} is not supported by the LOCAL engine",
        "Redshift ignores trailing blanks in comparisons, joins and groups: trim the value.",
    )


def _without_places(fields: dict[str, str]) -> bytes:
    kept = ((letter, value) for letter, value in fields.items() if letter not in _PLACES)
    return b"".join(letter.encode() + text(value) for letter, value in kept) + b"\0"
