"""What drivers write into queries of the catalog, and PostgreSQL does not understand.

Redshift's own JDBC driver and others use a name of the select list in WHERE and later in the list,
and they ask for the columns of late-binding views, of which there are none here. They look for
materialized views among the views, where Redshift has them.
"""

from __future__ import annotations

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from local_aws.redshift.dialect.lexer import tokenize
from local_aws.redshift.dialect.relations import OWN_SCHEMA
from local_aws.redshift.dialect.scope import Tables

LATE_BINDING = "pg_get_late_binding_view_cols"
_BEFORE_RELATION = ("FROM", "JOIN", ",", "(")
_OUR_CATALOG = {
    "pg_catalog": ("pg_class", "pg_namespace", "pg_tables", "pg_views"),
    "information_schema": ("tables", "views", "columns"),
}


def in_postgres(sql: str, tables: Tables) -> str:
    """Return a query of the catalog as PostgreSQL understands it: as it is, where it does."""
    sql = _with_our_catalog(sql)
    try:
        tree = parse_one(sql, read="redshift")
    except SqlglotError:  # psql writes for PostgreSQL itself
        return sql
    tree, changes = _without_late_binding(tree)
    for select in list(tree.find_all(exp.Select)):
        changes += _write_out_aliases(select, tables)
    return tree.sql("postgres") if changes else sql


def _with_our_catalog(sql: str) -> str:
    """Let a query read our views of the catalog in place of PostgreSQL's."""
    parts, position = [], 0
    tokens = tokenize(sql)
    for index, token in enumerate(tokens):
        if index < 1 or (index + 1 < len(tokens) and tokens[index + 1].text == "."):
            continue
        qualified = tokens[index - 1].text == "."
        first = index - 2 if qualified else index
        schema = tokens[first].text.lower() if qualified else "pg_catalog"
        ours = token.text.lower() in _OUR_CATALOG.get(schema, ())
        if ours and tokens[first - 1].text.upper() in _BEFORE_RELATION:
            parts += [sql[position : tokens[first].start], f"{OWN_SCHEMA}.{token.text}"]
            position = token.end
    return "".join(parts) + sql[position:]


def _without_late_binding(tree: exp.Expression) -> tuple[exp.Expression, int]:
    """Return a query without the branches of UNION that would list nothing, and their number."""
    changes = 0
    for union in list(tree.find_all(exp.Union)):
        calls = union.expression.find_all(exp.Anonymous)
        if any(call.name.lower() == LATE_BINDING for call in calls):
            changes += 1
            if union is tree:
                tree = union.this
            else:
                union.replace(union.this)
    return tree, changes


def _write_out_aliases(select: exp.Select, tables: Tables) -> int:
    """Put what a name of the list stands for where it is used; return how often."""
    named = {item.alias.lower(): item.this for item in select.expressions if item.alias}
    columns = _columns_of(select, tables)
    clauses = [*select.expressions, select.args.get("where")]
    used = [
        column
        for clause in clauses
        if clause is not None
        for column in clause.find_all(exp.Column)
        if column.parent_select is select and not column.table
    ]
    changes = 0
    for column in used:
        name = column.name.lower()
        if name in named and name not in columns:
            column.replace(exp.paren(named[name].copy()))
            changes += 1
    return changes


def _columns_of(select: exp.Select, tables: Tables) -> set[str]:
    """Return the names of the columns of what a query reads: they come before its own names."""
    clause = select.args.get("from_")
    sources = [clause.this] if clause else []
    sources += [join.this for join in select.args.get("joins") or []]
    names: set[str] = set()
    for each in sources:
        if isinstance(each, exp.Subquery):
            names |= {name.lower() for name in each.this.named_selects}
        elif isinstance(each, exp.Table) and isinstance(each.this, exp.Identifier):
            parts = tuple(part.name.lower() for part in each.parts)
            names |= {name for name, _ in tables.columns_of(parts) or ()}
    return names
