"""The authorisation requests that were recorded, without what differs from run to run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.iam.decisions import Decision

RECORDED = Path(__file__).with_name("recorded.jsonl")
RECORD_ANEW = (
    "What the roles ask for, or what the policies grant, is not what was recorded. Record it anew "
    "with `make least-privilege` (some minutes) and commit what it writes: recorded.jsonl and "
    "recorded_runs.json of tests/least_privilege, and docs/least-privilege.md."
)

# In policies too: a workgroup's ARN ends in one.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CHANGING = (
    (re.compile(r"(:execution:[\w-]+:).+"), r"\1RUN"),
    (re.compile(r"(staging/warehouse/)[^/]+"), r"\1RUN"),
    (re.compile(r"(?:attempt|task)_\d{14,}[\d_mr]+"), "ATTEMPT"),
    (re.compile(r"AROA[0-9A-F]+:[\w-]+"), "SESSION"),
    (re.compile(r"(secret:redshift!.+-)\w{6}$"), r"\1AAAAAA"),
    (re.compile(r"(log-stream:).+"), r"\1STREAM"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"ingest_hour=\d\d"), "ingest_hour=HH"),
    (re.compile(r"invoice_ts_month=[\w-]+"), "invoice_ts_month=MONTH"),
)

# S3A looks whether a parent of the folder that it makes is a file, and takes a refusal for no.
_REFUSED_AND_HARMLESS = {
    ("PublishRole", "s3:GetObject", "arn:aws:s3:::etl-local-lake-000000000000-us-east-1/OBJECT")
}


@dataclass(frozen=True, order=True)
class Request:
    """One request of a role.

    Attributes
    ----------
    role : logical id.
    context : condition keys as JSON.
    """

    role: str
    action: str
    resource: str
    context: str = "{}"


def without_uuids(text: str) -> str:
    """Return a text with what is made up at a deployment replaced."""
    return _UUID.sub("UUID", text)


def constant(text: str) -> str:
    """Return a value of a request with what differs from run to run replaced."""
    text = without_uuids(text)
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return text


def logical_id(physical_name: str) -> str:
    """Return the logical id in a name that CloudFormation made: `stack-LogicalId-SUFFIX`."""
    return physical_name.rsplit("/", 1)[-1].split("-")[-2]


def normalised(decisions: Iterable[Decision]) -> set[Request]:
    """Return the distinct requests: of S3 objects one for each folder."""
    requests = set()
    for decision in decisions:
        resource = constant(decision.resource)
        if decision.action.startswith("s3:") and "/" in resource:
            folder, _, name = resource.rpartition("/")
            resource = f"{folder}/{name if name == 'batch.json' else 'OBJECT'}"
        context = json.dumps(_context(decision), sort_keys=True)
        requests.add(Request(logical_id(decision.principal), decision.action, resource, context))
    return requests


def _context(decision: Decision) -> dict[str, Any]:
    """Return a request's condition keys; the ledger's items are named after runs."""
    if decision.resource.endswith("-run-ledger") and "dynamodb:LeadingKeys" in decision.context:
        return {**decision.context, "dynamodb:LeadingKeys": ["RUN"]}
    return {
        key: constant(value) if isinstance(value, str) else value
        for key, value in decision.context.items()
    }


def refused_to_roles(decisions: Iterable[Decision]) -> list[Request]:
    """Return what roles were refused, but for what does no harm."""
    refused = normalised(each for each in decisions if not each.allowed)
    return sorted(
        each
        for each in refused
        if (each.role, each.action, each.resource) not in _REFUSED_AND_HARMLESS
    )


def read_recorded() -> list[Request]:
    """Return the requests of the recorded run."""
    return [Request(**json.loads(line)) for line in RECORDED.read_text().splitlines()]


def write_recorded(requests: Iterable[Request]) -> None:
    """Keep the requests of a run as the recorded ones."""
    lines = [json.dumps(request.__dict__) for request in sorted(requests)]
    RECORDED.write_text("\n".join(lines) + "\n")


Policies = dict[str, dict[str, dict[str, Any]]]
"""By role, by holder (the role itself or a managed policy): the policy document."""
