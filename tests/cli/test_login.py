"""`etl login` names a deployment on AWS without keys: those are the caller's own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli.login import variables
from cli.settings import read_settings
from cli.target import Target

OUTPUTS = {
    "Database": "etl_dev_retail",
    "WorkGroup": "etl-dev",
    "Workgroup": "etl-dev",
    "WarehouseDatabase": "retail",
}
HOST = "etl-dev.000000000000.eu-west-1.redshift-serverless.amazonaws.com"


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Target:
    """Return a target on AWS whose Redshift answers as its API is described."""
    client = boto3.client(
        "redshift-serverless", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stubber = Stubber(client)
    stubber.add_response(
        "get_workgroup", {"workgroup": {"endpoint": {"address": HOST, "port": 5439}}},
        {"workgroupName": "etl-dev"},
    )  # fmt: skip
    stubber.add_response(
        "get_credentials", {"dbUser": "IAM:anna", "dbPassword": "secret with 'quotes'"},
        {"workgroupName": "etl-dev", "dbName": "retail", "durationSeconds": 3600},
    )  # fmt: skip
    stubber.activate()
    monkeypatch.setenv("ETL_STATE_DIR", str(tmp_path))
    settings = read_settings(aws=True, project=None, stage="dev", profile="shop", region=None)
    session: Any = SimpleNamespace(client=lambda *_args, **_options: client)
    target = Target(settings, session, "eu-west-1", endpoint=None)
    monkeypatch.setattr(Target, "outputs", OUTPUTS)
    return target


def test_on_aws_there_is_no_endpoint_and_no_key_and_the_connection_is_encrypted(
    on_aws: Target,
) -> None:
    assert variables(on_aws) == {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_PROFILE": "shop",
        "ATHENA_DATABASE": "etl_dev_retail",
        "ATHENA_WORKGROUP": "etl-dev",
        "REDSHIFT_WORKGROUP": "etl-dev",
        "PGHOST": HOST,
        "PGPORT": "5439",
        "PGDATABASE": "retail",
        "PGUSER": "IAM:anna",
        "PGPASSWORD": "secret with 'quotes'",
        "PGSSLMODE": "require",
    }
