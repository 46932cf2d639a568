"""Named parameters of the Data API: `:name` in the text becomes `$1`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from local_aws.redshift.api.json_service import validation

# What a parameter's name cannot be part of: strings, quoted names, comments, casts.
_PIECES = re.compile(
    r"""(?P<skip>'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::)"""
    r"""|:(?P<name>[A-Za-z_]\w*)""",
    re.DOTALL,
)


def bind(texts: list[str], parameters: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return each text with `$n`, and the values in the order of their numbers.

    Raises
    ------
    ApiError : a text names a parameter without a value, or no text names one that has a value.
    """
    bound = [_bind_one(text, parameters) for text in texts]
    unused = parameters.keys() - {name for _, names in bound for name in names}
    if unused:
        raise validation(f"Parameters that the SQL does not name: {', '.join(sorted(unused))}")
    return [(text, [parameters[name] for name in names]) for text, names in bound]


def _bind_one(sql: str, parameters: Mapping[str, str]) -> tuple[str, list[str]]:
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if name not in parameters:
            raise validation(f"The parameter :{name} has no value.")
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PIECES.sub(numbered, sql), names
