"""Lambda as its callers see it: results, failures, limits, logs and what a function may import."""

from __future__ import annotations

import base64
import io
import json
import time
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import LocalCloud

    Deploy = Callable[..., str]

ROLE = "arn:aws:iam::000000000000:role/any"


def _package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("functions/handler.py", source)
        package.writestr("functions/__init__.py", "")
    return content.getvalue()


@pytest.fixture
def deploy(local_cloud: LocalCloud) -> Deploy:
    def deploy(source: str, **config: Any) -> str:
        name = f"function-{uuid.uuid4().hex[:8]}"
        local_cloud.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler="functions.handler.handle",
            Code={"ZipFile": _package(source)},
            **{"Timeout": 10, **config},
        )
        return name

    return deploy


def _invoke(local_cloud: LocalCloud, name: str, event: Any = None) -> tuple[str | None, Any]:
    answer = local_cloud.client("lambda", read_timeout=30, retries={"max_attempts": 0}).invoke(
        FunctionName=name, Payload=json.dumps(event)
    )
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def test_a_function_gets_its_event_and_awss_context(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy(
        "import os\n"
        "def handle(event, context):\n"
        "    return {'event': event, 'name': context.function_name,\n"
        "            'memory': context.memory_limit_in_mb, 'arn': context.invoked_function_arn,\n"
        "            'left': context.get_remaining_time_in_millis(),\n"
        "            'own': os.environ['OWN'], 'zone': os.environ['TZ']}\n",
        Environment={"Variables": {"OWN": "value"}},
        MemorySize=256,
    )
    error, result = _invoke(local_cloud, name, {"a": [1, "é"]})
    assert error is None
    assert 9_000 < result.pop("left") <= 10_000
    assert result == {
        "event": {"a": [1, "é"]},
        "name": name,
        "memory": "256",
        "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "own": "value",
        "zone": ":UTC",
    }


def test_boto3_in_a_function_speaks_to_the_local_cloud(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    bucket = f"seen-{uuid.uuid4().hex[:8]}"
    local_cloud.client("s3").create_bucket(Bucket=bucket)
    name = deploy(
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "def handle(event, context):\n"
        "    return [b['Name'] for b in s3.list_buckets()['Buckets']]\n"
    )
    assert bucket in _invoke(local_cloud, name)[1]


@pytest.mark.parametrize(
    "module", ["duckdb", "local_aws", "pyarrow", "ministack", "aws_lambda_powertools"]
)
def test_a_function_cannot_import_what_lambda_does_not_have(
    local_cloud: LocalCloud, deploy: Deploy, module: str
) -> None:
    name = deploy(f"import {module}\ndef handle(event, context): return 1\n")
    error, result = _invoke(local_cloud, name)
    assert error == "Unhandled"
    assert result["errorType"] == "Runtime.ImportModuleError"
    assert module in result["errorMessage"]


def test_a_function_does_not_see_the_environment_of_the_cloud(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy("import os\ndef handle(event, context): return sorted(os.environ)\n")
    _, names = _invoke(local_cloud, name)
    assert "GATEWAY_PORT" not in names
    assert "HOME" not in names


def test_an_exception_is_described_as_by_aws_and_the_worker_lives_on(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy(
        "calls = 0\n"
        "class NotToday(Exception): pass\n"
        "def handle(event, context):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if event == 'fail': raise NotToday('come back')\n"
        "    return calls\n"
    )
    assert _invoke(local_cloud, name, "go") == (None, 1)
    error, result = _invoke(local_cloud, name, "fail")
    assert error == "Unhandled"
    assert (result["errorType"], result["errorMessage"]) == ("NotToday", "come back")
    assert "raise NotToday" in "".join(result["stackTrace"])
    assert _invoke(local_cloud, name, "go") == (None, 3)


def test_a_function_that_runs_too_long_is_stopped_and_the_next_call_starts_afresh(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy(
        "import time\n"
        "calls = 0\n"
        "def handle(event, context):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    time.sleep(event)\n"
        "    return calls\n",
        Timeout=1,
    )
    assert _invoke(local_cloud, name, 0) == (None, 1)
    started = time.monotonic()
    error, result = _invoke(local_cloud, name, 20)
    assert time.monotonic() - started < 5
    assert error == "Unhandled"
    assert result["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert _invoke(local_cloud, name, 0) == (None, 1)


def test_a_function_that_ends_its_process_fails_and_the_next_call_works(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy(
        "import os\ndef handle(event, context):\n    if event: os._exit(3)\n    return 1\n"
    )
    error, result = _invoke(local_cloud, name, "die")
    assert error == "Unhandled"
    assert result["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in result["errorMessage"]
    assert _invoke(local_cloud, name, None) == (None, 1)


def test_a_result_that_is_not_json_is_an_error(local_cloud: LocalCloud, deploy: Deploy) -> None:
    name = deploy("def handle(event, context): return {1, 2}\n")
    error, result = _invoke(local_cloud, name)
    assert error == "Unhandled"
    assert result["errorType"] == "Runtime.MarshalError"


def test_payloads_over_six_megabytes_are_refused_both_ways(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy("def handle(event, context): return 'x' * len(event) * 2\n")
    assert len(_invoke(local_cloud, name, "x" * 3_000_000)[1]) == 6_000_000
    error, result = _invoke(local_cloud, name, "x" * 3_200_000)
    assert error == "Unhandled"
    assert result["errorType"] == "Function.ResponseSizeTooLarge"
    with pytest.raises(ClientError) as caught:
        _invoke(local_cloud, name, "x" * 6_300_000)
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_concurrent_calls_run_beside_each_other(local_cloud: LocalCloud, deploy: Deploy) -> None:
    name = deploy(
        "import time\ndef handle(event, context):\n    time.sleep(0.5)\n    return event\n"
    )
    started = time.monotonic()
    with ThreadPoolExecutor(8) as callers:
        results = list(callers.map(lambda i: _invoke(local_cloud, name, i), range(8)))
    assert results == [(None, i) for i in range(8)]
    assert time.monotonic() - started < 3


def test_what_a_function_writes_is_in_its_log_group(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy(
        "import logging\n"
        "def handle(event, context):\n"
        "    print('printed')\n"
        "    logging.getLogger('own').warning('logged %s', event)\n"
        "    raise ValueError('broken')\n"
    )
    _invoke(local_cloud, name, 7)
    logs = local_cloud.client("logs")
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    messages = [event["message"] for event in events]
    assert messages[0].startswith("START RequestId: ")
    assert messages[1] == "printed"
    assert messages[2].startswith("[WARNING]\t")
    assert messages[2].endswith("\tlogged 7")
    assert "[ERROR] ValueError: broken" in messages
    assert messages[-1].startswith("REPORT RequestId: ")


def test_the_calls_of_one_environment_share_a_log_stream(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy("def handle(event, context): return 1\n")
    for _ in range(5):
        _invoke(local_cloud, name)
    streams = local_cloud.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")
    assert len(streams["logStreams"]) == 1


def test_new_code_replaces_the_warm_worker(local_cloud: LocalCloud, deploy: Deploy) -> None:
    name = deploy("def handle(event, context): return 'old'\n")
    assert _invoke(local_cloud, name) == (None, "old")
    local_cloud.client("lambda").update_function_code(
        FunctionName=name, ZipFile=_package("def handle(event, context): return 'new'\n")
    )
    assert _invoke(local_cloud, name) == (None, "new")


def test_the_tail_of_the_log_comes_with_the_answer(local_cloud: LocalCloud, deploy: Deploy) -> None:
    name = deploy("def handle(event, context): print('hello')\n")
    answer = local_cloud.client("lambda").invoke(FunctionName=name, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert tail[0].startswith("START RequestId: ")
    assert tail[1] == "hello"
    assert tail[-1].startswith("REPORT RequestId: ")


def test_only_a_cold_start_reports_how_long_its_init_took(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy("import time\ntime.sleep(0.3)\ndef handle(event, context): return 1\n")
    client = local_cloud.client("lambda")
    reports = []
    for _ in range(2):
        answer = client.invoke(FunctionName=name, LogType="Tail")
        reports.append(base64.b64decode(answer["LogResult"]).decode().splitlines()[-1])
    cold, warm = ({part.partition(": ")[0] for part in each.split("\t")} for each in reports)
    assert cold - warm == {"Init Duration"}
    init = next(p for p in reports[0].split("\t") if p.startswith("Init Duration: "))
    assert float(init.split()[2]) > 300
    duration = next(p for p in reports[0].split("\t") if p.startswith("Duration: "))
    assert float(duration.split()[1]) < float(init.split()[2])


def test_the_memory_that_is_reported_is_the_functions_own(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    name = deploy("def handle(event, context):\n    return len(b'x' * (event * 1024 * 1024))\n")
    used = []
    for megabytes in (0, 100):
        answer = local_cloud.client("lambda").invoke(
            FunctionName=name, LogType="Tail", Payload=json.dumps(megabytes)
        )
        report = base64.b64decode(answer["LogResult"]).decode().partition("Max Memory Used: ")[2]
        used.append(int(report.split()[0]))
    assert used[0] < 50
    assert 90 < used[1] - used[0] < 130
