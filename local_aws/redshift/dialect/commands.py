"""Translate commands about the session and its transactions, and administrative ones."""

from __future__ import annotations

from local_aws.redshift.dialect.relations import OWN_SCHEMA, relation_name, relation_sql
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct, Steps
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import literal, quoted

# Settings that change no answer: taken and told back.
_WITHOUT_EFFECT = {
    "analyze_threshold_percent": "10",
    "describe_field_name_in_uppercase": "off",
    "enable_case_sensitive_identifier": "off",
    "enable_result_cache_for_session": "on",
    "mv_enable_aqmv_for_session": "on",
    "query_group": "default",
    "wlm_query_slot_count": "1",
}
_MUST_STAY_OFF = ("enable_case_sensitive_identifier", "describe_field_name_in_uppercase")
_PASSED_ON = ("search_path", "statement_timeout", "extra_float_digits", "application_name")
# What others than their defaults would change answers by.
_FIXED = {
    "timezone": ("utc",),
    "client_encoding": ("utf8", "utf-8", "unicode"),
    "datestyle": ("iso",),
}


def begin(reader: Reader) -> Direct:
    """Return BEGIN; any isolation level is Redshift's snapshot isolation."""
    reader.skip()
    if reader.word() in ("WORK", "TRANSACTION"):
        reader.skip()
    mode = ""
    while not reader.at_end:
        if reader.take("ISOLATION", "LEVEL"):
            while reader.word() in (
                "SERIALIZABLE",
                "READ",
                "COMMITTED",
                "UNCOMMITTED",
                "REPEATABLE",
            ):
                reader.skip()
        elif reader.take("READ", "ONLY"):
            mode = " READ ONLY"
        elif not (reader.take("READ", "WRITE") or reader.take(",")):
            raise reader.syntax_error()
    return Direct(f"BEGIN{mode}")


def commit(reader: Reader) -> Direct:
    """Return COMMIT or END."""
    reader.skip()
    if reader.word() in ("WORK", "TRANSACTION"):
        reader.skip()
    reader.end()
    return Direct("COMMIT")


def rollback(reader: Reader) -> Direct:
    """Return ROLLBACK or ABORT; there are no savepoints."""
    reader.skip()
    if reader.word() in ("WORK", "TRANSACTION"):
        reader.skip()
    if reader.word() == "TO":
        raise SyntaxRefusedError("SAVEPOINT is not supported", "0A000")
    reader.end()
    return Direct("ROLLBACK")


def lock(reader: Reader) -> Direct:
    """Return LOCK, which locks out readers and writers."""
    reader.expect("LOCK")
    reader.take("TABLE")
    names = [relation_sql(relation_name(reader.dotted_name()))]
    while reader.take(","):
        names.append(relation_sql(relation_name(reader.dotted_name())))
    reader.end()
    return Direct(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")


def set_parameter(reader: Reader) -> Direct | Steps:
    """Return SET for parameters that change no answer."""
    reader.expect("SET")
    if reader.word() == "SESSION" and reader.word(1) == "AUTHORIZATION":
        raise UnsupportedError("SET SESSION AUTHORIZATION")
    reader.take("SESSION")
    local = "LOCAL " if reader.take("LOCAL") else ""
    if reader.take("TIME", "ZONE"):
        name = "timezone"
    else:
        name = reader.name()
        if not reader.take("TO"):
            reader.expect("=")
    values = _values(reader)
    shown = ", ".join(values)
    if name in _MUST_STAY_OFF and shown.lower() not in ("off", "false", "0"):
        raise UnsupportedError(f"SET {name} TO {shown}")
    if name in _WITHOUT_EFFECT:
        return Steps((), "SET")
    if name in _FIXED:
        if shown.lower().split(",")[0] not in _FIXED[name]:
            raise UnsupportedError(f"SET {name} TO {shown}", "Answers would depend on it.")
        return Steps((), "SET")
    if name in _PASSED_ON:
        listed = ", ".join(literal(value) for value in values)
        return Direct(f"SET {local}{name} TO {listed}")
    raise UnsupportedError(f"SET {name}")


def _values(reader: Reader) -> list[str]:
    values = []
    while not reader.at_end:
        values.append(reader.string() if reader.has_string() else reader.text())
        if not reader.take(","):
            break
    reader.end()
    return values


def reset_parameter(reader: Reader) -> Direct | Steps:
    """Return RESET."""
    reader.expect("RESET")
    name = reader.name()
    reader.end()
    if name in _PASSED_ON:
        return Direct(f"RESET {name}")
    if name in (*_WITHOUT_EFFECT, *_FIXED):
        return Steps((), "RESET")
    raise UnsupportedError(f"RESET {name}")


def show(reader: Reader) -> Direct:
    """Return SHOW of a parameter, or of databases, schemas, tables and columns."""
    reader.expect("SHOW")
    if reader.take("SCHEMAS", "FROM", "DATABASE"):
        reader.name()
        return Direct(f"SELECT * FROM {OWN_SCHEMA}.show_schemas ORDER BY schema_name")
    if reader.take("TABLES", "FROM", "SCHEMA"):
        schema = reader.dotted_name()[-1]
        return Direct(
            f"SELECT * FROM {OWN_SCHEMA}.show_tables WHERE schema_name = {literal(schema)}"
            " ORDER BY table_name"
        )
    if reader.take("COLUMNS", "FROM", "TABLE"):
        *_, schema, table = ("public", *reader.dotted_name())
        return Direct(
            f"SELECT * FROM {OWN_SCHEMA}.show_columns WHERE schema_name = {literal(schema)}"
            f" AND table_name = {literal(table)} ORDER BY ordinal_position"
        )
    name = reader.name()
    reader.end()
    if name in _WITHOUT_EFFECT:
        value = literal(_WITHOUT_EFFECT[name])
        return Direct(f"SELECT CAST({value} AS varchar) AS {quoted(name)}")
    if name in (*_PASSED_ON, *_FIXED, "server_version"):
        return Direct(f"SHOW {name}")
    raise UnsupportedError(f"SHOW {name}")


def analyze(reader: Reader) -> Direct | Steps:
    """Return ANALYZE."""
    reader.expect("ANALYZE")
    if reader.word() == "COMPRESSION":
        raise UnsupportedError("ANALYZE COMPRESSION")
    reader.take("VERBOSE")
    if reader.at_end:
        return Steps((), "ANALYZE")
    return Direct(f"ANALYZE {relation_sql(relation_name(reader.dotted_name()))}")


def vacuum(reader: Reader) -> Steps:
    """Return VACUUM: PostgreSQL does it by itself; it is refused inside of a transaction."""
    del reader
    return Steps((), "VACUUM", alone=True)


def comment(reader: Reader) -> Direct:
    """Return COMMENT ON."""
    reader.expect("COMMENT", "ON")
    kind = reader.skip()
    if kind not in ("TABLE", "VIEW", "COLUMN", "SCHEMA", "DATABASE"):
        raise UnsupportedError(f"COMMENT ON {kind}")
    parts = reader.dotted_name()
    name = ".".join(quoted(part) for part in parts)
    reader.expect("IS")
    text = "NULL" if reader.take("NULL") else literal(reader.string())
    reader.end()
    return Direct(f"COMMENT ON {kind} {name} IS {text}")


def create_schema(reader: Reader) -> Direct:
    """Return CREATE SCHEMA; the reader stands behind SCHEMA."""
    exists = "IF NOT EXISTS " if reader.take("IF", "NOT", "EXISTS") else ""
    name = reader.name()
    owner = f" AUTHORIZATION {quoted(reader.user_name())}" if reader.take("AUTHORIZATION") else ""
    if reader.take("QUOTA"):
        raise UnsupportedError("CREATE SCHEMA QUOTA")
    reader.end()
    return Direct(f"CREATE SCHEMA {exists}{quoted(name)}{owner}")


def alter_schema(reader: Reader) -> Direct:
    """Return ALTER SCHEMA … RENAME TO or OWNER TO; the reader stands behind SCHEMA."""
    name = reader.name()
    if reader.take("RENAME", "TO"):
        return Direct(f"ALTER SCHEMA {quoted(name)} RENAME TO {quoted(reader.name())}")
    reader.expect("OWNER", "TO")
    return Direct(f"ALTER SCHEMA {quoted(name)} OWNER TO {quoted(reader.user_name())}")


def create_database(reader: Reader) -> Direct:
    """Return CREATE DATABASE; the reader stands behind DATABASE."""
    name = reader.name()
    reader.end()
    return Direct(f"CREATE DATABASE {quoted(name)}")


def drop_database(reader: Reader) -> Direct:
    """Return DROP DATABASE; the reader stands behind DATABASE."""
    name = reader.name()
    reader.end()
    return Direct(f"DROP DATABASE {quoted(name)}")


def close(reader: Reader) -> Direct:
    """Return CLOSE of a cursor."""
    reader.expect("CLOSE")
    name = reader.name()
    reader.end()
    return Direct(f"CLOSE {quoted(name)}")


def deallocate(reader: Reader) -> Direct:
    """Return DEALLOCATE."""
    reader.expect("DEALLOCATE")
    reader.take("PREPARE")
    if reader.take("ALL"):
        return Direct("DEALLOCATE ALL")
    return Direct(f"DEALLOCATE {quoted(reader.name())}")
