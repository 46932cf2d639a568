"""Whole runs without an action that they need: they fail, and their ledger says of what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.e2e.broken_records import GOOD
from tests.e2e.conftest import Pipeline
from tests.least_privilege.deployment import Deployment
from tests.least_privilege.grants import grants
from tests.least_privilege.requests import constant
from tests.least_privilege.scenario import execute

RECORDED_RUNS = Path(__file__).with_name("recorded_runs.json")

# Role that runs, and what it is deprived of: of an execution, of its jobs, of a function that it
# calls. Each is asked for late enough for the run to have begun, and early enough to be short.
DEPRIVED = (
    ("RetailEtlRole", "RetailEtlRole.RunJobs.glue:StartJobRun"),
    ("CleanseRole", "CleanseRole.ReadRawObjects.s3:GetObject"),
    ("CleanseRole", "LakeWriterPolicy.ChangeTables.glue:UpdateTable"),
    ("PublishRole", "PublishRole.WriteLookups.dynamodb:BatchWriteItem"),
)
_REFUSED = re.compile(r"not authorized to perform: (\S+) on resource: \\*\"?([^\s\"\\]+)")


@dataclass(frozen=True)
class DeadRun:
    """What became of a run without an action.

    Attributes
    ----------
    grant : which action of which statement it lacked.
    status : of the execution.
    refused : action and resource that its ledger names.
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
            run = f"deprived-{number}"
            status = execute(pipeline, run)["status"]
        cause = str(pipeline.ledger(run)["execution"].get("cause"))
        found = _REFUSED.search(cause)
        assert found, f"{name}: {status}, {cause}"
        died.append(DeadRun(name, status, constant(f"{found[1]} on {found[2]}")))
    say("the same run with the whole policies")
    assert pipeline.run()["execution"]["status"] == "SUCCEEDED"
    return died


def read_runs() -> list[DeadRun]:
    """Return what the recording saw."""
    return [DeadRun(**each) for each in json.loads(RECORDED_RUNS.read_text())]


def write_runs(died: list[DeadRun]) -> None:
    """Keep what the recording saw."""
    RECORDED_RUNS.write_text(json.dumps([asdict(each) for each in died], indent=1) + "\n")
