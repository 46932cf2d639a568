"""The cloud that a command speaks to: its session, its stack's outputs, its addresses."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound

from cli.errors import CliError, NotDeployed, NotRunning
from cli.settings import Settings

_TEST_KEY = "test"  # the local cloud takes any; this one is root there


@dataclass(frozen=True)
class Target:
    """One deployment on one cloud; see `open_target`.

    Attributes
    ----------
    settings : what the user chose.
    session : makes the clients; on the local cloud they all speak to its endpoint.
    region : where the deployment is.
    endpoint : URL of the local cloud, None on AWS.
    """

    settings: Settings
    session: boto3.Session
    region: str
    endpoint: str | None

    def client(self, service: str) -> Any:
        """Return a boto3 client of the service, with retries on what passes by itself."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=5,
            max_pool_connections=32,
        )
        session: Any = self.session
        return session.client(service, config=config)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Outputs of the root stack by name.

        Raises
        ------
        NotDeployed : there is no such stack.
        """
        name = self.settings.stack_name
        try:
            stack = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise NotDeployed(f"the stack {name} is not there: {self._how_to_deploy()}") from error
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def output(self, name: str) -> str:
        """Return one output of the stack.

        Raises
        ------
        NotDeployed : the stack is not there, or not whole.
        """
        try:
            return self.outputs[name]
        except KeyError as error:
            stack = self.settings.stack_name
            raise NotDeployed(
                f"the stack {stack} has no output {name}: {self._how_to_deploy()}"
            ) from error

    @property
    def transactions_url(self) -> str:
        """URL that transactions are posted to."""
        return self._api_url("ApiId", "ApiUrl") + "/transactions"

    @property
    def history_url(self) -> str:
        """URL below which histories, invoices and products are read."""
        return self._api_url("HistoryApiId", "HistoryApiUrl")

    @cached_property
    def name(self) -> str:
        """What tells this deployment from every other: journals of sends are kept by it."""
        cloud = "local" if self.endpoint else "aws"
        account = self.client("sts").get_caller_identity()["Account"]
        return f"{cloud}/{account}/{self.region}/{self.settings.stack_name}"

    def _api_url(self, id_output: str, url_output: str) -> str:
        if self.endpoint is None:
            return self.output(url_output).rstrip("/")
        return f"{self.endpoint}/_aws/execute-api/{self.output(id_output)}/$default"

    def _how_to_deploy(self) -> str:
        return "run `etl --aws deploy`" if self.settings.aws else "run `etl up`"


def open_target(settings: Settings) -> Target:
    """Return the target that the settings name.

    Raises
    ------
    NotRunning : the local cloud was not started.
    CliError : AWS was asked for and no region or no such profile is known.
    """
    return _open_aws(settings) if settings.aws else _open_local(settings)


def _open_local(settings: Settings) -> Target:
    try:
        endpoints = json.loads((settings.state_dir / "endpoints.json").read_text())
        endpoint, region = endpoints["aws"], endpoints["region"]
        # The file of one that was killed is still there; boto3 would try for half a minute.
        _knock(endpoint)
    except OSError as error:
        raise NotRunning("the local cloud does not run: start it with `etl up`") from error
    return Target(settings, _local_session(endpoint, region), region, endpoint)


def _knock(endpoint: str) -> None:
    url = urlsplit(endpoint)
    socket.create_connection((url.hostname or "", url.port or 80), timeout=2).close()


def _local_session(endpoint: str, region: str) -> boto3.Session:
    """Return a session that nothing in the user's AWS configuration can lead elsewhere."""

    class LocalSession(boto3.Session):
        def client(self, *args: Any, **kwargs: Any) -> Any:
            return super().client(*args, **{"endpoint_url": endpoint, **kwargs})

        def resource(self, *args: Any, **kwargs: Any) -> Any:
            return super().resource(*args, **{"endpoint_url": endpoint, **kwargs})

    without_user_files: Any = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return LocalSession(
        aws_access_key_id=_TEST_KEY,
        aws_secret_access_key=_TEST_KEY,
        region_name=region,
        botocore_session=botocore.session.Session(without_user_files),
    )


def _open_aws(settings: Settings) -> Target:

    try:
        session = boto3.Session(profile_name=settings.profile, region_name=settings.region)
    except ProfileNotFound as error:
        raise CliError(f"{error}: name one with --profile") from error
    if session.region_name is None:
        raise CliError("no AWS region is set: name one with --region")
    return Target(settings, session, session.region_name, endpoint=None)
