"""The rules of metering, against the examples of AWS's own pricing pages and by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cli.cost.metering import (
    Span,
    athena_bytes,
    dpu_hours,
    firehose_bytes,
    http_api_requests,
    measured_dpu_hours,
    rpu_hours,
    write_units_of_growing_item,
)

_MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def _span(start: float, end: float) -> Span:
    return Span(_MIDNIGHT + timedelta(seconds=start), _MIDNIGHT + timedelta(seconds=end))


@pytest.mark.parametrize(
    ("size", "billed"), [(1, 5_120), (3 * 1024, 5_120), (5_120, 5_120), (12 * 1024, 15_360)]
)
def test_a_firehose_record_is_rounded_up_to_5_kb(size: int, billed: int) -> None:
    assert firehose_bytes(size) == billed


@pytest.mark.parametrize(
    ("size", "requests"), [(0, 1), (512 * 1024, 1), (512 * 1024 + 1, 2), (1_500 * 1024, 3)]
)
def test_a_request_is_metered_in_steps_of_512_kb(size: int, requests: int) -> None:
    assert http_api_requests(size) == requests


def test_a_query_is_billed_for_10_mb_at_least_unless_it_read_nothing() -> None:
    assert athena_bytes(0) == 0
    assert athena_bytes(1) == 10_000_000
    assert athena_bytes(10_000_001) == 10_000_001


def test_a_job_run_is_billed_by_the_second_from_a_minute_on() -> None:
    # AWS Glue pricing, first example: 6 DPUs for 15 minutes are 1.5 DPU-hours.
    assert dpu_hours("G.1X", 6, 15 * 60) == Decimal("1.5")
    assert dpu_hours("G.2X", 3, 15 * 60) == Decimal("1.5")
    assert dpu_hours("G.1X", 2, 3) == dpu_hours("G.1X", 2, 60) == Decimal(120) / 3600
    assert dpu_hours("G.1X", 2, 60.2) == Decimal(122) / 3600


def test_what_aws_has_measured_is_taken_as_it_is():
    assert measured_dpu_hours(386.0) == Decimal("386.0") / 3600


def test_a_short_query_of_redshift_is_billed_for_a_minute() -> None:
    assert rpu_hours(8, [_span(0, 2)]) == Decimal(8 * 60) / 3600


def test_what_falls_into_a_paid_minute_is_not_billed_again() -> None:
    assert rpu_hours(8, [_span(0, 2), _span(30, 40)]) == Decimal(8 * 60) / 3600
    assert rpu_hours(8, [_span(0, 2), _span(50, 70)]) == Decimal(8 * 70) / 3600


def test_work_after_a_pause_begins_a_new_minute() -> None:
    assert rpu_hours(8, [_span(100, 101), _span(0, 90)]) == Decimal(8 * 150) / 3600


def test_spans_may_contain_each_other() -> None:
    assert rpu_hours(8, [_span(0, 100), _span(10, 20)]) == Decimal(8 * 100) / 3600


def test_an_item_that_grows_is_billed_by_its_whole_size_each_time() -> None:
    # 100 + 1,000 bytes are two units, 2,100 three, 3,100 four.
    assert write_units_of_growing_item(3, base_bytes=100, growth_bytes=1_000) == 2 + 3 + 4


def test_an_item_stops_growing_at_400_kb() -> None:
    assert write_units_of_growing_item(2, base_bytes=400 * 1024, growth_bytes=9_999) == 800
