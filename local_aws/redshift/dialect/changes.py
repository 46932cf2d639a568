"""Translate INSERT, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from sqlglot import exp

from local_aws.redshift.dialect.from_clause import source
from local_aws.redshift.dialect.queries import statement_scope, translate_query
from local_aws.redshift.dialect.redshift_parser import parse
from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.scope import Scope, Tables
from local_aws.redshift.dialect.translation import Direct, Steps
from local_aws.redshift.dialect.values import Value, only
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import literal, quoted


def translate_insert(node: exp.Insert, tables: Tables) -> Direct:
    """Return an INSERT of rows or of a query."""
    only(node, "this", "expression", "default")
    target, names = _target_and_names(node.this)
    listed = f" ({', '.join(quoted(name) for name in names)})" if names else ""
    scope = statement_scope(tables)
    if node.args.get("default"):
        return Direct(f"INSERT INTO {target} DEFAULT VALUES")
    if isinstance(node.expression, exp.Values):
        only(node.expression, "expressions")
        rows = ", ".join(_row(row, scope) for row in node.expression.expressions)
        return Direct(f"INSERT INTO {target}{listed} VALUES {rows}")
    query = node.expression
    if isinstance(query, exp.Subquery) and query.args.get("alias") is None:
        query = query.this
    translated = translate_query(query, scope, bare=True)
    scope.facts.check()
    return Direct(f"INSERT INTO {target}{listed} {translated.sql}")


def _target_and_names(node: exp.Expression) -> tuple[str, list[str]]:
    if isinstance(node, exp.Schema):
        only(node, "this", "expressions")
        return table_of(node.this), [column.name.lower() for column in node.expressions]
    return table_of(node), []


def table_of(node: exp.Expression, *more: str) -> str:
    """Return the name of a table that is written to."""
    if not isinstance(node, exp.Table):
        raise UnsupportedError(f"a change of {node.sql('redshift')}")
    only(node, "this", "db", "catalog", *more)
    return relation_sql(relation_name(tuple(part.name for part in node.parts)))


def _row(row: exp.Expression, scope: Scope) -> str:
    items = row.expressions if isinstance(row, exp.Tuple) else [row]
    return "(" + ", ".join(_item(item, scope) for item in items) + ")"


def _item(item: exp.Expression, scope: Scope) -> str:
    is_default = isinstance(item, exp.Var | exp.Column) and item.name.upper() == "DEFAULT"
    return "DEFAULT" if is_default else scope.translate(item).sql


def translate_update(node: exp.Update, tables: Tables) -> Direct:
    """Return an UPDATE, which may join other tables with FROM."""
    only(node, "this", "expressions", "from_", "where", "with_")
    if node.args.get("with_") is not None:
        raise UnsupportedError("WITH before UPDATE")
    scope = statement_scope(tables)
    target = source(node.this, scope)
    others = node.args.get("from_")
    joined = f" FROM {source(others.this, scope)}" if others is not None else ""
    changes = ", ".join(_assignment(change, scope) for change in node.expressions)
    return Direct(f"UPDATE {target} SET {changes}{joined}{_where(node, scope)}")


def _assignment(change: exp.Expression, scope: Scope) -> str:
    if not isinstance(change, exp.EQ) or not isinstance(change.this, exp.Column):
        raise UnsupportedError(f"SET {change.sql('redshift')}")
    if change.this.table:
        raise SyntaxRefusedError(f'syntax error at or near "{change.this.sql()}" in SET')
    return f"{quoted(change.this.name.lower())} = {_item(change.expression, scope)}"


def _where(node: exp.Expression, scope: Scope) -> str:
    clause = node.args.get("where")
    return "" if clause is None else f" WHERE {scope.translate(clause.this).sql}"


def translate_delete(node: exp.Delete, tables: Tables) -> Direct:
    """Return a DELETE, which may join other tables with USING."""
    only(node, "this", "tables", "using", "where")
    targets = node.args.get("tables") or [node.this]
    if len(targets) != 1:
        raise SyntaxRefusedError("DELETE names one table")
    scope = statement_scope(tables)
    target = source(targets[0], scope)
    others = node.args.get("using") or []
    joined = f" USING {', '.join(source(other, scope) for other in others)}" if others else ""
    return Direct(f"DELETE FROM {target}{joined}{_where(node, scope)}")


# MERGE

_TWO_CLAUSES = "MERGE needs WHEN MATCHED and WHEN NOT MATCHED, or REMOVE DUPLICATES"


def translate_merge(node: exp.Merge, tables: Tables) -> Steps:
    """Return a MERGE with both of its clauses.

    It is refused when a row of the source matches several rows of the target: Redshift makes one
    row of them, PostgreSQL changes each.

    Raises
    ------
    SyntaxRefusedError : a form that Redshift lacks.
    """
    only(node, "this", "using", "on", "whens")
    scope = statement_scope(tables)
    if isinstance(node.this, exp.Table) and node.this.args.get("alias") is not None:
        raise SyntaxRefusedError("MERGE takes no alias for its target")
    target = source(node.this, scope)
    using = _merge_source(node.args["using"], scope)
    condition = scope.translate(node.args["on"]).sql
    clauses = [_clause(when, scope) for when in node.args["whens"].expressions]
    if [matched for matched, _ in clauses] != [True, False]:
        raise SyntaxRefusedError(_TWO_CLAUSES)
    actions = " ".join(action for _, action in clauses)
    merge = f"MERGE INTO {target} USING {using} ON {condition} {actions}"
    return Steps((_single_matches(target, using, condition), merge))


def _merge_source(node: exp.Expression, scope: Scope) -> str:
    if not isinstance(node, exp.Table):
        raise SyntaxRefusedError("MERGE's source must be a table, not a subquery", "0A000")
    parts = relation_name(tuple(part.name for part in node.parts))
    if scope.tables.is_view(parts):
        raise SyntaxRefusedError("MERGE's source must be a table, not a view", "0A000")
    return source(node, scope)


def _clause(when: exp.When, scope: Scope) -> tuple[bool, str]:
    if when.args.get("condition") is not None:
        raise SyntaxRefusedError('syntax error at or near "AND": MERGE has no WHEN … AND')
    only(when, "matched", "then", "source")
    if when.args.get("source"):
        raise SyntaxRefusedError("MERGE has no WHEN NOT MATCHED BY SOURCE")
    then = when.args["then"]
    if when.args.get("matched"):
        return True, f"WHEN MATCHED THEN {_matched(then, scope)}"
    if not isinstance(then, exp.Insert):
        raise SyntaxRefusedError("WHEN NOT MATCHED takes INSERT only")
    only(then, "this", "expression")
    listed, row = "", then.expression
    if row:
        names = [column.name.lower() for column in then.this.expressions]
        listed = f" ({', '.join(quoted(name) for name in names)})"
    else:  # `INSERT VALUES (…)`, which sqlglot reads as a function
        row = exp.Tuple(expressions=then.this.expressions[0].expressions)
    return False, f"WHEN NOT MATCHED THEN INSERT{listed} VALUES {_row(row, scope)}"


def _matched(then: exp.Expression, scope: Scope) -> str:
    if isinstance(then, exp.Update):
        only(then, "expressions")
        return "UPDATE SET " + ", ".join(_assignment(change, scope) for change in then.expressions)
    if str(then.name).upper() == "DELETE":
        return "DELETE"
    raise SyntaxRefusedError("WHEN MATCHED takes UPDATE or DELETE")


def _single_matches(target: str, using: str, condition: str) -> str:
    """Return a statement that fails when a row of the source matches several of the target."""
    alias = using.rpartition(" AS ")[2] if " AS " in using else using
    doubled = (
        f"SELECT 1 FROM {target}, {using} WHERE {condition} "
        f"GROUP BY {alias}.ctid HAVING count(*) > 1"
    )
    message = literal("MERGE: a row of the source matches several rows of the target")
    return f"SELECT redshift_sql.fail('21000', {message}, NULL) WHERE EXISTS ({doubled})"


def merge_removing_duplicates(sql: str, tables: Tables) -> Steps | None:
    """Return `MERGE … REMOVE DUPLICATES`, or None when the statement has another form.

    Matched rows of the target go, and each distinct row of the source comes.
    """
    words = sql.split()
    if [word.upper() for word in words[-2:]] != ["REMOVE", "DUPLICATES"]:
        return None
    head = sql[: sql.upper().rindex("REMOVE")]
    node = parse(head + " WHEN MATCHED THEN DELETE")
    if not isinstance(node, exp.Merge):
        raise SyntaxRefusedError("syntax error in MERGE")
    scope = statement_scope(tables)
    target = source(node.this, scope)
    using = _merge_source(node.args["using"], scope)
    condition: Value = scope.translate(node.args["on"])
    plain = using.rpartition(" AS ")[0] or using
    return Steps(
        (
            f"DELETE FROM {target} USING {using} WHERE {condition.sql}",
            f"INSERT INTO {target} SELECT DISTINCT * FROM {plain}",
        ),
        "MERGE",
    )
