"""Jobs of the tests' own in the local cloud."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import LocalCloud

ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"})


@dataclass
class Jobs:
    """Makes jobs out of scripts, and runs them."""

    cloud: LocalCloud
    bucket: str
    glue: Any = field(init=False)
    s3: Any = field(init=False)

    def __post_init__(self) -> None:
        self.glue = self.cloud.client("glue")
        self.s3 = self.cloud.client("s3")
        self.s3.create_bucket(Bucket=self.bucket)

    def make(self, script: str, arguments: dict[str, str] | None = None, **definition: Any) -> str:
        """Create a job of its own; return its name."""
        name = f"job-{uuid.uuid4().hex[:8]}"
        self.s3.put_object(Bucket=self.bucket, Key=f"jobs/{name}.py", Body=script.encode())
        self.glue.create_job(
            **{
                "Name": name,
                "Role": "arn:aws:iam::000000000000:role/job",
                "GlueVersion": "5.1",
                "Command": {
                    "Name": "glueetl",
                    "ScriptLocation": f"s3://{self.bucket}/jobs/{name}.py",
                },
                "Timeout": 5,
                "DefaultArguments": {"--bucket": self.bucket, **(arguments or {})},
                **definition,
            }
        )
        return name

    def start(self, name: str, **request: Any) -> str:
        run_id: str = self.glue.start_job_run(JobName=name, **request)["JobRunId"]
        return run_id

    def get(self, name: str, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return run

    def wait(self, name: str, run_id: str, states: frozenset[str] = ENDED) -> dict[str, Any]:
        deadline = time.monotonic() + 120
        while True:
            run = self.get(name, run_id)
            if run["JobRunState"] in states:
                return run
            assert time.monotonic() < deadline, run
            time.sleep(0.05)

    def run(self, name: str, **request: Any) -> dict[str, Any]:
        return self.wait(name, self.start(name, **request))

    def log(self, run: dict[str, Any]) -> str:
        return (self.cloud.state_dir / "logs" / "glue" / f"{run['Id']}.log").read_text()


@pytest.fixture(scope="session")
def jobs(local_cloud: LocalCloud) -> Jobs:
    return Jobs(local_cloud, "glue-tests")
