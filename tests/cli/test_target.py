"""A target speaks to the cloud that was chosen, and to no other."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import CliError, NotRunning
from cli.settings import Settings, read_settings
from cli.target import Target, open_target


def _settings(state_dir: Path, *, aws: bool = False, region: str | None = None) -> Settings:
    return Settings(aws, "etl", "local", profile=None, region=region, state_dir=state_dir)


@pytest.fixture
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def running(tmp_path: Path, endpoint: str) -> Path:
    endpoints = {"aws": endpoint, "region": "us-east-1", "account": "0", "pid": "1"}
    (tmp_path / "endpoints.json").write_text(json.dumps(endpoints))
    return tmp_path


def test_the_users_aws_configuration_cannot_lead_local_calls_elsewhere(
    running: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    target = open_target(_settings(running))

    client = target.client("s3")
    assert client.meta.endpoint_url == endpoint
    assert client.meta.region_name == "us-east-1"
    assert target.session.get_credentials().access_key == "test"
    table = target.session.resource("dynamodb").meta.client
    assert table.meta.endpoint_url == endpoint


def test_a_cloud_that_does_not_run_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="etl up"):
        open_target(_settings(tmp_path))


def test_the_address_of_a_cloud_that_was_killed_is_not_believed(tmp_path: Path) -> None:
    endpoints = {"aws": "http://127.0.0.1:1", "region": "us-east-1"}
    (tmp_path / "endpoints.json").write_text(json.dumps(endpoints))

    with pytest.raises(NotRunning, match="etl up"):
        open_target(_settings(tmp_path))


def test_aws_needs_a_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(CliError, match="--region"):
        open_target(_settings(tmp_path, aws=True))
    target = open_target(_settings(tmp_path, aws=True, region="eu-west-1"))
    assert target.endpoint is None
    assert target.client("s3").meta.region_name == "eu-west-1"


def _with_outputs(target: Target, outputs: dict[str, str]) -> Target:
    target.__dict__["outputs"] = outputs  # as the stack would say
    return target


def test_transactions_are_posted_where_the_api_is(running: Path, endpoint: str) -> None:
    outputs = {"ApiId": "abc", "ApiUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/"}
    local = _with_outputs(open_target(_settings(running)), outputs)
    aws = _with_outputs(open_target(_settings(running, aws=True, region="eu-west-1")), outputs)

    assert local.transactions_url == (f"{endpoint}/_aws/execute-api/abc/$default/transactions")
    assert aws.transactions_url == ("https://abc.execute-api.eu-west-1.amazonaws.com/transactions")


def test_options_come_before_the_environment_and_it_before_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ETL_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("ETL_PROJECT", raising=False)
    monkeypatch.delenv("ETL_STAGE", raising=False)
    assert read_settings().stack_name == "etl-local"
    assert read_settings(aws=True).stack_name == "etl-dev"

    monkeypatch.setenv("ETL_PROJECT", "shop")
    assert read_settings().stack_name == "shop-local"
    assert read_settings(project="other", stage="prod").stack_name == "other-prod"
    assert read_settings().state_dir == tmp_path
