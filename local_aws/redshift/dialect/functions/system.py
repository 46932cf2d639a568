"""Functions that tell about the session and the database."""

from __future__ import annotations

from local_aws.redshift.dialect.types import BIGINT, BOOLEAN, INTEGER, VARCHAR, SqlType
from local_aws.redshift.dialect.values import Call, Function, Value


def _told(sql: str, result: SqlType) -> Function:
    def translate(call: Call) -> Value:
        call.check_count(0)
        return Value(sql, result)

    return translate


def _privilege(call: Call) -> Value:
    values = call.values(2, 3)
    arguments = ", ".join(value.sql for value in values)
    return Value(f"{call.name}({arguments})", BOOLEAN)


def _user_name(call: Call) -> Value:
    (number,) = call.values(1)
    return Value(f"CAST(pg_get_userbyid(CAST({number.sql} AS oid)) AS varchar)", VARCHAR)


FUNCTIONS: dict[str, Function] = {
    "current_database": _told("CAST(current_database() AS varchar)", VARCHAR),
    "current_schema": _told("CAST(current_schema() AS varchar)", VARCHAR),
    "has_database_privilege": _privilege,
    "has_schema_privilege": _privilege,
    "has_table_privilege": _privilege,
    "pg_backend_pid": _told("pg_backend_pid()", INTEGER),
    "pg_get_userbyid": _user_name,
    "pg_last_copy_count": _told("redshift_sql.pg_last_copy_count()", BIGINT),
    "pg_last_unload_count": _told("redshift_sql.pg_last_unload_count()", BIGINT),
    "version": _told("redshift_sql.version()", VARCHAR),
}
