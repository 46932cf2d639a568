"""A local cloud of its own for a measurement, deployed and stopped by the `etl` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

STACK = "etl-local"
KEY = "test"  # the local cloud takes any; this one is root there
_SESSION: Any = boto3.Session(KEY, KEY, region_name="us-east-1")


@dataclass(frozen=True)
class Deployment:
    """A running stack.

    Attributes
    ----------
    pid : process of the local cloud.
    outputs : of the root stack.
    state_dir : folder of the local cloud's state.
    """

    endpoint: str
    pid: int
    outputs: dict[str, str]
    state_dir: Path

    def client(self, service: str) -> Any:
        """Return a boto3 client of the local cloud."""
        return _SESSION.client(service, endpoint_url=self.endpoint)

    def resource(self, service: str) -> Any:
        """Return a boto3 resource of the local cloud."""
        return _SESSION.resource(service, endpoint_url=self.endpoint)

    def etl(self, *arguments: str) -> None:
        """Run the `etl` command on it, as `run_etl` does."""
        run_etl(*arguments, ETL_STATE_DIR=str(self.state_dir))

    @property
    def transactions_url(self) -> str:
        """URL that events are posted to."""
        api = self.outputs["ApiId"]
        return f"{self.endpoint}/_aws/execute-api/{api}/$default/transactions"

    def limit_rate(self, rate: float, burst: int, api_id: str | None = None) -> None:
        """Set the throttling of an API's stage, the ingest API's if none is named."""
        self.client("apigatewayv2").update_stage(
            ApiId=api_id or self.outputs["ApiId"],
            StageName="$default",
            DefaultRouteSettings={"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst},
        )

    def end_workers(self, function: str = "ingest") -> None:
        """End a function's processes, as a change of its memory does: here to what it has."""
        functions = self.client("lambda")
        name = f"{STACK}-{function}"
        memory = functions.get_function_configuration(FunctionName=name)["MemorySize"]
        functions.update_function_configuration(FunctionName=name, MemorySize=memory)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Start a local cloud in a folder of its own; stop it and remove the folder at the end."""
    with tempfile.TemporaryDirectory(prefix="etl-load-") as folder:
        try:
            run_etl("up", ETL_STATE_DIR=folder)
            endpoints = json.loads(Path(folder, "endpoints.json").read_text())
            here = Deployment(endpoints["aws"], int(endpoints["pid"]), {}, Path(folder))
            stacks = here.client("cloudformation").describe_stacks(StackName=STACK)
            for output in stacks["Stacks"][0]["Outputs"]:
                here.outputs[output["OutputKey"]] = output["OutputValue"]
            yield here
        finally:
            run_etl("down", ETL_STATE_DIR=folder)


def run_etl(*arguments: str, **environment: str) -> None:
    """Run the `etl` command of this checkout.

    Parameters
    ----------
    environment : variables beside this process's own.

    Raises
    ------
    RuntimeError : it failed; what it printed is the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "cli.app", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"etl {arguments[0]}: {done.stdout}{done.stderr}")
