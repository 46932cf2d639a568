"""docs/least-privilege.md: which action each policy needs, and why it has the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.infra.infra_files import CHECKOUT
from tests.least_privilege.evaluation import needed_by
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.reasons import reason_of
from tests.least_privilege.requests import Policies, Request, read_recorded
from tests.least_privilege.runs import read_runs

PAGE = CHECKOUT / "docs" / "least-privilege.md"

Needs = Mapping[Grant, Mapping[str, Request]]

_HEAD = """# Least privilege

Every action that a policy of this project grants, and why. The local cloud holds each role to its
policies, as AWS does: functions and Glue jobs run with credentials of their roles; Firehose, Step
Functions, EventBridge Scheduler and Redshift's COPY ask theirs before they act; an HTTP API asks
the function's own policy. `ETL_IAM=off etl up` starts a cloud that holds nobody to anything.

What the roles ask for was recorded while a deployment lived through a first run with rejected
records, questions to the history API, a publish that died twice and the run that recovered, a run
stopped in its first job, a replay, a rebuild, a compaction, a schedule's start and a run with
nothing to do. An action is needed if without it one of those requests is refused. What is not
needed there is here with the reason why AWS asks for it all the same, or is not granted.

`make least-privilege` records anew and writes this page. `make test` takes each needed action out
of the deployed policy and makes the request: it has to be refused, and to pass with the policy as
it is; and it holds all that the end-to-end tests do against the recording.

"""
_NEEDED = "| statement | action | needed by |\n| --- | --- | --- |\n"
_EXPLAINED = """
## Needed by no recorded request

| role or policy | statement | action | why it is there |
| --- | --- | --- | --- |
"""
_RUNS = """
## Runs that were deprived

Whole executions on the recorded deployment, each without one action, and the first request that
was refused for want of it. Afterwards the same run succeeded with the policies as they are.

| without | the execution | was refused |
| --- | --- | --- |
"""


def page(policies: Policies) -> str:
    """Return the page's text."""
    recorded = sorted(read_recorded())
    needs = {grant: needed_by(grant, policies, recorded) for grant in grants()}
    return "".join((_HEAD, _tally(needs, recorded), *_needed(needs), *_explained(needs), *_runs()))


def _tally(needs: Needs, recorded: list[Request]) -> str:
    needed = sum(bool(found) for found in needs.values())
    holders = len({grant.holder for grant in needs})
    return (
        f"{len(needs)} actions in {holders} roles and policies: {needed} needed by one of "
        f"{len(recorded)} recorded requests, {len(needs) - needed} by none, each with its reason.\n"
    )


def _needed(needs: Needs) -> Iterator[str]:
    for template, holder in dict.fromkeys((grant.template, grant.holder) for grant in needs):
        rows = [
            f"| {grant.sid} | `{grant.action}` | {', '.join(sorted(found))} |\n"
            for grant, found in needs.items()
            if found and (grant.template, grant.holder) == (template, holder)
        ]
        if rows:
            yield f"\n## {holder} ({template}.yaml)\n\n{_NEEDED}"
            yield from rows


def _explained(needs: Needs) -> Iterator[str]:
    yield _EXPLAINED
    for grant, found in needs.items():
        if not found:
            why = reason_of(grant) or "?"
            yield f"| {grant.holder} | {grant.sid} | `{grant.action}` | {why} |\n"


def _runs() -> Iterator[str]:
    yield _RUNS
    for run in read_runs():
        yield f"| `{run.grant}` | {run.status} | {run.refused} |\n"
