"""Faults strike the statements of a batch, up to the death of the server in mid-transaction."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from local_aws.faults import control
from tests.local_aws.redshift.conftest import CloudWarehouse

ENDED = ("FINISHED", "FAILED", "ABORTED")
Load = Callable[..., None]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def load(cloud_warehouse: CloudWarehouse) -> Iterator[Load]:
    state_dir = cloud_warehouse.cloud.state_dir

    def load(**fault: Any) -> None:
        plan = {"faults": [{"id": "it", **fault}]}
        control.load(state_dir, json.dumps(plan))

    yield load
    control.clear(state_dir)


@pytest.fixture
def run(cloud_warehouse: CloudWarehouse) -> Run:
    api = cloud_warehouse.cloud.client("redshift-data")
    target = {
        "WorkgroupName": cloud_warehouse.workgroup,
        "Database": cloud_warehouse.database,
        "SecretArn": cloud_warehouse.secret,
    }

    def run(*sqls: str) -> dict[str, Any]:
        if len(sqls) == 1:
            identifier = api.execute_statement(Sql=sqls[0], **target)["Id"]
        else:
            identifier = api.batch_execute_statement(Sqls=list(sqls), **target)["Id"]
        deadline = time.monotonic() + 60
        while True:
            described: dict[str, Any] = api.describe_statement(Id=identifier)
            if described["Status"] in ENDED:
                return described
            assert time.monotonic() < deadline
            time.sleep(0.02)

    return run


@pytest.fixture
def table(run: Run) -> str:
    name = f"faults_{uuid.uuid4().hex[:8]}"
    assert run(f"CREATE TABLE {name} (n int)")["Status"] == "FINISHED"
    return name


def _batch(run: Run, table: str) -> dict[str, Any]:
    return run(f"INSERT INTO {table} VALUES (1)", f"INSERT INTO {table} VALUES (2)")


def _count(cloud_warehouse: CloudWarehouse, run: Run, table: str) -> int:
    counted = run(f"SELECT count(*) FROM {table}")
    assert counted["Status"] == "FINISHED", counted
    api = cloud_warehouse.cloud.client("redshift-data")
    ((field,),) = api.get_statement_result(Id=counted["Id"])["Records"]
    count: int = field["longValue"]
    return count


@pytest.mark.parametrize(
    "effect", ["error_500", "drop_before", "drop_after", "kill_before", "kill_after"]
)
def test_a_batch_that_is_struck_in_its_middle_fails_and_leaves_nothing(
    cloud_warehouse: CloudWarehouse, load: Load, run: Run, table: str, effect: str
) -> None:
    second = f"INSERT INTO {table} VALUES (2)"
    load(service="redshift", action="Statement", resource=second, effect=effect)

    struck = _batch(run, table)

    assert struck["Status"] == "FAILED"
    assert struck["Error"].startswith("ERROR: ")
    assert [part["Status"] for part in struck["SubStatements"]] == ["FINISHED", "FAILED"]
    assert _count(cloud_warehouse, run, table) == 0
    assert _batch(run, table)["Status"] == "FINISHED"
    assert _count(cloud_warehouse, run, table) == 2
    (line,) = control.fired(cloud_warehouse.cloud.state_dir)
    assert (line["caller"], line["run"], line["resource"]) == ("redshift", struck["Id"], second)


@pytest.mark.parametrize(
    ("effect", "rows"),
    [("drop_before", 0), ("drop_after", 2), ("kill_before", 0), ("kill_after", 2)],
)
def test_a_batch_fails_whether_its_commit_took_effect_or_not(
    cloud_warehouse: CloudWarehouse, load: Load, run: Run, table: str, *, effect: str, rows: int
) -> None:
    load(service="redshift", resource="COMMIT", effect=effect)

    assert _batch(run, table)["Status"] == "FAILED"

    assert _count(cloud_warehouse, run, table) == rows


def test_the_death_of_one_process_ends_all_sessions_and_the_server_recovers(
    cloud_warehouse: CloudWarehouse, load: Load, run: Run, table: str
) -> None:
    other = cloud_warehouse.connect()
    assert other.value("SELECT 1") == "1"
    load(service="redshift", resource=f"INSERT INTO {table}*", effect="kill_after")

    assert _batch(run, table)["Status"] == "FAILED"

    # So it is where a process of PostgreSQL itself was killed, and nowhere else.
    with pytest.raises(psycopg.OperationalError):
        other.value("SELECT 1")
    assert cloud_warehouse.connect().value(f"SELECT count(*) FROM {table}") == "0"


def test_a_statement_is_slow(load: Load, run: Run, table: str) -> None:
    load(service="redshift", resource=f"INSERT INTO {table}*", effect="slow", seconds=0.5)

    started = time.monotonic()
    done = run(f"INSERT INTO {table} VALUES (1)")

    assert done["Status"] == "FINISHED"
    assert time.monotonic() - started >= 0.5


@pytest.mark.parametrize("effect", ["expired_token", "drop_before"])
def test_a_copy_fails_when_s3_goes_on_failing(
    cloud_warehouse: CloudWarehouse, load: Load, run: Run, table: str, effect: str
) -> None:
    url = cloud_warehouse.put(f"faults/{table}.csv", b"1\n2\n")
    copy = f"COPY {table} FROM '{url}' IAM_ROLE '{cloud_warehouse.role}' CSV"
    resource = f"*/faults/{table}.csv"
    read = {"caller": "redshift", "service": "s3", "action": "GetObject", "resource": resource}
    load(**read, effect=effect, times=None)

    struck = run(copy)
    control.clear(cloud_warehouse.cloud.state_dir)

    assert struck["Status"] == "FAILED"
    assert "S3ServiceException" in struck["Error"]
    assert _count(cloud_warehouse, run, table) == 0
    assert run(copy)["Status"] == "FINISHED"
    assert _count(cloud_warehouse, run, table) == 2


def test_a_copy_reads_again_what_s3_did_not_give_at_once(
    cloud_warehouse: CloudWarehouse, load: Load, run: Run, table: str
) -> None:
    url = cloud_warehouse.put(f"faults/{table}.csv", b"1\n")
    resource = f"*/faults/{table}.csv"
    load(caller="redshift", service="s3", resource=resource, effect="throttle", times=2)

    done = run(f"COPY {table} FROM '{url}' IAM_ROLE '{cloud_warehouse.role}' CSV")

    assert done["Status"] == "FINISHED"
    assert len(control.fired(cloud_warehouse.cloud.state_dir)) == 2
    assert _count(cloud_warehouse, run, table) == 1
