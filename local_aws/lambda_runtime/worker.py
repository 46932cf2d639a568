"""One execution environment of a Python function: a process that answers one request at a time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from local_aws.faults import callers
from local_aws.lambda_runtime import bootstrap

MAX_PAYLOAD_BYTES = 6_291_556
_INIT_SECONDS = 10.0  # AWS's limit of the init phase; then it starts anew within the timeout
_LENGTH = struct.Struct(">I")
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to.

    Attributes
    ----------
    payload : the handler's result, or AWS's description of the error.
    failed : whether the payload describes an error.
    log : what the function wrote.
    peak_kib : most memory that the process has used.
    init_ms : how long the process took to start and to load the handler, if it did so for this.
    """

    payload: Any
    failed: bool
    log: str
    peak_kib: int = 0
    init_ms: float = 0.0


@dataclass(frozen=True)
class Invocation:
    """One request to a function.

    Attributes
    ----------
    event : what the caller sent.
    request_id : AWS's request id.
    function_arn : as the caller named it.
    trace_id : of X-Ray, if the function is traced.
    """

    event: Any
    request_id: str
    function_arn: str
    trace_id: str | None = None


class RequestTooLargeError(Exception):
    """The event is larger than Lambda takes."""


class _WorkerGoneError(Exception):
    """The process ended while it should have answered."""


class PythonWorker:
    """A pooled execution environment, with the members that MiniStack's pool looks at.

    Parameters
    ----------
    name : of the function.
    config : its configuration, as GetFunctionConfiguration returns it.
    environment : the variables of the process, without the function's own.
    code_folder : where its package is unpacked.
    log_file : where its process writes.
    """

    def __init__(
        self,
        name: str,
        config: dict[str, Any],
        environment: dict[str, str],
        code_folder: Path,
        log_file: Path,
    ) -> None:
        self.func_name = name
        self.config = config
        self.in_use = False
        self.last_used = time.time()
        self.log_stream = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._caller = callers.lambda_caller(name, config["Handler"])
        self._caller.kill = self._kill
        self._environment = {**environment, callers.APP_ID_VARIABLE: self._caller.app_id}
        self._code_folder = code_folder
        self._log_file = log_file
        self._lock = threading.Lock()
        self._proc: subprocess.Popen[bytes] | None = None
        self._requests: BinaryIO | None = None
        self._responses: int = -1

    def run(self, invocation: Invocation) -> Outcome:
        """Answer one request, in a new process if there is none.

        Raises
        ------
        RequestTooLargeError : the event exceeds Lambda's 6 MB.
        """
        seconds = float(self.config.get("Timeout", 3))
        with self._lock:
            started = time.monotonic()
            was_running = self._is_running()
            failure = self._ensure_started(_INIT_SECONDS + seconds)
            if failure is not None:
                return failure
            init_ms = 0.0 if was_running else (time.monotonic() - started) * 1000
            try:
                self._caller.run = invocation.request_id
                deadline = time.time() + seconds
                self._send(_encode(invocation, deadline))
                outcome = self._outcome(self._receive(deadline))
            except TimeoutError:
                self._end()
                outcome = self._timed_out(invocation.request_id, seconds)
            except (_WorkerGoneError, BrokenPipeError):
                outcome = self._exited(invocation.request_id)
            return replace(outcome, init_ms=init_ms)

    def _ensure_started(self, seconds: float) -> Outcome | None:
        """Start the process if need be; return the outcome if the handler cannot be loaded."""
        if self._is_running():
            return None
        self._end()
        self._start()
        try:
            outcome = self._outcome(self._receive(time.time() + seconds))
        except TimeoutError:
            self._end()
            return self._timed_out("", seconds)
        except _WorkerGoneError:
            return self._exited("")
        if outcome.failed:
            self._end()
            return outcome
        return None

    def _is_running(self) -> bool:
        return self._proc is not None and self._proc.poll() is None

    def _start(self) -> None:
        requests_in, requests_out = os.pipe()
        responses_in, responses_out = os.pipe()
        command = [sys.executable, "-I", "-S", bootstrap.__file__]
        with self._log_file.open("ab") as log:
            self._proc = subprocess.Popen(
                [*command, str(requests_in), str(responses_out)],
                cwd=self._code_folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(requests_in, responses_out),
            )
        os.close(requests_in)
        os.close(responses_out)
        self._requests = os.fdopen(requests_out, "wb")
        self._responses = responses_in

    def _send(self, request: bytes) -> None:
        assert self._requests is not None  # noqa: S101  # set by _start
        self._requests.write(_LENGTH.pack(len(request)) + request)
        self._requests.flush()

    def _receive(self, deadline: float) -> bytes:
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        return self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes:
        received = bytearray()
        arrival = select.poll()  # select() itself refuses descriptors from 1,024 on
        arrival.register(self._responses, select.POLLIN)
        while len(received) < length:
            left = deadline - time.time()
            if left <= 0 or not arrival.poll(left * 1000):
                raise TimeoutError
            chunk = os.read(self._responses, min(length - len(received), 1 << 20))
            if not chunk:
                raise _WorkerGoneError
            received += chunk
        return bytes(received)

    def _outcome(self, response: bytes) -> Outcome:
        status, peak_kib, payload = response.split(b" ", 2)
        if len(payload) > MAX_PAYLOAD_BYTES:
            too_large = {
                "errorMessage": "Response payload size exceeded maximum allowed payload size "
                f"({MAX_PAYLOAD_BYTES} bytes).",
                "errorType": "Function.ResponseSizeTooLarge",
            }
            return Outcome(too_large, failed=True, log=self._drain_log(), peak_kib=int(peak_kib))
        failed = status == b"error"
        return Outcome(json.loads(payload), failed, self._drain_log(), int(peak_kib))

    def _timed_out(self, request_id: str, seconds: float) -> Outcome:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        message = f"{moment} {request_id} Task timed out after {seconds:.2f} seconds"
        error = {"errorMessage": message, "errorType": "Sandbox.Timedout"}
        return Outcome(error, failed=True, log=f"{self._drain_log()}{message}\n")

    def _exited(self, request_id: str) -> Outcome:
        assert self._proc is not None  # noqa: S101  # it was started
        status = self._proc.wait(timeout=5)
        self._end()
        reason = f"exit status {status}" if status >= 0 else f"signal {-status}"
        message = f"RequestId: {request_id} Error: Runtime exited with error: {reason}"
        error = {"errorMessage": message, "errorType": "Runtime.ExitError"}
        return Outcome(error, failed=True, log=f"{self._drain_log()}{message}\n")

    def _drain_log(self) -> str:
        with contextlib.suppress(FileNotFoundError), self._log_file.open("r+b") as log:
            written = log.read()
            log.truncate(0)
            return written.decode(errors="replace")
        return ""

    def _end(self) -> None:
        if self._requests is not None:
            with contextlib.suppress(BrokenPipeError):
                self._requests.close()
            os.close(self._responses)
            self._requests = None
        if self._proc is not None and self._proc.poll() is None:
            self._proc.kill()
            self._proc.wait()

    def _kill(self) -> None:
        """Let the process die in the middle of what it does; `run` then tells of it."""
        if self._proc is not None:
            self._proc.kill()

    def _discard_tmpdir(self) -> None:
        """Forget what MiniStack's own worker would keep; its pool calls this at the end."""
        self._end()
        callers.forget(self._caller)
        self._log_file.unlink(missing_ok=True)


def _encode(invocation: Invocation, deadline: float) -> bytes:
    event = json.dumps(invocation.event)
    if len(event) > MAX_PAYLOAD_BYTES:
        raise RequestTooLargeError
    rest = {
        "request_id": invocation.request_id,
        "function_arn": invocation.function_arn,
        "trace_id": invocation.trace_id,
        "deadline": deadline,
    }
    return f'{json.dumps(rest)[:-1]}, "event": {event}}}'.encode()


def process_environment(
    config: dict[str, Any], credentials: dict[str, str], log_stream: str, path: list[Path]
) -> dict[str, str]:
    """Return the variables that AWS sets for a function, and the function's own.

    Nothing of the cloud's own environment is passed on but the search paths of programs and
    libraries: a function that relies on more would fail on AWS.
    """
    name = config["FunctionName"]
    region = os.environ["AWS_REGION"]
    log_group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    own = (config.get("Environment") or {}).get("Variables") or {}
    return {
        **{variable: os.environ[variable] for variable in _INHERITED if variable in os.environ},
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "LAMBDA_TASK_ROOT": str(path[0]),
        "_HANDLER": config["Handler"],
        "_LOCAL_LAMBDA_PATH": os.pathsep.join(map(str, path)),
        **{key: value for key, value in credentials.items() if value},
        **own,
    }
