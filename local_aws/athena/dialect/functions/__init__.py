"""The functions of Trino that the local engine runs; every other one is refused."""

from __future__ import annotations

from local_aws.athena.dialect.functions import (
    aggregates,
    collections,
    conditionals,
    formats,
    numbers,
    strings,
    texts_and_bytes,
    times,
    windows,
)
from local_aws.athena.dialect.functions.registry import SCALARS, CallSite

__all__ = [
    "SCALARS",
    "CallSite",
    "aggregates",
    "collections",
    "conditionals",
    "formats",
    "numbers",
    "strings",
    "texts_and_bytes",
    "times",
    "windows",
]
