"""Whole runs without an action that they need: they fail for want of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_aws.iam.decisions import read_decisions
from tests.e2e.broken_records import GOOD
from tests.e2e.conftest import Pipeline
from tests.least_privilege.deployment import Deployment
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.requests import constant, logical_id
from tests.least_privilege.scenario import execute

RECORDED_RUNS = Path(__file__).with_name("recorded_runs.json")

# The role that is refused, and what it is deprived of: by turns the state machine's own call, and
# calls of its jobs to S3, the catalog and DynamoDB, in the order in which a run gets to them.
DEPRIVED = (
    ("RetailEtlRole", "RetailEtlRole.RunJobs.glue:StartJobRun"),
    ("CleanseRole", "CleanseRole.ReadRawObjects.s3:GetObject"),
    ("CleanseRole", "LakeWriterPolicy.ChangeTables.glue:UpdateTable"),
    ("PublishRole", "PublishRole.WriteLookups.dynamodb:BatchWriteItem"),
)
# What the engines' clients make of a refusal; S3's answer to a HEAD has no text.
_DENIED = re.compile("not authorized to perform|AccessDenied|Forbidden")


@dataclass(frozen=True)
class DeadRun:
    """What became of a run without an action.

    Attributes
    ----------
    grant : which action of which statement it lacked.
    status : of the execution.
    refused : what the role was refused: action and resource.
    """

    grant: str
    status: str
    refused: str


def run_without_actions(pipeline: Pipeline, say: Callable[[str], None]) -> list[DeadRun]:
    """Let a run fail for want of each action; then let one succeed with the whole policies."""
    cloud = Deployment(pipeline.endpoint, pipeline.outputs)
    by_name = {str(grant): grant for grant in grants()}
    pipeline.put_raw("pending.json", json.dumps({**GOOD, "InvoiceNo": "790001"}).encode() + b"\n")
    died = []
    for number, (role, name) in enumerate(DEPRIVED):
        say(f"a run without {name}")
        with cloud.cut(by_name[name], role):
            ended = execute(pipeline, f"deprived-{number}")
        assert _DENIED.search(_told(pipeline, ended)), f"{name}: {ended}"
        died.append(DeadRun(name, ended["status"], _refused(pipeline, role, by_name[name])))
    say("the same run with the whole policies")
    assert pipeline.run()["execution"]["status"] == "SUCCEEDED"
    return died


def _told(pipeline: Pipeline, ended: Mapping[str, Any]) -> str:
    """Return an execution's cause, with the log of the job run that it names: Glue cuts a cause."""
    cause = str(ended.get("cause"))
    run = re.search("jr_[0-9a-f]+", cause)
    log = pipeline.state_dir / "logs" / "glue" / f"{run[0]}.log" if run else None
    return cause + (log.read_text(errors="replace") if log else "")


def _refused(pipeline: Pipeline, role: str, grant: Grant) -> str:
    """Return the first request of a role that was refused for want of a grant."""
    first = next(
        each
        for each in read_decisions(pipeline.state_dir)
        if not each.allowed and each.action == grant.action and logical_id(each.principal) == role
    )
    return constant(f"{first.action} on {first.resource}")


def read_runs() -> list[DeadRun]:
    """Return what the recording saw."""
    return [DeadRun(**each) for each in json.loads(RECORDED_RUNS.read_text())]


def write_runs(died: list[DeadRun]) -> None:
    """Keep what the recording saw."""
    RECORDED_RUNS.write_text(json.dumps([asdict(each) for each in died], indent=1) + "\n")
