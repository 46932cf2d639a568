"""What answers the tasks of a walk: functions, jobs, and a warehouse behind the Data API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.errors import PipelineError
from lambdas.warehouse_load.plan import Ended, plan_load, plan_prepare
from lambdas.warehouse_load.plan_views import STEPS as VIEW_STEPS
from lambdas.warehouse_load.plan_views import plan_views
from loader.warehouse import Batch, migration_statements
from loader.warehouse_views import views_digest
from tests.infra.state_machine_walk import TaskError

SNAPSHOT = 5781947118336215154  # as long as Iceberg's are: floating point does not hold it
LATEST = sum("INTO retail.schema_version" in sql for sql in migration_statements(0))
BATCH = Batch(0, SNAPSHOT, 1, "s3://lake/sales.manifest", "s3://lake/invoices.manifest")


@dataclass
class Warehouse:
    """Redshift as the state machine sees it; what is run is planned by the real function.

    Attributes
    ----------
    version, position : of schema and load.
    views : digest of the views that are there.
    batch : what the run has staged for it; None for nothing.
    looks : for a step, the statuses that it shows one after the other; FINISHED if not named.
    """

    version: int = LATEST
    position: int = 0
    views: str = field(default_factory=views_digest)
    batch: Batch | None = BATCH
    looks: dict[str, list[str]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def plan(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Answer as the warehouse-load function, which keeps nothing between its calls."""
        try:
            return self._planned(json.loads(json.dumps(payload)))
        except PipelineError as error:  # as Lambda tells it
            raise TaskError(type(error).__name__, str(error)) from error

    def _planned(self, event: dict[str, Any]) -> dict[str, Any]:
        ended = Ended(**event["ended"]) if event["ended"] else None
        if event["phase"] == "prepare":
            return plan_prepare(event["run_id"], ended)
        if self.batch is None:
            return {"done": True}
        if ended is None or ended.step not in VIEW_STEPS:
            role = "arn:aws:iam::1:role/copy"
            planned = plan_load(event["run_id"], ended, self.batch, role)
            if ended is None or not planned["done"]:
                return planned
        return plan_views(event["run_id"], ended, self.batch.end)

    def execute(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Take a batch of statements."""
        self.steps.append(arguments["StatementName"].rpartition(" ")[2])
        self.tokens.append(arguments["ClientToken"])
        return {"Id": f"statement-{len(self.steps)}"}

    def describe(self) -> dict[str, Any]:
        """Tell how the last batch is; what it did shows when it is FINISHED."""
        step = self.steps[-1]
        shown = self.looks.get(step)
        status = (shown.pop(0) if len(shown) > 1 else shown[0]) if shown else "FINISHED"
        if status == "FINISHED" and step == "migrate":
            self.version = LATEST
        if status == "FINISHED" and step == "views":
            self.views = views_digest()
        if status == "FINISHED" and step == "load" and self.batch:
            self.position = self.batch.end
        if status in {"SUBMITTED", "PICKED"}:
            return {"Status": status}
        parts = [{"Id": f"statement-{len(self.steps)}:{number}"} for number in (1, 2)]
        error = {"Error": f"ERROR: {step} broke"} if status in {"FAILED", "ABORTED"} else {}
        return {"Status": status, "SubStatements": parts, **error}

    def fetch(self) -> dict[str, Any]:
        """Return the rows of a look, with the names as Step Functions writes them."""
        if self.steps[-1] == "look":
            return {"Records": [[{"StringValue": self.views}]], "TotalNumRows": 1}
        row = [{"LongValue": self.version}, {"StringValue": str(self.position)}]
        return {"Records": [row], "TotalNumRows": 1}


class Cloud:
    """Answers the tasks of a walk; `pending` are stages, `failing` maps a state to its error."""

    def __init__(
        self,
        pending: Sequence[str] = ("cleanse", "partition", "publish"),
        warehouse: Warehouse | None = None,
        **failing: TaskError,
    ) -> None:
        self.failing = failing
        self.warehouse = warehouse or Warehouse()
        self.work = {
            "pending": bool(pending),
            "cleanse": {"pending": "cleanse" in pending, "objects": 1, "bytes": 9},
            "partition": {"pending": "partition" in pending},
            "publish": {"pending": "publish" in pending},
        }

    def __call__(self, state: str, arguments: Any) -> Any:
        if state in self.failing:
            raise self.failing[state]
        if "JobName" in arguments:
            return {"Id": "jr_1", "JobRunState": "SUCCEEDED"}
        answers = {
            "FindPendingWork": lambda: {"Payload": self.work},
            "FindUnpublished": lambda: {"Payload": {"publish": self.work["publish"]}},
            "PlanSql": lambda: {"Payload": self.warehouse.plan(arguments["Payload"])},
            "ExecuteSql": lambda: self.warehouse.execute(arguments),
            "DescribeSql": self.warehouse.describe,
            "FetchSql": self.warehouse.fetch,
            "CancelSql": lambda: {"Status": True},
        }
        return answers.get(state, dict)()
