"""Starts a job run's Spark as a process of its own, which cannot outlive the local cloud."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local_aws import class_archive, glue_runtime
from local_aws.faults.callers import APP_ID_VARIABLE
from local_aws.glue.job_arguments import JobArguments
from local_aws.glue.spark_conf import driver_memory, local_defaults, local_endpoints, parse_conf
from local_aws.iam.roles import Session
from local_aws.java import find_java
from local_aws.settings import REGION, CloudSettings

# Spark's own, which its launcher adds on Java 17 (JavaModuleOptions of Spark 3.5).
_OPENED_PACKAGES = (
    "java.lang",
    "java.lang.invoke",
    "java.lang.reflect",
    "java.io",
    "java.net",
    "java.nio",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "jdk.internal.ref",
    "sun.nio.ch",
    "sun.nio.cs",
    "sun.security.action",
    "sun.util.calendar",
)
# C2 compiles later than by default: most of what a run's planner and generated code bring to the
# default's thresholds is done with before its compilation has paid for itself.
_COMPILING = (
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=10000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
    "-XX:Tier3DelayOn=0",
)
_GATEWAY = "org.apache.spark.api.python.PythonGatewayServer"
_FOREIGN_PREFIXES = ("SPARK_", "PYSPARK_", "PYTHON", "HADOOP_", "JAVA_TOOL_OPTIONS")


@dataclass(frozen=True)
class Caller:
    """Who makes the job's calls: a role's session; by `app_id` we tell them from others."""

    role: Session
    app_id: str


@dataclass(frozen=True)
class JobFiles:
    """The files of one run in its working folder: the script and what goes on Python's path."""

    work_dir: Path
    script: Path
    python_path: list[Path]

    @property
    def error(self) -> Path:
        """Where the process tells why the script failed."""
        return self.work_dir / "error.txt"


def start_process(
    settings: CloudSettings,
    name: str,
    arguments: JobArguments,
    files: JobFiles,
    caller: Caller,
) -> subprocess.Popen[bytes]:
    """Start the job's process with its role's credentials.

    It leads a process group of its own, and ends when the other end of its stdin is closed.

    Raises
    ------
    ConfError : the job's `--conf` cannot be read.
    JavaNotFoundError : there is no Java 17.
    """
    run_file = files.work_dir / "run.json"
    run = {
        "java": java_command(settings, name, arguments, files.work_dir, caller.app_id),
        "script": str(files.script),
        "arguments": arguments.script,
        "gateway_file": str(files.work_dir / "gateway"),
        "error_file": str(files.error),
    }
    run_file.write_text(json.dumps(run))
    return subprocess.Popen(
        [sys.executable, "-P", "-u", "-m", "local_aws.glue_job.launch", str(run_file)],
        cwd=files.work_dir,
        env=_environment(settings, files, caller),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def java_command(
    settings: CloudSettings, name: str, arguments: JobArguments, work_dir: Path, app_id: str
) -> list[str]:
    """Return the command of Spark's Python gateway with the run's whole configuration."""
    conf = {**local_defaults(work_dir), **parse_conf(arguments.conf)}
    conf |= local_endpoints(conf, settings.endpoint)
    conf["spark.hadoop.fs.s3a.user.agent.prefix"] = app_id  # its SDK reads no application id
    memory = conf.pop("spark.driver.memory", driver_memory())
    conf["spark.app.name"] = name
    java = find_java()
    jars = class_archive.class_path(settings.jars_dir, iceberg=arguments.iceberg)
    archive = class_archive.archive_path(settings.jars_dir, java, jars)
    return [
        str(java),
        f"-Xmx{memory}",
        "-XX:+UseParallelGC",
        *_COMPILING,
        f"-Djava.io.tmpdir={work_dir}",
        *class_archive.jvm_options(archive),
        *module_options(),
        *(f"-D{key}={value}" for key, value in conf.items()),
        "-cp",
        os.pathsep.join(map(str, jars)),
        _GATEWAY,
    ]


def module_options() -> list[str]:
    """Return the options by which Spark 3.5 runs on Java 17."""
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_PACKAGES]
    return [*opened, "-Djdk.reflect.useDirectMethodHandle=false"]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the job's process with its JVM."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment(settings: CloudSettings, files: JobFiles, caller: Caller) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)
    }
    runtime = Path(glue_runtime.__path__[0])
    no_profiles = files.work_dir / "aws-profiles"  # /dev/null makes Java's SDK complain
    no_profiles.touch()
    return inherited | {
        "AWS_ENDPOINT_URL": settings.endpoint,
        APP_ID_VARIABLE: caller.app_id,
        **caller.role.variables(),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(no_profiles),
        "AWS_SHARED_CREDENTIALS_FILE": str(no_profiles),
        "PYTHONPATH": os.pathsep.join(map(str, [*files.python_path, runtime])),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(files.work_dir),
        "TMPDIR": str(files.work_dir),
        "TZ": "UTC",  # as on Glue's workers
    }


def describe_exit(process: subprocess.Popen[bytes], files: JobFiles) -> str:
    """Return the message of a failed process: the script's error, else its exit status."""
    if files.error.exists():
        return files.error.read_text()
    return f"The job's process ended with exit status {process.returncode}; see its log"
