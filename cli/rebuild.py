"""`etl rebuild`: has the pipeline fill a store anew from the lake, whatever the store holds."""

from __future__ import annotations

from collections.abc import Sequence

from cli.errors import CliError
from cli.lake_tables import existing_tables
from cli.run.command import run_pipeline
from cli.target import Target

_NAMES = {
    "lookups": "the lookups table",
    "warehouse": "the warehouse's facts and dimensions",
}


def consequence(stores: Sequence[str]) -> str:
    """Return the question that a person agrees to."""
    named = " and ".join(_NAMES[store] for store in stores)
    return f"Write {named} anew from the lake, and delete what else is in there?"


def rebuild_stores(target: Target, stores: Sequence[str], *, follow: bool = True) -> None:
    """Start an execution that rebuilds `lookups`, `warehouse` or both, and takes what is pending.

    Readers find the warehouse as it was until the end of the load, and each invoice of the lookups
    as it was until it is written.

    Raises
    ------
    CliError : the lake holds nothing to rebuild from.
    RunFailed : as `run_pipeline`; the same command does it again from the start.
    """
    if "transactions" not in existing_tables(target):
        raise CliError("the lake holds no transactions to rebuild from: `etl run` makes them")
    run_pipeline(target, follow=follow, order={"rebuild": list(stores)})
