"""Each part is asked once; a failure names what to look at and hides no other part's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.doctor import command
from cli.doctor.checks import Examination
from cli.doctor.command import FAILED, NOT_ASKED, OK, Check, ask_all, checks_of
from cli.doctor.probe import Line, Probe
from cli.errors import CliError

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks.md"
ANYTHING: Any = None


def examination(*, has_arrived: bool = True) -> Examination:
    return Examination(ANYTHING, Probe("x"), None, 1, has_arrived=has_arrived)


def rows(probe: Probe, **changes: Any) -> list[dict[str, Any]]:
    """Return a store's answer with the probe's lines, as query results have it."""
    return [
        {
            "invoice_line": number,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": "0.0000",
            "line_amount": "0.0000",
            "transaction_type": "zero_price",
            **changes,
        }
        for number, line in probe.lines().items()
    ]


def fails() -> str:
    raise CliError("the door is shut")


def test_every_part_is_asked_and_told_of_in_order() -> None:
    told: list[str] = []
    checks = [Check("a", lambda: "seen", "A"), Check("b", lambda: "seen too", "B", "a")]

    findings = ask_all(checks, lambda finding: told.append(finding.part))

    assert told == ["a", "b"]
    assert [(each.result, each.says) for each in findings] == [(OK, "seen"), (OK, "seen too")]
    assert {each.look_at for each in findings} == {""}


def test_a_failure_says_what_is_wrong_and_where_to_look() -> None:
    (finding,) = ask_all([Check("a", fails, "The door")], lambda _: None)

    assert finding.result == FAILED
    assert finding.says == "the door is shut"
    assert finding.look_at == "docs/runbooks.md, The door"


def test_what_needs_a_failed_part_is_not_asked_and_all_else_is() -> None:
    checks = [
        Check("a", lambda: "seen", "A"),
        Check("b", fails, "B", "a"),
        Check("c", lambda: "seen", "C", "b"),
        Check("d", lambda: "seen", "D", "a"),
    ]

    findings = ask_all(checks, lambda _: None)

    assert [each.result for each in findings] == [OK, FAILED, NOT_ASKED, OK]


def test_an_error_that_nobody_thought_of_is_a_finding_too() -> None:
    def breaks() -> str:
        raise KeyError("outcome")

    (finding,) = ask_all([Check("a", breaks, "A")], lambda _: None)

    assert finding.result == FAILED
    assert finding.says.startswith("KeyError")


@pytest.mark.parametrize("check", checks_of(examination()), ids=lambda check: check.part)
def test_where_to_look_is_an_entry_of_the_runbooks(check: Check) -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOKS.read_text("utf-8"), flags=re.MULTILINE)

    assert check.look_at in headings


def test_a_part_needs_only_what_was_asked_before() -> None:
    checks = checks_of(examination())
    parts = [each.part for each in checks]

    for place, each in enumerate(checks):
        assert each.needs is None or each.needs in parts[:place]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        rows(Probe("another")),
        rows(Probe("x"))[:2],
        rows(Probe("x"), quantity=9),
        rows(Probe("x"), line_amount="1.0000"),
    ],
    ids=["nothing", "of another check", "two of three", "quantity", "amount"],
)
def test_a_store_that_shows_anything_else_is_not_well(answer: list[dict[str, Any]]) -> None:
    with pytest.raises(CliError, match="not there as they were sent"):
        examination()._note("lake", answer)


def test_a_store_need_not_show_what_has_not_arrived() -> None:
    asked = examination(has_arrived=False)

    asked._note("lake", rows(Probe("another")))

    assert asked.seen["lake"]


def test_stores_agree_only_when_each_shows_what_was_sent() -> None:
    asked = examination()
    for store in ("lake", "lookups"):
        asked._note(store, rows(asked.probe))

    with pytest.raises(CliError, match="not asked: warehouse"):
        asked.agreement()

    asked._note("warehouse", rows(asked.probe))
    assert "none of it is a sale" in asked.agreement()


def test_events_that_would_count_as_sales_are_not_well() -> None:
    asked = examination()
    for store in ("lake", "lookups", "warehouse"):
        asked._note(store, rows(asked.probe, transaction_type="sale"))

    with pytest.raises(CliError, match="sale"):
        asked.agreement()


def test_json_tells_of_every_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [Check("a", lambda: "seen", "A"), Check("b", fails, "B", "a")]
    monkeypatch.setattr(command, "checks_of", lambda _: checks)

    well = command.print_examination(ANYTHING, token=None, arrival_seconds=1, as_json=True)

    printed = json.loads(capsys.readouterr().out)
    assert well is False
    assert printed["well"] is False
    assert [(each["part"], each["result"]) for each in printed["parts"]] == [
        ("a", OK),
        ("b", FAILED),
    ]


def test_a_line_is_compared_by_value_not_by_writing() -> None:
    asked = examination()

    asked._note("lookups", rows(asked.probe, unit_price="0", line_amount="0.00"))

    assert isinstance(asked.seen["lookups"][1], Line)
