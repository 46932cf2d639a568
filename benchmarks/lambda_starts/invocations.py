"""Invokes the functions, and reads what each invocation took from Lambda's REPORT line."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import dataclass
from typing import Any

from benchmarks.deployment import STACK, Deployment

_REPORT = re.compile(
    r"^REPORT RequestId: .*\tDuration: (?P<duration>[\d.]+) ms\t.*"
    r"Max Memory Used: (?P<memory>\d+) MB\t(?:Init Duration: (?P<init>[\d.]+) ms)?",
    re.MULTILINE,
)
_EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:etl-local-retail-etl:never-was"
_TRANSACTION = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART",
    "Quantity": 6,
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": 2.55,
    "CustomerID": 17850,
    "Country": "United Kingdom",
}

EVENTS: dict[str, dict[str, Any]] = {
    "ingest": {
        "headers": {"content-type": "application/json"},
        "requestContext": {"requestId": "measured"},
        "body": json.dumps(_TRANSACTION),
        "isBase64Encoded": False,
    },
    "history": {
        "routeKey": "GET /customers/{customer_id}/invoices",
        "rawPath": "/customers/17850/invoices",
        "requestContext": {"requestId": "measured"},
        "pathParameters": {"customer_id": "17850"},
    },
    "run-lock": {"action": "release", "execution": _EXECUTION},
    "pending-work": {"run_id": "measured"},
    "warehouse-load": {"phase": "load", "run_id": "measured", "ended": {}},
}
"""By function, what it is asked: each makes at least one call of AWS for it."""


@dataclass(frozen=True)
class Invocation:
    """What one invocation took.

    Attributes
    ----------
    init_ms : for the process to start and to load the handler; None where it ran already.
    duration_ms : for the handler.
    memory_mb : the most that the process has used so far.
    """

    init_ms: float | None
    duration_ms: float
    memory_mb: int


def start_cold(cloud: Deployment, function: str) -> Invocation:
    """Invoke a function in a new process, with nothing compiled beforehand.

    On Lambda a function's folder is read-only, so Python compiles its source at each cold start.
    """
    cloud.end_workers(function)
    for compiled in (cloud.state_dir / "lambda" / "code").rglob("__pycache__"):
        shutil.rmtree(compiled)
    invoked = invoke(cloud, function)
    if invoked.init_ms is None:
        raise RuntimeError(f"{function} was not started anew")
    return invoked


def invoke(cloud: Deployment, function: str) -> Invocation:
    """Invoke a function; fail if it does."""
    answer = cloud.client("lambda").invoke(
        FunctionName=f"{STACK}-{function}", Payload=json.dumps(EVENTS[function]), LogType="Tail"
    )
    if "FunctionError" in answer:
        raise RuntimeError(f"{function} failed: {answer['Payload'].read().decode()}")
    return read_report(base64.b64decode(answer["LogResult"]).decode())


def read_report(log: str) -> Invocation:
    """Return what the REPORT line of an invocation's log tells."""
    report = _REPORT.search(log)
    if report is None:
        raise ValueError(f"there is no REPORT line in: {log}")
    init = report["init"]
    return Invocation(
        init_ms=None if init is None else float(init),
        duration_ms=float(report["duration"]),
        memory_mb=int(report["memory"]),
    )
