"""What was logged is read as what it is: structured lines, metrics, traces, plain text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cli.logs.lines import Line, Source, read_line

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MILLISECONDS = int(NOON.timestamp() * 1000)
SOURCE = Source("glue cleanse", "cleanse")


def read(message: str, before: Line | None = None) -> Line:
    return read_line(SOURCE, MILLISECONDS, message, before)


def test_a_structured_line_has_its_own_time_level_message_and_fields() -> None:
    document = {
        "level": "WARNING",
        "location": "handle:1",
        "message": "no room",
        "timestamp": "2026-11-22T11:59:58.250+00:00",
        "service": "ingest",
        "run_id": "run-1",
        "request_id": "r",
        "rows": 3,
    }

    line = read(json.dumps(document))

    assert (line.at.second, line.level, line.message) == (58, "WARNING", "no room")
    assert line.fields == {"request_id": "r", "rows": 3}
    assert line.as_text() == (
        "2026-11-22 11:59:58.250  glue cleanse          WARNING  no room  request_id=r  rows=3"
    )


def test_a_line_of_metrics_shows_their_values() -> None:
    document = {"_aws": {"Timestamp": MILLISECONDS - 1000}, "RecordsRead": [3.0], "run_id": "r"}

    line = read(json.dumps(document))

    assert (line.message, line.level, line.fields) == ("metrics", "INFO", {"RecordsRead": [3.0]})
    assert line.at.second == 59
    assert line.as_text().endswith("RecordsRead=3.0")


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("26/11/22 23:21:46 WARN NativeCodeLoader: Unable to load", "WARNING"),
        ("26/11/22 23:21:46 INFO Executor: finished", "INFO"),
        ("2026-11-22 12:00:00,000 ERROR [main] glue.ProcessLauncher: Error", "ERROR"),
        ("[ERROR] LoadFailed: the batch is not in", "ERROR"),
        ("Traceback (most recent call last):", "ERROR"),
        ("ValueError: not a number", "ERROR"),
        ("org.apache.spark.SparkException: Job aborted", "ERROR"),
        ("2026-11-22T12:00:00Z r Task timed out after 30.00 seconds", "ERROR"),
        ("RequestId: r Error: Runtime exited with error: signal 9", "ERROR"),
        ("START RequestId: r Version: $LATEST", ""),
        ("{not JSON", ""),
        ('["a list"]', ""),
    ],
    ids=str,
)
def test_a_plain_line_is_as_bad_as_it_says(message: str, level: str) -> None:
    line = read(message + "\n")

    assert (line.message, line.level, line.fields) == (message, level, {})
    assert line.at == NOON


def test_the_lines_of_a_trace_are_errors_as_its_first_one_is() -> None:
    before = read("Traceback (most recent call last):")
    for message in ('  File "x.py", line 1, in f', "    f()", "Caused by: java.io.IOException"):
        before = read(message, before)
        assert before.is_error
    assert not read("  indented, after a good line", read("INFO fine")).is_error


def test_a_time_without_a_zone_is_not_trusted() -> None:
    line = read('{"message": "x", "timestamp": "2020-01-01T00:00:00"}')

    assert line.at == NOON


def test_a_line_for_programs_is_one_json_object() -> None:
    document = json.loads(read('{"level": "INFO", "message": "a\\nb", "rows": 3}').as_json())

    assert document == {
        "time": "2026-11-22T12:00:00.000+00:00",
        "source": "glue cleanse",
        "stage": "cleanse",
        "level": "INFO",
        "message": "a\nb",
        "fields": {"rows": 3},
    }
