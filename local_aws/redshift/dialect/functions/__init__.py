"""The functions of Redshift that the local engine has, each with a test of a documented result."""

from __future__ import annotations

from local_aws.redshift.dialect.functions import (
    aggregates,
    conditions,
    dates,
    json_values,
    numbers,
    system,
    texts,
    windows,
)
from local_aws.redshift.dialect.values import Function
from local_aws.redshift.errors import UnsupportedError

_SCALARS: dict[str, Function] = {
    **conditions.FUNCTIONS,
    **dates.FUNCTIONS,
    **json_values.FUNCTIONS,
    **numbers.FUNCTIONS,
    **system.FUNCTIONS,
    **texts.FUNCTIONS,
}


def find_function(name: str, over: bool) -> Function:
    """Return the translation of a function.

    Parameters
    ----------
    name : in lower case.
    over : whether it is called as a window function.

    Raises
    ------
    UnsupportedError : there is none, or not as a window function.
    """
    if over:
        found = windows.FUNCTIONS.get(name) or aggregates.FUNCTIONS.get(name)
    else:
        found = _SCALARS.get(name) or aggregates.FUNCTIONS.get(name)
    if found is None:
        raise UnsupportedError(f"the {'window ' if over else ''}function {name.upper()}")
    return found


def known_functions() -> set[str]:
    """Return the names of all functions, for the documentation and its test."""
    return {*_SCALARS, *aggregates.FUNCTIONS, *windows.FUNCTIONS}
