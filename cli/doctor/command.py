"""The order in which the parts are asked, and what a person sees of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cli import console
from cli.doctor.checks import Examination
from cli.doctor.probe import INVOICE, new_probe
from cli.failures import describe
from cli.target import Target

OK, FAILED, NOT_ASKED = "ok", "FAILED", "not asked"
PAGE = "docs/runbooks.md"


@dataclass(frozen=True)
class Check:
    """One part of a deployment.

    Attributes
    ----------
    part : its name.
    ask : returns what was seen, or raises what is wrong.
    look_at : entry of the runbooks.
    needs : part without which it cannot be asked.
    """

    part: str
    ask: Callable[[], str]
    look_at: str
    needs: str | None = None


@dataclass(frozen=True)
class Finding:
    """What came of asking a part."""

    part: str
    result: str
    seconds: float
    says: str
    look_at: str


def checks_of(examination: Examination) -> list[Check]:
    """Return the parts in the order in which events pass through them."""
    stack = "stack"
    return [
        Check(stack, examination.stack, "A deployment failed"),
        Check("ingest API", examination.ingest_api, "The API answers 429 or 503", stack),
        Check("raw zone", examination.raw, "Firehose does not deliver", "ingest API"),
        Check("execution", examination.execution, "States", stack),
        Check("lake", examination.lake, "Data is late", stack),
        Check("lookups", examination.lookups, "Lost or damaged lookups", stack),
        Check("warehouse", examination.warehouse, "A lost or damaged warehouse", stack),
        Check("agreement", examination.agreement, "`reconcile` finds a difference", "raw zone"),
    ]


def ask_all(checks: list[Check], tell: Callable[[Finding], None]) -> list[Finding]:
    """Ask each part whose need is met, and tell of each at once: one failure hides no other."""
    findings: list[Finding] = []
    for check in checks:
        results = {each.part: each.result for each in findings}
        if check.needs and results[check.needs] != OK:
            finding = Finding(check.part, NOT_ASKED, 0.0, f"it needs: {check.needs}", "")
        else:
            finding = _ask(check)
        findings.append(finding)
        tell(finding)
    return findings


def print_examination(
    target: Target, *, token: str | None, arrival_seconds: float, as_json: bool
) -> bool:
    """Send marked events through the deployment; return whether every part is well."""
    probe = new_probe(datetime.now(UTC))
    checks = checks_of(Examination(target, probe, token, arrival_seconds))
    with console.err().status("asking") as spinner:

        def tell(finding: Finding) -> None:
            if not as_json:
                console.out().print(_line(finding), markup=False, soft_wrap=True)
            left = [each.part for each in checks[checks.index(_named(checks, finding.part)) + 1 :]]
            spinner.update(left[0] if left else "done")

        findings = ask_all(checks, tell)
    well = all(finding.result == OK for finding in findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        console.print_json({"mark": probe.mark, "well": well, "parts": found})
        return well
    console.out().print(_conclusion(findings), markup=False, soft_wrap=True)
    return well


def _ask(check: Check) -> Finding:
    started = time.monotonic()
    try:
        result, says = OK, check.ask()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one part is its finding
        result, says = FAILED, describe(error)
    look_at = "" if result == OK else f"{PAGE}, {check.look_at}"
    return Finding(check.part, result, time.monotonic() - started, says, look_at)


def _named(checks: list[Check], part: str) -> Check:
    return next(each for each in checks if each.part == part)


def _line(finding: Finding) -> str:
    took = console.seconds(finding.seconds)
    line = f"{finding.result:<10}{finding.part:<12}{took:>12}  {finding.says}"
    return f"{line}\n{'':<36}look at: {finding.look_at}" if finding.look_at else line


def _conclusion(findings: list[Finding]) -> str:
    failed = [each.part for each in findings if each.result != OK]
    if failed:
        return f"not well: {', '.join(failed)}"
    return (
        f"every part is well; what stays are {INVOICE}'s three lines of price 0, which no figure "
        "of sales counts and the next check replaces"
    )
