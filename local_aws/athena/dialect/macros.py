"""The DuckDB macros that translated queries call, created in every engine."""

from __future__ import annotations

# athena_round_divide: a quotient of integers rounded half away from zero.
# athena_upper: DuckDB makes ẞ of ß, Java leaves it; a private-use character stands in for it.
# athena_floor: a number rounded down to a multiple of a step.
# athena_round_time: a timestamp rounded half up to a number of microseconds.
MACROS = """
CREATE MACRO athena_round_divide(a, b) AS
    a // b + CASE
        WHEN abs(a % b) * 2 < abs(b) THEN 0
        WHEN (a < 0) = (b < 0) THEN 1
        ELSE -1
    END;
CREATE MACRO athena_floor(a, step) AS a - ((a % step) + step) % step;
CREATE MACRO athena_round_time(moment, step) AS
    make_timestamp(athena_floor(epoch_us(moment) + step // 2, step));
CREATE MACRO athena_reverse(text) AS
    array_to_string(list_reverse(string_split(text, '')), '');
CREATE MACRO athena_upper(text) AS
    replace(upper(replace(text, 'ß', chr(57344))), chr(57344), 'ß');
"""
