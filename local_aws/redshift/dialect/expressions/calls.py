"""Function calls, window functions, and functions with a syntax of their own."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from local_aws.redshift.dialect.casts import cast
from local_aws.redshift.dialect.expressions.context import Context, Rule
from local_aws.redshift.dialect.functions import find_function
from local_aws.redshift.dialect.functions.windows import over_clause
from local_aws.redshift.dialect.types import type_of_tree
from local_aws.redshift.dialect.values import Call, Value, all_constant, of_one_type, only
from local_aws.redshift.errors import UnsupportedError


def _call(node: exp.Expression, context: Context) -> Value:
    call = _read_call(node, context)
    return find_function(call.name, over=False)(call)


def _window(node: exp.Window, context: Context) -> Value:
    only(node, "this", "partition_by", "order", "spec", "over")
    call = _read_call(node.this, context)
    function = find_function(call.name, over=True)
    return function(replace(call, over=over_clause(call, node)))


def _read_call(node: exp.Expression, context: Context) -> Call:
    order: list[exp.Expression] = []
    if isinstance(node, exp.WithinGroup):
        only(node, "this", "expression")
        order = node.expression.expressions
        node = node.this
    if not isinstance(node, exp.Anonymous):
        raise UnsupportedError(node.sql("redshift"))
    only(node, "this", "expressions")
    arguments = list(node.expressions)
    distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
    if distinct:
        only(arguments[0], "expressions")
        arguments = [*arguments[0].expressions, *arguments[1:]]
    name = str(node.this).lower()
    context.names.called(name)
    return Call(name, arguments, context.translate, distinct, order)


def _named_call(name: str, context: Context, *arguments: exp.Expression | None) -> Value:
    given = [argument for argument in arguments if argument is not None]
    return find_function(name, over=False)(Call(name, given, context.translate))


def _case(node: exp.Case, context: Context) -> Value:
    only(node, "this", "ifs", "default")
    branches = [context.translate(branch.args["true"]) for branch in node.args["ifs"]]
    default = node.args.get("default")
    results = [*branches, context.translate(default)] if default is not None else branches
    texts, result = of_one_type(results)
    subject = context.translate(node.this).sql if node.this is not None else ""
    whens = " ".join(
        f"WHEN {context.translate(branch.this).sql} THEN {text}"
        for branch, text in zip(node.args["ifs"], texts, strict=False)
    )
    otherwise = f" ELSE {texts[-1]}" if default is not None else ""
    return Value(f"(CASE {subject} {whens}{otherwise} END)", result, all_constant(*results))


def _cast(node: exp.Cast, context: Context) -> Value:
    only(node, "this", "to")
    return cast(context.translate(node.this), type_of_tree(node.args["to"]))


def _extract(node: exp.Extract, context: Context) -> Value:
    only(node, "this", "expression")
    return _named_call("extract", context, node.this, node.expression)


def _position(node: exp.StrPosition, context: Context) -> Value:
    only(node, "this", "substr")
    return _named_call("strpos", context, node.this, node.args["substr"])


def _substring(node: exp.Substring, context: Context) -> Value:
    only(node, "this", "start", "length")
    return _named_call(
        "substring", context, node.this, node.args.get("start"), node.args.get("length")
    )


def _trim(node: exp.Trim, context: Context) -> Value:
    only(node, "this", "position", "expression")
    side = str(node.args.get("position") or "BOTH").upper()
    name = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "btrim"}[side]
    return _named_call(name, context, node.this, node.args.get("expression"))


RULES: dict[type[exp.Expression], Rule] = {
    exp.Anonymous: _call,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Extract: _extract,
    exp.StrPosition: _position,
    exp.Substring: _substring,
    exp.Trim: _trim,
    exp.Window: _window,
    exp.WithinGroup: _call,
}
