"""docs/least-privilege.md: which action each policy needs, and why it has the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.infra.infra_files import CHECKOUT
from tests.least_privilege.evaluation import needed_by
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.reasons import reason_of
from tests.least_privilege.requests import Policies, Request

PAGE = CHECKOUT / "docs" / "least-privilege.md"
# `make least-privilege` sets it: what the tests compare is recorded and written anew.
WRITES = "ETL_WRITE_LEAST_PRIVILEGE"

_TABLE = "| statement | action | needed by | or why it is there |\n| --- | --- | --- | --- |\n"
_HEAD = """# Least privilege

Every action that a policy of this project grants, and why. The local cloud holds each role to its
policies, as AWS does. Whole runs were recorded there (a first run, repeated and corrected files, a
run that is stopped in its first job, a replay, compaction, both APIs). An action is needed if
without it at least one of the recorded requests is refused. What only real AWS needs is listed with
the reason.

Made by `make least-privilege`, which records a run anew. `make test` removes each needed action
from the deployed role and makes the call: it has to be refused, and to pass with the policy as it
is.

"""


def page(policies: Policies, requests: Iterable[Request]) -> str:
    """Return the page's text."""
    asked = sorted(requests)
    needs = {grant: needed_by(grant, policies, asked) for grant in grants()}
    tally = Counter("needed" if found else "not needed" for found in needs.values())
    parts = [
        _HEAD,
        f"{len(needs)} actions: {tally['needed']} needed, {tally['not needed']} for AWS alone.\n",
    ]
    for template, holder in dict.fromkeys((grant.template, grant.holder) for grant in needs):
        parts.append(f"\n## {holder} ({template}.yaml)\n\n")
        parts.append(_TABLE)
        parts += [
            _row(grant, needs[grant])
            for grant in needs
            if (grant.template, grant.holder) == (template, holder)
        ]
    return "".join(parts)


def _row(grant: Grant, needed: dict[str, Request]) -> str:
    roles = ", ".join(sorted(needed))
    reason = "" if needed else reason_of(grant) or "?"
    return f"| {grant.sid} | `{grant.action}` | {roles} | {reason} |\n"
