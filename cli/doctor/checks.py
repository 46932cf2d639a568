"""What is asked of each part of a deployment, and how to read its answer.

Each function returns what was seen, in a few words, and raises `CliError` when that is not what
should be there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from cli import warehouse
from cli.api_authorization import history_auth, ingest_auth
from cli.athena import query, quoted
from cli.doctor.probe import INVOICE, TYPE, Line, Probe
from cli.errors import CliError
from cli.history import HistoryApi
from cli.run.command import read_cause
from cli.send.arrival import Arrival, wait_for_arrival
from cli.send.ingest_api import IngestApi, RetryPolicy
from cli.target import Target

_REQUEST_SECONDS = 60.0
_FEW_ATTEMPTS = RetryPolicy(attempts=4)  # an API that needs more is not well
_PAUSE_LOCAL, _PAUSE_AWS = 0.25, 2.0
_SETTLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_TRANSACTIONS = f"""
SELECT invoice_line, description, quantity, unit_price, line_amount, transaction_type
FROM transactions WHERE invoice_no = {quoted(INVOICE)}
"""  # noqa: S608 - a constant
_CLEANSED = "SELECT count(*) FROM cleansed WHERE description = "
_FACT_SALES = """
SELECT invoice_line, description, quantity, unit_price, line_amount, transaction_type
FROM retail.fact_sales WHERE invoice_no = :invoice
"""


@dataclass
class Examination:
    """One check of one deployment.

    Attributes
    ----------
    token : bearer token, where the APIs demand one.
    arrival_seconds : how long raw/ may take.
    taken : records that the API took, by request id.
    has_arrived : whether raw/ holds them, so that the stores must come to show them.
    seen : the probe's lines by the store that showed them.
    types : transaction types that lake and warehouse gave them.
    """

    target: Target
    probe: Probe
    token: str | None
    arrival_seconds: float
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    taken: dict[str, int] = field(default_factory=dict)
    has_arrived: bool = False
    seen: dict[str, dict[int, Line]] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)

    def stack(self) -> str:
        """Ask CloudFormation whether the stack is at rest, with all its parts."""
        name = self.target.settings.stack_name
        outputs = self.target.outputs  # raises when there is no such stack
        stack = self.target.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] not in _SETTLED:
            raise CliError(f"{name} is {stack['StackStatus']}")
        return f"{name} is {stack['StackStatus']}, {len(outputs)} outputs"

    def ingest_api(self) -> str:
        """Send the events."""
        bodies = self.probe.bodies()
        auth = ingest_auth(self.target, self.token)
        with httpx.Client(timeout=_REQUEST_SECONDS, auth=auth) as client:
            api = IngestApi(client, self.target.transactions_url, retries=_FEW_ATTEMPTS)
            outcome = api.send(f"{self.probe.send_id}-1", bodies)
        if outcome.refused:
            raise CliError(f"the API refuses the events: {outcome.refused[0][1]}")
        self.taken.update(outcome.requests)
        return f"{outcome.accepted} events taken, marked {self.probe.mark}"

    def raw(self) -> str:
        """Wait until Firehose has written them to raw/."""
        arrival = Arrival(
            self.target.client("s3"),
            self.target.output("LakeBucket"),
            self.probe.send_id,
            self.taken,
            self.started,
        )
        wait_for_arrival(arrival, self.arrival_seconds)
        self.has_arrived = True
        objects = {each.key for each in arrival.found_in.values()}
        return f"all arrived, in {', '.join(sorted(each.rpartition('/')[2] for each in objects))}"

    def execution(self) -> str:
        """Run the pipeline once."""
        states = self.target.client("stepfunctions")
        name = self.probe.send_id
        arn = states.start_execution(
            stateMachineArn=self.target.output("StateMachineArn"),
            name=name,
            input=json.dumps({"force": False}),
        )["executionArn"]
        pause = _PAUSE_LOCAL if self.target.endpoint else _PAUSE_AWS
        while (ended := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(pause)
        if ended["status"] != "SUCCEEDED":
            cause, _ = read_cause(ended.get("cause", "no cause"))
            raise CliError(f"{name} {ended['status']}: {ended.get('error', 'no error')}: {cause}")
        outcome = json.loads(ended.get("output") or "{}").get("outcome", "SUCCEEDED")
        return f"{name} {outcome}"

    def lake(self) -> str:
        """Ask Athena for them, and whether the tables answer that they pass through."""
        self._note("lake", query(self.target, _TRANSACTIONS).records())
        marked = query(self.target, _CLEANSED + quoted(self.probe.description))
        found = int(marked.rows[0][0] or 0)
        if self.has_arrived and found < len(self.probe.lines()):
            raise CliError(f"cleansed holds {found} of the events")
        query(self.target, "SELECT count(*) FROM quarantine")
        return f"{len(self.seen['lake'])} rows in transactions, {found} in cleansed"

    def lookups(self) -> str:
        """Ask the history API for the invoice."""
        auth = history_auth(self.target, self.token)
        with httpx.Client(timeout=_REQUEST_SECONDS, auth=auth) as client:
            lines = list(HistoryApi(client, self.target.history_url).lines(INVOICE))
        self._note("lookups", [{**line, "invoice_line": line["line"]} for line in lines])
        return f"invoice {INVOICE} with {len(lines)} lines"

    def warehouse(self) -> str:
        """Ask Redshift for them."""
        found = warehouse.query(self.target, _FACT_SALES, invoice=INVOICE)
        self._note("warehouse", found.records())
        return f"{len(self.seen['warehouse'])} rows in retail.fact_sales"

    def agreement(self) -> str:
        """Compare what the stores showed with what was sent, and that none of it is a sale."""
        wanted = self.probe.lines()
        different = [store for store, lines in self.seen.items() if lines != wanted]
        missing = {"lake", "lookups", "warehouse"} - self.seen.keys()
        if different or missing:
            stores = ", ".join(sorted([*different, *missing]))
            raise CliError(f"not as sent, or not asked: {stores}")
        if self.types != {TYPE}:
            raise CliError(f"the events count as {', '.join(sorted(self.types))}, not as {TYPE}")
        return "lake, lookups and warehouse hold what was sent; none of it is a sale"

    def _note(self, store: str, rows: list[dict[str, Any]]) -> None:
        """Keep what a store showed; raise if it is not what has arrived."""
        self.seen[store] = {int(row["invoice_line"]): _line(row) for row in rows}
        self.types |= {str(row["transaction_type"]) for row in rows if "transaction_type" in row}
        if self.has_arrived and self.seen[store] != self.probe.lines():
            marks = sorted({line.description for line in self.seen[store].values()})
            raise CliError(
                f"the events are not there as they were sent; there is {marks or 'nothing'}"
            )


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        description=str(row["description"]),
        quantity=int(row["quantity"]),
        unit_price=Decimal(str(row["unit_price"])),
        line_amount=Decimal(str(row["line_amount"])),
    )
