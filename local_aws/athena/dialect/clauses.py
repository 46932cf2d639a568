"""The clauses in which expressions stand, and what each of them allows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """A clause; errors call it by its name."""

    name: str
    aggregates: bool = False
    windows: bool = False


WHERE = Clause("WHERE clause")
JOIN_CONDITION = Clause("JOIN clause")
GROUP_BY = Clause("GROUP BY clause")
AGGREGATE_ARGUMENT = Clause("aggregate function")
WINDOW_ARGUMENT = Clause("window function", aggregates=True)
SELECT = Clause("SELECT clause", aggregates=True, windows=True)
HAVING = Clause("HAVING clause", aggregates=True)
ORDER_BY = Clause("ORDER BY clause", aggregates=True, windows=True)
