"""Lambda's REPORT lines."""

from __future__ import annotations

from decimal import Decimal

from cli.cost.function_logs import LogUse, count_use

# A line as Lambda writes it: AWS Lambda developer guide, REPORT.
_REPORT = (
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 1.51 ms\t"
    "Billed Duration: 200 ms\tMemory Size: 512 MB\tMax Memory Used: 97 MB\t"
    "Init Duration: 401.11 ms\n"
)


def test_reports_are_counted_and_their_seconds_weighed_with_memory() -> None:
    used = count_use(["START RequestId: 1\n", _REPORT, "END\n", _REPORT])

    assert used.invocations == 2
    assert used.gb_seconds == Decimal("0.2")  # twice 0.2 s of half a GB


def test_every_event_has_an_overhead_of_26_bytes() -> None:
    assert count_use(["abc", "é"]).log_bytes == 3 + 26 + 2 + 26


def test_a_share_is_the_average_of_what_was_found() -> None:
    used = LogUse(invocations=4, gb_seconds=Decimal(2), log_bytes=400)

    assert used.share(2) == LogUse(2, Decimal(1), 200)
    assert LogUse().share(5) == LogUse()
