"""Python Lambda functions in processes like AWS's, in place of MiniStack's worker scripts."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime as pool
from ministack.services import lambda_svc

from local_aws.iam.roles import CannotAssumeError
from local_aws.lambda_runtime import http_api, invoke_api
from local_aws.lambda_runtime.capacity import Capacity
from local_aws.lambda_runtime.execution_role import execution_role
from local_aws.lambda_runtime.logs import write_log
from local_aws.lambda_runtime.packages import link_runtime_packages, unpack
from local_aws.lambda_runtime.worker import (
    Invocation,
    PythonWorker,
    RequestTooLargeError,
    process_environment,
)
from local_aws.patching import wrap
from local_aws.settings import CloudSettings

_LOGS_ARE_WRITTEN = "written"  # tells MiniStack's dispatcher that it need not write them


def install(settings: CloudSettings) -> None:
    """Let every Python function run in our workers; other runtimes stay MiniStack's."""
    factory = _WorkerFactory(settings.state_dir / "lambda")
    wrap(pool, "_worker_class_for", factory.replacing, pin="b5a23849280a")
    wrap(lambda_svc, "_execute_function_warm", _executing, pin="62b9218bef5b")
    wrap(lambda_svc, "_emit_lambda_logs", _emitting, pin="111efbf06968")
    invoke_api.install()
    http_api.install()


class _WorkerFactory:
    """Makes the workers that MiniStack's pool keeps."""

    def __init__(self, folder: Path) -> None:
        self._code = folder / "code"
        self._logs = folder / "logs"
        shutil.rmtree(folder, ignore_errors=True)  # left by a process that was killed
        self._logs.mkdir(parents=True)
        self._packages = link_runtime_packages(folder / "packages")

    def replacing(self, original: Any) -> Any:
        """Return a chooser of worker classes that takes ours for Python."""

        def worker_class_for(config: dict[str, Any]) -> Any:
            return self.make if _is_python(config) else original(config)

        return worker_class_for

    def make(self, name: str, config: dict[str, Any], code: bytes) -> PythonWorker:
        """Return a worker whose process starts at its first request."""
        code_folder = unpack(code, self._code)
        day = time.strftime("%Y/%m/%d", time.gmtime())
        identity = uuid.uuid4().hex
        environment = process_environment(
            config,
            credentials=execution_role(config).variables(),
            log_stream=f"{day}/[{config.get('Version', '$LATEST')}]{identity}",
            path=[code_folder, self._packages],
        )
        return PythonWorker(name, config, environment, code_folder, self._logs / f"{identity}.log")


def _is_python(config: dict[str, Any]) -> bool:
    return str(config.get("Runtime", "")).startswith("python")


def _executing(original: Any) -> Any:
    capacity = Capacity()

    def execute(function: dict[str, Any], event: Any, request_id: str) -> Any:
        config = function.get("config") or function
        if not _is_python(config):
            return original(function, event, request_id)
        try:
            execution_role(config)
        except CannotAssumeError as refused:
            error = {"errorMessage": str(refused), "errorType": "AccessDeniedException"}
            return {"body": error, "error": True}
        lambda_svc._ensure_reaper_thread()
        with capacity.place(config["FunctionName"]):
            worker, _ = pool.acquire_worker(
                config["FunctionName"],
                config,
                function["code_zip"],
                qualifier=config.get("Version", "$LATEST"),
            )
            try:
                return _run(worker, config, event, request_id)
            finally:
                pool.release_worker(worker)

    return execute


def _run(
    worker: PythonWorker, config: dict[str, Any], event: Any, request_id: str
) -> dict[str, Any]:
    trace_id = lambda_svc._xray_trace_id_for_invocation(config)
    started = time.monotonic()
    try:
        outcome = worker.run(Invocation(event, request_id, config["FunctionArn"], trace_id))
    except RequestTooLargeError:
        return {"body": {"errorMessage": "Request too large"}, "error": True, "too_large": True}
    seconds = time.monotonic() - started
    log = write_log(config, worker.log_stream, request_id, outcome, seconds)
    answer = {"body": outcome.payload, "log": log, "log_source": _LOGS_ARE_WRITTEN}
    return {**answer, "error": True} if outcome.failed else answer


def _emitting(original: Any) -> Any:
    def emit(*arguments: Any, log_source: str | None = None) -> None:
        if log_source != _LOGS_ARE_WRITTEN:
            original(*arguments, log_source=log_source)

    return emit
