"""A cloud starts with the plan that ETL_FAULT_PLAN names, or with none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws import cloud
from local_aws.faults import control, injector
from local_aws.settings import CloudSettings, default_jars_dir
from tests.conftest import LocalCloud

PLAN = {
    "faults": [{"id": "first", "service": "s3", "action": "CreateBucket", "effect": "throttle"}]
}


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    cloud.down(tmp_path / "state")


def test_a_cloud_follows_the_plan_of_its_environment_from_the_first_call_on(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ETL_FAULT_PLAN", "plan.json")
    endpoints = cloud.up(state_dir, default_jars_dir())
    s3 = LocalCloud(endpoints["aws"], state_dir).client("s3", retries={"total_max_attempts": 1})

    with pytest.raises(ClientError, match="SlowDown"):
        s3.create_bucket(Bucket="bucket")

    s3.create_bucket(Bucket="bucket")
    assert [line["id"] for line in control.fired(state_dir)] == ["first"]


@pytest.mark.parametrize(
    ("text", "says"),
    [('{"faults": [{}]}', r"faults\[0\]\.id: missing"), (None, "No such file")],
    ids=["wrong", "absent"],
)
def test_a_wrong_plan_keeps_the_cloud_from_starting_in_one_line(
    state_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    text: str | None,
    says: str,
) -> None:
    plan = tmp_path / "plan.json"
    if text is not None:
        plan.write_text(text)
    monkeypatch.setenv("ETL_FAULT_PLAN", str(plan))

    with pytest.raises(cloud.CloudError, match=says) as refused:
        cloud.up(state_dir, default_jars_dir())

    assert str(refused.value).startswith(f"ETL_FAULT_PLAN={plan}: ")
    assert "\n" not in str(refused.value)
    assert not cloud.status(state_dir).running


def test_a_plan_does_not_outlive_its_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(injector, "_injector", None)
    monkeypatch.delenv("ETL_FAULT_PLAN", raising=False)
    control.load(tmp_path, json.dumps(PLAN))

    injector.install(CloudSettings(tmp_path, 1, tmp_path))

    assert control.loaded(tmp_path) is None
    assert not injector.is_active()
