"""Write a function's log to CloudWatch Logs: one stream for each execution environment.

Lines in embedded metric format become metrics as well.
"""

from __future__ import annotations

import math
import threading
import time
from typing import Any

from ministack.services import cloudwatch_logs

from local_aws.cloudwatch import embedded_metrics
from local_aws.iam.roles import AccessDeniedError
from local_aws.lambda_runtime.execution_role import execution_role
from local_aws.lambda_runtime.worker import Outcome

_MAX_EVENTS = 10_000  # of a stream; older ones are dropped, for the laptop's sake
_lock = threading.Lock()


def write_log(
    config: dict[str, Any], stream_name: str, request_id: str, outcome: Outcome, seconds: float
) -> str:
    """Add one invocation's lines to `stream_name` of the function's log group, and return them.

    Parameters
    ----------
    seconds : that it took, with the start of its process.
    """
    name = config["FunctionName"]
    version = config.get("Version", "$LATEST")
    memory = config.get("MemorySize", 128)
    group_name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    milliseconds = seconds * 1000
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds - outcome.init_ms:.2f} ms\t"
        f"Billed Duration: {math.ceil(milliseconds)} ms\tMemory Size: {memory} MB\t"
        f"Max Memory Used: {outcome.peak_kib // 1024} MB\t"
    )
    if outcome.init_ms:
        report += f"Init Duration: {outcome.init_ms:.2f} ms\t"
    lines = [
        f"START RequestId: {request_id} Version: {version}",
        *outcome.log.splitlines(),
        f"END RequestId: {request_id}",
        report,
    ]
    told = "\n".join(lines) + "\n"
    if not _may_write(config, group_name, stream_name):
        return told
    now = int(time.time() * 1000)
    began, *others = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
    events = [{**began, "timestamp": now - int(milliseconds)}, *others]
    with _lock:
        stream = _stream(group_name, stream_name, now)
        cloudwatch_logs._append_log_events(stream, events)
        del stream["events"][:-_MAX_EVENTS]
    for line in lines:
        embedded_metrics.record(line)
    cloudwatch_logs._fanout_to_subscription_filters(
        group_name, stream_name, [{"timestamp": now, "message": line} for line in lines]
    )
    return told


def _may_write(config: dict[str, Any], group_name: str, stream_name: str) -> bool:
    """Return whether the function's role may log; Lambda writes nothing where it may not."""
    names = {"logGroupName": group_name, "logStreamName": stream_name}
    try:
        role = execution_role(config)
        if stream_name not in cloudwatch_logs._log_groups.get(group_name, {}).get("streams", {}):
            role.demand("logs", "CreateLogStream", names)
        role.demand("logs", "PutLogEvents", names)
    except AccessDeniedError:
        return False
    return True


def _stream(group_name: str, stream_name: str, now: int) -> dict[str, Any]:
    groups = cloudwatch_logs._log_groups
    if group_name not in groups:
        groups[group_name] = {
            "arn": cloudwatch_logs._make_group_arn(group_name),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    streams: dict[str, dict[str, Any]] = groups[group_name]["streams"]
    return streams.setdefault(
        stream_name,
        {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": now,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        },
    )
