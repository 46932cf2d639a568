"""Translate FROM: tables, subqueries and joins."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.relations import is_system_relation, relation_name, relation_sql
from local_aws.redshift.dialect.scope import Columns, Scope
from local_aws.redshift.dialect.values import only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import quoted


def from_clause(node: exp.Select, scope: Scope) -> str:
    """Return FROM with its joins, with a blank before it; empty where there is none."""
    clause = node.args.get("from_")
    if clause is None:
        if node.args.get("joins"):
            raise SyntaxRefusedError("JOIN without FROM")
        return ""
    only(clause, "this")
    text = f" FROM {source(clause.this, scope)}"
    for join in node.args.get("joins") or []:
        text += _join(join, scope)
    return text


def _join(join: exp.Join, scope: Scope) -> str:
    only(join, "this", "side", "kind", "on", "using", "method")
    side, kind = (str(join.args.get(part) or "").upper() for part in ("side", "kind"))
    if kind == "OUTER":
        kind = ""
    if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "CROSS"):
        raise UnsupportedError(f"{side} {kind} JOIN".strip())
    if join.args.get("method"):
        raise UnsupportedError(f"{join.args['method']} JOIN", "Name the columns with USING or ON.")
    right = source(join.this, scope)
    if join.args.get("on") is not None:
        scope.in_outer_join = bool(side)
        condition = f" ON {scope.translate(join.args['on']).sql}"
        scope.in_outer_join = False
    elif join.args.get("using"):
        names = [column.name.lower() for column in join.args["using"]]
        condition = f" USING ({', '.join(quoted(name) for name in names)})"
        scope.using = [*names, *(name for name in scope.using if name not in names)]
    elif kind == "CROSS" or not (side or kind):
        return f" CROSS JOIN {right}" if kind == "CROSS" else f", {right}"
    else:
        raise SyntaxRefusedError("JOIN needs ON or USING")
    return f" {' '.join(word for word in (side, kind) if word)} JOIN {right}{condition}"


def source(node: exp.Expression, scope: Scope) -> str:
    """Return one table or subquery of FROM, and let the scope know it."""
    if isinstance(node, exp.Table):
        return _table(node, scope)
    if isinstance(node, exp.Subquery):
        return _derived(node, scope)
    raise UnsupportedError(f"{type(node).__name__.upper()} in FROM")


def _table(node: exp.Table, scope: Scope) -> str:
    only(node, "this", "db", "catalog", "alias", "joins")
    if not isinstance(node.this, exp.Identifier):
        raise UnsupportedError(f"{node.this.sql('redshift')} in FROM")
    parts = relation_name(tuple(part.name for part in node.parts))
    columns = scope.named.get(parts[0]) if len(parts) == 1 else None
    text = ".".join(quoted(part) for part in parts)
    if columns is None:
        text = relation_sql(parts)
        columns = scope.tables.columns_of(parts)
        scope.facts.reads_users_tables |= not is_system_relation(parts)
    if columns is None:
        raise SyntaxRefusedError(f'relation "{".".join(parts)}" does not exist', "42P01")
    text = _alias(node, text, ".".join(parts), columns, scope)
    return text + "".join(_join(join, scope) for join in node.args.get("joins") or [])


def _derived(node: exp.Subquery, scope: Scope) -> str:
    only(node, "this", "alias", "joins")
    if isinstance(node.this, exp.Table):  # a join in parentheses
        return f"({source(node.this, scope)})"
    query = scope.translate_query(node.this, scope.inner())
    if node.args.get("alias") is None:
        raise SyntaxRefusedError("subquery in FROM must have an alias")
    return _alias(node, f"({query.sql})", "", query.columns, scope)


def _alias(node: exp.Expression, text: str, name: str, columns: Columns, scope: Scope) -> str:
    alias = node.args.get("alias")
    if alias is not None:
        only(alias, "this", "columns")
        name = alias.name.lower()
        names = [column.name.lower() for column in alias.columns]
        columns = renamed(columns, names, name)
        listed = f" ({', '.join(quoted(column) for column in names)})" if names else ""
        text += f" AS {quoted(name)}{listed}"
    if name in scope.sources:
        raise SyntaxRefusedError(f'table name "{name}" specified more than once', "42712")
    scope.sources[name] = columns
    return text


def renamed(columns: Columns, names: list[str], table: str) -> Columns:
    """Return columns under the names of a column list, if there is one."""
    if not names:
        return columns
    if len(names) != len(columns):
        raise SyntaxRefusedError(
            f'table "{table}" has {len(columns)} columns but {len(names)} are named', "42P10"
        )
    return tuple((name, type_) for name, (_, type_) in zip(names, columns, strict=True))
