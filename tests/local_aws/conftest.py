"""A local cloud of its own for the tests of the local cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws import cloud
from local_aws.settings import REGION, default_jars_dir


@dataclass(frozen=True)
class LocalCloud:
    """A running local cloud.

    Attributes
    ----------
    endpoint : URL that speaks every AWS API.
    state_dir : its state folder.
    """

    endpoint: str
    state_dir: Path

    def client(self, service: str, access_key_id: str = "test", **config: Any) -> Any:
        """Return a boto3 client of `service`; `config` is passed to botocore's Config."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=access_key_id,
            aws_secret_access_key="test",
            config=Config(**config),
        )


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud for all tests: use names of your own in it."""
    state_dir = tmp_path_factory.mktemp("cloud")
    endpoints = cloud.up(state_dir, default_jars_dir())
    yield LocalCloud(endpoint=endpoints["aws"], state_dir=state_dir)
    cloud.down(state_dir)
    show_log(state_dir)


def show_log(state_dir: Path) -> None:
    """Print the log of a stopped cloud when ETL_SHOW_LOG is set."""
    if os.environ.get("ETL_SHOW_LOG"):
        print((state_dir / "logs" / "cloud.log").read_text())
