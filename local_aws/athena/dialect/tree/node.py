"""What every part of a syntax tree has: its place in the query."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_aws.athena.errors import Position


@dataclass(frozen=True)
class Node:
    """Any part of a query; `position` is not part of its identity."""

    position: Position = field(compare=False, repr=False)
