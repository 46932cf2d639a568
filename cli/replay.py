"""`etl replay`: has the pipeline derive raw objects anew, replacing what it made of them before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cli import console
from cli.errors import CliError
from cli.raw_audit import audit_raw, has_lines
from cli.raw_objects import list_raw_objects
from cli.run.command import run_pipeline
from cli.target import Target
from contracts.raw_zone import RawObject
from contracts.replay import HourRange, covered, ranges_over

# An execution's input holds 256 KiB; a few ranges name scattered objects well enough.
_MOST_RANGES = 100


@dataclass(frozen=True)
class ReplayPlan:
    """What a replay would do.

    Attributes
    ----------
    ranges : ingest hours; none where there is nothing to replay.
    objects : the raw objects that were landed in them.
    """

    ranges: list[HourRange]
    objects: list[RawObject]

    @property
    def question(self) -> str:
        """What a person agrees to."""
        many = len(self.objects)
        objects = f"{many:,} raw object{'' if many == 1 else 's'}"
        size = console.size(sum(raw.size for raw in self.objects))
        hours = f"{self.ranges[0].first} to {self.ranges[-1].last}"
        parts = f" in {len(self.ranges)} parts" if len(self.ranges) > 1 else ""
        return (
            f"Derive {objects} ({size}), landed from {hours} UTC{parts}, anew, "
            "and replace what was derived from them before?"
        )


def plan_range(target: Target, since: str, until: str) -> ReplayPlan:
    """Return the plan to replay the ingest hours from `since` to `until`, both included.

    Raises
    ------
    CliError : one of them is neither a date nor an hour, or they are in the wrong order.
    """
    hours = HourRange(_hour("--from", since, of_a_date="00"), _hour("--to", until, of_a_date="23"))
    if hours.first > hours.last:
        raise CliError(f"--from {since} is later than --to {until}")
    objects = covered(_listed(target), [hours])
    return ReplayPlan([hours] if objects else [], objects)


def plan_unprocessed(target: Target) -> ReplayPlan:
    """Return the plan to replay the hours of the objects that no run has processed."""
    unprocessed = [raw for raw in audit_raw(target).unprocessed if has_lines(target, raw)]
    ranges = ranges_over(unprocessed, _MOST_RANGES)
    return ReplayPlan(ranges, covered(_listed(target), ranges) if ranges else [])


def replay(target: Target, plan: ReplayPlan, *, follow: bool = True) -> None:
    """Start an execution that replays; what the bookmark has not read stays for `etl run`.

    Raises
    ------
    RunFailed : as `run_pipeline`. A replay that died half done is completed by the next execution,
        whichever it is; before its first commit it has changed nothing.
    """
    ranges = [{"from": each.first, "to": each.last} for each in plan.ranges]
    run_pipeline(target, follow=follow, order={"replay": ranges})


def _listed(target: Target) -> list[RawObject]:
    return list(list_raw_objects(target.client("s3"), target.output("LakeBucket")))


def _hour(option: str, text: str, of_a_date: str) -> str:
    for form, hour in (("%Y-%m-%d", of_a_date), ("%Y-%m-%dT%H", ""), ("%Y-%m-%d %H", "")):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return f"{moment:%Y-%m-%d}T{hour or f'{moment:%H}'}"
    raise CliError(
        f"{option} takes a date or an hour in UTC, such as 2026-11-20 or 2026-11-20T05, not {text}"
    )
