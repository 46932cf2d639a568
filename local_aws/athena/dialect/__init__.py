"""Athena's SQL: read it, check it against the catalog, and say it in DuckDB's SQL.

The parser and the type rules are ours, and allow only what is listed: a general SQL transpiler
reads more than Trino does (`x::int`, `LIMIT 2, 3`, Hive's and BigQuery's type names), knows no
decimal precision, and passes through what it does not know. Here nothing reaches DuckDB that
was not translated by a rule with a test against a documented result.
"""
