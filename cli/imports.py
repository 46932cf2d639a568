"""Which modules Python source imports, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Imports:
    """The names that a source imports.

    Attributes
    ----------
    modules : what is a module for certain.
    members : what is a module or else something in one: `from package import name`.
    """

    modules: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def imports_of(source: str, package: str = "", *, at_start: bool = False) -> Imports:
    """Return what a source imports.

    Parameters
    ----------
    package : that relative imports start from.
    at_start : only what is imported when the module is: not what stands in functions, nor what
        type checkers alone read.
    """
    found = Imports()
    for node in _nodes(ast.parse(source), at_start=at_start):
        if isinstance(node, ast.Import):
            found.modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            found.modules.append(origin)
            found.members += [f"{origin}.{alias.name}" for alias in node.names]
    return found


def _nodes(tree: ast.AST, *, at_start: bool) -> Iterator[ast.AST]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not at_start:
            waiting += ast.iter_child_nodes(node)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    base = parents[: len(parents) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
