"""JSON in strings, and what the local engine has of SUPER: JSON_PARSE and JSON_SERIALIZE."""

from __future__ import annotations

from local_aws.redshift.dialect.types import BOOLEAN, INTEGER, SUPER, VARCHAR, SqlType
from local_aws.redshift.dialect.values import Call, Function, Value, all_constant
from local_aws.redshift.errors import UnsupportedError

_DEEPEST = 6


def _of_text(name: str, result: SqlType, count: int = 1) -> Function:
    def translate(call: Call) -> Value:
        values = call.values(count)
        arguments = ", ".join(value.sql for value in values)
        return Value(f"redshift_sql.{name}({arguments})", result, all_constant(*values))

    return translate


def _path_text(call: Call) -> Value:
    """JSON_EXTRACT_PATH_TEXT: an absent path is an empty string."""
    values = call.values(2, _DEEPEST)
    if any(not value.type.is_text for value in values):
        raise UnsupportedError("JSON_EXTRACT_PATH_TEXT with null_if_invalid")
    text, *path = (value.sql for value in values)
    steps = ", ".join(f"CAST({step} AS text)" for step in path)
    return Value(
        f"redshift_sql.json_extract_path_text({text}, ARRAY[{steps}])",
        VARCHAR,
        all_constant(*values),
    )


FUNCTIONS: dict[str, Function] = {
    "can_json_parse": _of_text("is_valid_json", BOOLEAN),
    "is_valid_json": _of_text("is_valid_json", BOOLEAN),
    "json_array_length": _of_text("json_array_length", INTEGER),
    "json_extract_array_element_text": _of_text("json_extract_array_element_text", VARCHAR, 2),
    "json_extract_path_text": _path_text,
    "json_parse": _of_text("json_parse", SUPER),
    "json_serialize": _of_text("json_serialize", VARCHAR),
}
