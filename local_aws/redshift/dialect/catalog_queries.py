"""Queries of the system catalog alone, as psql and drivers ask them: PostgreSQL's answer fits.

They use what other queries must not: `format_type(…)`, `::regclass`, `OPERATOR(pg_catalog.~)`.
Such a query passes as it is when it reads nothing but the catalog and calls only functions that
tell about the catalog.
"""

from __future__ import annotations

import re

from local_aws.redshift.dialect.catalog_rewriting import LATE_BINDING
from local_aws.redshift.dialect.lexer import Kind, Token, tokenize
from local_aws.redshift.dialect.relations import OWN_SCHEMA, SYSTEM_RELATIONS

_BEFORE_RELATION = ("FROM", "JOIN")
_BEHIND_RELATIONS = (
    "ON", "WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "UNION", "SELECT", "WINDOW", "USING",
)  # fmt: skip
_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")
_SOURCES = ("generate_series", LATE_BINDING)
_FUNCTIONS = re.compile(
    r"pg_(get|relation|partition)_\w+|pg_\w+_is_visible|pg_encoding_to_char|pg_size_pretty|pg_\w+_size|format_type"
    r"|(obj|col|shobj)_description|has_\w+_privilege|array_to_string|array_upper|array_lower"
    r"|current_schemas?|current_database|quote_ident|coalesce|nullif|count|max|min|substring|lower"
    r"|upper|trim|replace|position|char_length|length|generate_series|unnest|any|all|in|exists"
    r"|left|isnull|charindex|regexp_replace|regexp_substr|operator|and|or|not|on|as|when|then|else|select|values|by|array|case|using|from|join|where"
    r"|name|varchar|char|text|cast|regclass|oid|information_schema|_pg_\w+|string_agg|array_agg",
    re.IGNORECASE,
)


def reads_the_catalog_only(sql: str) -> bool:
    """Return whether a query reads system tables that PostgreSQL has, and nothing else."""
    tokens = tokenize(sql)
    relations = 0
    depth = 0
    lists_relations: dict[int, bool] = {}  # by depth: whether a comma leads to another one
    for index, token in enumerate(tokens):
        word = token.text.upper() if token.kind is not Kind.STRING else ""
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "(":
            lists_relations[depth] = False
        elif token.kind is Kind.WORD and word in (*_BEFORE_RELATION, *_BEHIND_RELATIONS):
            lists_relations[depth] = word in _BEFORE_RELATION
        leads = word in _BEFORE_RELATION or (word == "," and lists_relations.get(depth, False))
        if leads and not _follows(tokens, index, "("):  # what a subquery reads comes later
            if _is_function_of_the_leader(tokens, index + 1):
                continue
            if not _is_system(tokens, index + 1):
                return False
            relations += 1
        is_call = token.kind is Kind.WORD and _follows(tokens, index, "(")
        known = _FUNCTIONS.fullmatch(token.text) or token.text.lower() in _SOURCES
        if is_call and not known and not _is_alias(tokens, index):
            return False
        if token.text.lower() == OWN_SCHEMA:
            return False
    return relations > 0


def _is_function_of_the_leader(tokens: list[Token], index: int) -> bool:
    """Return whether a function stands there that only the leader node has."""
    while _follows(tokens, index, ".") and tokens[index].text.lower() in _SYSTEM_SCHEMAS:
        index += 2
    return _follows(tokens, index, "(") and tokens[index].text.lower() in _SOURCES


def _is_alias(tokens: list[Token], index: int) -> bool:
    """Return whether the word names a relation: `… ) AS name (column, …)`."""
    before = tokens[index - 1].text.upper() if index else ""
    return before in (")", "AS")


def _is_system(tokens: list[Token], index: int) -> bool:
    if index >= len(tokens):
        return False
    name = tokens[index].text.lower()
    if _follows(tokens, index, "."):
        return name in _SYSTEM_SCHEMAS and tokens[index + 2].text.lower() not in SYSTEM_RELATIONS
    return name.startswith("pg_") and name not in SYSTEM_RELATIONS


def _follows(tokens: list[Token], index: int, symbol: str) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].text == symbol
