"""What the header of a CSV file says: which column holds what, and how a row becomes JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from cli.amounts import Field
from cli.errors import CliError
from contracts.fields import INPUT_FIELDS, INPUT_NAMES

_LINE = "InvoiceLine"


@dataclass(frozen=True)
class Layout:
    """Where the header puts what; see `read_layout`.

    Attributes
    ----------
    width : number of columns.
    template : JSON object with %s for the JSON text of each value, the counted line last.
    counts_lines : the file has no column InvoiceLine, so that the line has to be counted.
    invoice : place of InvoiceNo.
    customer : place of CustomerID, None without one.
    contract_fields : picks the contract's fields, in its order, out of a row's values followed by
        the counted line (if counted) and None.
    """

    width: int
    template: str
    counts_lines: bool
    invoice: int
    customer: int | None
    contract_fields: Callable[[Sequence[Field]], tuple[Field, ...]]


def read_layout(header: Sequence[str]) -> Layout:
    """Return the layout of a file with this header; a column without a name gets one.

    Raises
    ------
    CliError : a required column is missing, or one comes twice.
    """
    columns = [name.strip() or f"column_{place}" for place, name in enumerate(header, start=1)]
    _check(columns)
    counts_lines = _LINE not in columns
    names = [*columns, _LINE] if counts_lines else columns
    members = (json.dumps(name).replace("%", "%%") + ":%s" for name in names)
    places = (names.index(name) if name in names else len(names) for name in INPUT_NAMES)
    return Layout(
        width=len(columns),
        template="{" + ",".join(members) + "}",
        counts_lines=counts_lines,
        invoice=columns.index("InvoiceNo"),
        customer=columns.index("CustomerID") if "CustomerID" in columns else None,
        contract_fields=itemgetter(*places),
    )


def _check(columns: list[str]) -> None:
    missing = [each.name for each in INPUT_FIELDS if each.required and each.name not in columns]
    if missing:
        found = ", ".join(columns)[:200] or "nothing"
        raise CliError(f"the first line has to name the columns; it lacks {', '.join(missing)} "
                       f"(it has {found})")  # fmt: skip
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise CliError(f"the first line names {', '.join(twice)} twice")
