"""Look for parts of a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from local_aws.athena.dialect import tree
from local_aws.athena.dialect.functions.aggregates import AGGREGATES


def parts(node: object) -> Iterator[tree.Node]:
    """Yield a node and what is in it, without going into nested queries."""
    if isinstance(node, tuple):
        for item in node:
            yield from parts(item)
    elif isinstance(node, tree.Node):
        yield node
        if isinstance(node, tree.Query):
            return
        for entry in fields(node):
            yield from parts(getattr(node, entry.name))


def has_query(node: tree.Node) -> bool:
    """Tell whether an expression holds a nested query."""
    return any(isinstance(part, tree.Query) for part in parts(node))


def has_aggregate(node: object) -> bool:
    """Tell whether an expression calls an aggregate function (not as a window function)."""
    return any(
        isinstance(part, tree.Call)
        and part.window is None
        and (part.name in AGGREGATES or part.name == "grouping")
        for part in parts(node)
    )


def conjuncts(node: tree.Expression) -> Iterator[tree.Expression]:
    """Yield the conditions that AND joins."""
    if isinstance(node, tree.Logical) and node.operator == "AND":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node
