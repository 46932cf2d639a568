"""The process of one job run: starts the JVM, runs the script, tells how it ended.

`python launch.py RUN_FILE` with the JSON that `local_aws.glue.spark_process` writes.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

_JVM_START_SECONDS = 180  # on a machine that is busy
_MESSAGE_LENGTH = 1000
_JAVA_STACK = re.compile(r"^\s*(at |\.\.\. \d+ more|Driver stacktrace)")


def main() -> None:
    """Run the job named by the run file; exit status 1 when its script fails."""
    run = json.loads(Path(sys.argv[1]).read_text())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    jvm = _start_jvm(run)
    importlib.import_module("awsglue.context")  # from this checkout, which is hidden next
    _connect_when_needed(jvm, Path(run["gateway_file"]))
    _hide_checkout()
    sys.argv = [run["script"], *run["arguments"]]
    error = _run_script(run["script"])
    if error is not None:
        Path(run["error_file"]).write_text(error)
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: what the script wrote is committed, and the JVM ends with its stdin. Threads that the
    # script has left running do not hold it up.
    os._exit(0 if error is None else 1)


def _die_with_parent() -> None:
    """End this process and its JVM when the local cloud, which holds our stdin, is gone."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def _start_jvm(run: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start Spark's gateway directly: spark-submit's two shell scripts and launcher cost 0.7 s.

    The gateway ends by itself when its stdin, which this process holds, is closed.
    """
    environment = {**os.environ, "_PYSPARK_DRIVER_CONN_INFO_PATH": run["gateway_file"]}
    return subprocess.Popen(run["java"], stdin=subprocess.PIPE, env=environment)


def _connect_when_needed(jvm: subprocess.Popen[bytes], gateway_file: Path) -> None:
    """Let pyspark find the JVM when it first asks for one: the script's imports need not wait."""
    context: Any = importlib.import_module("pyspark.context")
    launch_gateway = context.launch_gateway

    def find_gateway(*arguments: Any, **options: Any) -> Any:
        _connect(jvm, gateway_file)
        return launch_gateway(*arguments, **options)

    context.launch_gateway = find_gateway


def _connect(jvm: subprocess.Popen[bytes], gateway_file: Path) -> None:
    """Wait for the gateway and tell pyspark where it listens."""
    deadline = time.monotonic() + _JVM_START_SECONDS
    while not gateway_file.exists():
        if jvm.poll() is not None or time.monotonic() > deadline:
            message = f"Spark's JVM did not start (exit status {jvm.poll()})"
            raise RuntimeError(message)
        time.sleep(0.005)
    content = gateway_file.read_bytes()  # port and length of the secret: 4 bytes each
    os.environ["PYSPARK_GATEWAY_PORT"] = str(int.from_bytes(content[:4], "big"))
    os.environ["PYSPARK_GATEWAY_SECRET"] = content[8:].decode()


def _hide_checkout() -> None:
    """Let the script import only what its --extra-py-files and Glue have, not this checkout."""
    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if not getattr(finder, "__module__", "").startswith("__editable__")
    ]
    checkout = str(Path(__file__).resolve().parents[2])
    sys.path[:] = [path for path in sys.path if path not in ("", checkout)]


def _run_script(script: str) -> str | None:
    """Run the script; return the message of its failure, None when it succeeds."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return f"SystemExit: {end.code}" if end.code else None
    except BaseException as error:  # noqa: BLE001 - whatever ended the script is its failure
        traceback.print_exc()
        return _one_line(error)
    return None


def _one_line(error: BaseException) -> str:
    """Return class and message in one line, without the stack that a Java exception carries."""
    lines = str(error).strip().splitlines()
    told = [line.strip() for line in lines if line.strip() and not _JAVA_STACK.match(line)]
    return f"{type(error).__name__}: {' '.join(told)}".rstrip(": ")[:_MESSAGE_LENGTH]


if __name__ == "__main__":
    main()
