"""S3 prefixes are evaluated as Firehose documents it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from local_aws.firehose.prefix import PrefixError, check_prefixes, evaluate

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "evaluated"),
    [
        ("", "2026/03/04/05/"),
        ("raw/", "raw/2026/03/04/05/"),
        ("raw/day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/", "raw/day=2026-03-04/hour=05/"),
        ("!{timestamp:yyyy'/year/'M/d/H-mm-ss}/", "2026/year/3/4/5-06-07/"),
        ("!{timestamp:yy/DDD}/", "26/063/"),
    ],
)
def test_evaluates_the_time_of_the_oldest_record(template: str, evaluated: str) -> None:
    assert evaluate(template, AT) == evaluated


def test_a_random_string_has_eleven_characters() -> None:
    assert re.fullmatch(
        r"[a-z0-9]{11}/2026/", evaluate("!{firehose:random-string}/!{timestamp:yyyy}/", AT)
    )


@pytest.mark.parametrize("template", ["!{timestamp:YYYY}", "!{timestamp:MMM}", "!{nonsense:x}"])
def test_refuses_what_it_cannot_evaluate_rather_than_guess(template: str) -> None:
    with pytest.raises(PrefixError):
        evaluate(template, AT)


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "complaint"),
    [
        ("raw/!{timestamp:yyyy}/", "", "ErrorOutputPrefix is required"),
        ("raw/!{firehose:error-output-type}/", "x", "Prefix cannot contain"),
        ("raw/", "errors/!{timestamp:yyyy}/", "must contain !{firehose:error-output-type}"),
    ],
)
def test_refuses_pairs_of_prefixes_as_firehose_does(
    prefix: str, error_prefix: str, complaint: str
) -> None:
    with pytest.raises(PrefixError, match=re.escape(complaint)):
        check_prefixes(prefix, error_prefix)


def test_takes_a_prefix_with_a_matching_error_prefix() -> None:
    check_prefixes("raw/!{timestamp:yyyy}/", "errors/!{firehose:error-output-type}/")
