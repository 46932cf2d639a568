"""What a run used, from what the services themselves say of it."""

# ruff: noqa: S608 - the queries are of this file; a run's name is quoted

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cli.athena import query, quoted
from cli.cost.bill import Use
from cli.cost.function_logs import LogUse, read_log
from cli.cost.metering import (
    GIB,
    Span,
    athena_bytes,
    dpu_hours,
    measured_dpu_hours,
    rpu_hours,
)
from cli.cost.raw_deliveries import Deliveries, read_deliveries
from cli.cost.row_by_row import Rows
from cli.run.executions import Execution
from cli.run.job_runs import job_runs
from cli.run.steps import Step, read_steps
from cli.target import Target

_JOBS = ("CleanseJob", "PartitionJob", "PublishJob")
_FUNCTIONS = ("run-lock", "pending-work", "warehouse-load")
_WRITTEN = ("warehouse/", "staging/")
_READS_OF_AN_OBJECT = 2  # its size, and its content
_LINE_OVERHEAD = 60  # bytes of a line's numbers, moment and names within an item
_TB = 10**12


def run_uses(target: Target, execution: Execution) -> Iterator[Use]:
    """Yield all that sending the run's transactions and running it used."""
    yield from _sending(target, _raw_objects(target, execution.name))
    yield from _orchestration(target, execution)
    yield from _jobs(target, execution)
    yield from _stores(target, execution)


def run_rows(target: Target, run_id: str) -> Rows:
    """Return the shape of the transactions that the run brought into `cleansed`."""
    sizes = query(
        target,
        "SELECT count(*), coalesce(cast(avg(length(stock_code) "
        "+ coalesce(length(description), 0)) AS bigint), 0) "
        f"FROM cleansed WHERE run_id = {quoted(run_id)}",
    ).rows[0]
    return Rows(
        rows=int(sizes[0] or 0),
        line_bytes=int(sizes[1] or 0) + _LINE_OVERHEAD,
        invoices=_lines_each(target, "invoice_no", run_id),
        customers=_lines_each(target, "customer_id", run_id),
    )


def _lines_each(target: Target, column: str, run_id: str) -> dict[int, int]:
    found = query(
        target,
        f"SELECT lines, count(*) FROM (SELECT {column}, count(*) AS lines FROM cleansed "
        f"WHERE run_id = {quoted(run_id)} AND {column} IS NOT NULL GROUP BY {column}) "
        "GROUP BY lines",
    )
    return {int(lines or 0): int(count or 0) for lines, count in found.rows}


def _raw_objects(target: Target, run_id: str) -> list[str]:
    found = query(
        target,
        f"SELECT DISTINCT raw_object FROM cleansed WHERE run_id = {quoted(run_id)} "
        f"UNION SELECT DISTINCT raw_object FROM quarantine WHERE run_id = {quoted(run_id)}",
    )
    return sorted(str(key) for (key,) in found.rows)


def _sending(target: Target, keys: list[str]) -> Iterator[Use]:
    bucket = target.output("LakeBucket")
    deliveries = read_deliveries(target.client("s3"), bucket, keys)
    yield Use("send", "http_api_request", Decimal(deliveries.metered_requests))
    yield from _lambda("send", _ingest_log(target, deliveries))
    yield Use("send", "firehose_gb", Decimal(deliveries.billed_bytes) / GIB)
    yield Use("send", "s3_put", Decimal(deliveries.objects))
    yield Use("cleanse", "s3_get", Decimal(deliveries.objects * _READS_OF_AN_OBJECT))


def _ingest_log(target: Target, deliveries: Deliveries) -> LogUse:
    """Return what the run's requests used: an average, as others may have come between them."""
    if deliveries.first is None or deliveries.last is None:
        return LogUse()
    end = deliveries.last + timedelta(minutes=1)
    found = read_log(target.client("logs"), _group(target, "ingest"), deliveries.first, end)
    return found.share(len(deliveries.sizes))


def _lambda(part: str, used: LogUse) -> Iterator[Use]:
    yield Use(part, "lambda_request", Decimal(used.invocations))
    yield Use(part, "lambda_gb_second", used.gb_seconds)
    yield Use(part, "logs_gb", Decimal(used.log_bytes) / GIB)


def _orchestration(target: Target, execution: Execution) -> Iterator[Use]:
    yield Use("orchestrate", "state_transition", Decimal(transitions(execution.history)))
    logs = target.client("logs")
    groups = (_group(target, function) for function in _FUNCTIONS)
    read = (read_log(logs, group, execution.started, execution.end) for group in groups)
    yield from _lambda("orchestrate", sum(read, LogUse()))


def transitions(history: Iterable[dict[str, Any]]) -> int:
    """Return the billed transitions: each state entered, and each retry."""
    kinds: list[str] = [event["type"] for event in history]
    tasks = sum(kind == "TaskScheduled" for kind in kinds)
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    return entered + tasks - kinds.count("TaskStateEntered")


def _jobs(target: Target, execution: Execution) -> Iterator[Use]:
    glue = target.client("glue")
    for output in _JOBS:
        stage = output.removesuffix("Job").lower()
        for run in job_runs(glue, target.output(output), execution):
            yield Use(stage, "glue_dpu_hour", _job_run_hours(run))


def _job_run_hours(run: dict[str, Any]) -> Decimal:
    """Return the billed hours; AWS measures them where workers come and go (auto scaling)."""
    if "DPUSeconds" in run:
        return measured_dpu_hours(run["DPUSeconds"])
    return dpu_hours(run["WorkerType"], run["NumberOfWorkers"], run["ExecutionTime"])


def _stores(target: Target, execution: Execution) -> Iterator[Use]:
    yield Use("lake", "s3_put", Decimal(_objects_written(target, execution)))
    yield Use("publish", "dynamodb_write_unit", Decimal(_write_units(target, execution.name)))
    workgroup = target.client("redshift-serverless").get_workgroup(
        workgroupName=target.output("Workgroup")
    )["workgroup"]
    spans = sql_spans(read_steps(execution.history), execution.end)
    yield Use("warehouse", "redshift_rpu_hour", rpu_hours(workgroup["baseCapacity"], spans))
    yield Use("queries", "athena_tb", Decimal(_scanned(target, execution)) / _TB)


def _objects_written(target: Target, execution: Execution) -> int:
    """Count the objects that the run has left; each took one PUT."""
    pages: Any = target.client("s3").get_paginator("list_objects_v2")
    return sum(
        bool(execution.started <= each["LastModified"] <= execution.end)
        for prefix in _WRITTEN
        for page in pages.paginate(Bucket=target.output("LakeBucket"), Prefix=prefix)
        for each in page.get("Contents", [])
    )


def _write_units(target: Target, run_id: str) -> int:
    table = target.session.resource("dynamodb").Table(target.output("LedgerTable"))
    found = table.get_item(Key={"run_id": run_id, "stage": "publish"}).get("Item", {})
    return int(str(found.get("write_units", 0)))


def sql_spans(steps: Iterable[Step], end: datetime) -> Iterator[Span]:
    """Yield the times in which Redshift worked on a transaction of the run.

    From the call that starts it to the look that finds it ended; `end` for one that still runs.
    """
    started: datetime | None = None
    last = end
    for step in steps:
        if step.state == "ExecuteSql":
            started = step.entered
        elif step.state == "DescribeSql":
            last = step.exited or end
        elif step.state == "PlanSql" and started is not None:
            yield Span(started, last)
            started = None
    if started is not None:
        yield Span(started, end)


def _scanned(target: Target, execution: Execution) -> int:
    """Return the billed bytes of the queries that were asked while the run lasted."""
    athena = target.client("athena")
    pages = athena.get_paginator("list_query_executions").paginate(
        WorkGroup=target.output("WorkGroup")
    )
    total = 0
    for page in pages:
        if not page["QueryExecutionIds"]:
            continue
        found = athena.batch_get_query_execution(QueryExecutionIds=page["QueryExecutionIds"])
        queries = found["QueryExecutions"]
        moments = [each["Status"]["SubmissionDateTime"] for each in queries]
        total += sum(
            athena_bytes(each.get("Statistics", {}).get("DataScannedInBytes", 0))
            for each, moment in zip(queries, moments, strict=True)
            if execution.started <= moment <= execution.end
        )
        if moments and max(moments) < execution.started:  # listed newest first
            break
    return total


def _group(target: Target, function: str) -> str:
    return f"/aws/lambda/{target.settings.stack_name}-{function}"
