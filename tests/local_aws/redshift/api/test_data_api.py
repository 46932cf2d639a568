"""The Data API runs statements, tells what became of them and keeps their results."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.redshift.conftest import Client, CloudWarehouse

ENDED = ("FINISHED", "FAILED", "ABORTED")
Described = dict[str, Any]


@pytest.fixture
def api(cloud_warehouse: CloudWarehouse) -> Any:
    """Return a client of the Data API."""
    return cloud_warehouse.cloud.client("redshift-data")


@pytest.fixture
def target(cloud_warehouse: CloudWarehouse) -> dict[str, str]:
    """Say which warehouse, and that the admin asks."""
    return {
        "WorkgroupName": cloud_warehouse.workgroup,
        "Database": cloud_warehouse.database,
        "SecretArn": cloud_warehouse.secret,
    }


@pytest.fixture
def run(api: Any, target: dict[str, str]) -> Callable[..., Described]:
    """Run one statement, or several as a batch; return its description at the end."""

    def run(*sqls: str, **parameters: Any) -> Described:
        request = {**target, **parameters}
        if len(sqls) == 1:
            identifier = api.execute_statement(Sql=sqls[0], **request)["Id"]
        else:
            identifier = api.batch_execute_statement(Sqls=list(sqls), **request)["Id"]
        return wait(api, identifier)

    return run


def wait(api: Any, identifier: str) -> Described:
    deadline = time.monotonic() + 30
    while True:
        described: Described = api.describe_statement(Id=identifier)
        if described["Status"] in ENDED:
            return described
        assert time.monotonic() < deadline
        time.sleep(0.01)


def records(api: Any, described: Described) -> list[list[Any]]:
    result = api.get_statement_result(Id=described["Id"])
    return [
        [None if "isNull" in field else next(iter(field.values())) for field in row]
        for row in result["Records"]
    ]


def test_a_query_has_typed_fields_and_column_metadata(api: Any, run: Callable[..., Any]) -> None:
    done = run(
        "SELECT 7 AS n, 2.50::decimal(12,4) AS price, 'x'::varchar(3) AS name, true AS ok, "
        "1.5::float AS share, NULL::int AS nothing, '2010-12-01'::date AS day"
    )
    assert (done["Status"], done["HasResultSet"], done["ResultRows"]) == ("FINISHED", True, 1)
    assert done["Duration"] > 0
    result = api.get_statement_result(Id=done["Id"])
    assert result["Records"] == [
        [
            {"longValue": 7},
            {"stringValue": "2.5000"},
            {"stringValue": "x"},
            {"booleanValue": True},
            {"doubleValue": 1.5},
            {"isNull": True},
            {"stringValue": "2010-12-01"},
        ]
    ]
    columns = {column["name"]: column for column in result["ColumnMetadata"]}
    assert columns["n"]["typeName"] == "int4"
    assert (columns["price"]["precision"], columns["price"]["scale"]) == (12, 4)
    assert (columns["name"]["typeName"], columns["name"]["precision"]) == ("varchar", 3)


def test_named_parameters_are_bound_not_pasted(api: Any, run: Callable[..., Any]) -> None:
    done = run(
        "SELECT :name::varchar(40) AS n, :count::int + 1 AS c, ':name' AS text -- :other",
        Parameters=[
            {"name": "name", "value": "x'; DROP TABLE t; --"},
            {"name": "count", "value": "41"},
        ],
    )
    assert records(api, done) == [["x'; DROP TABLE t; --", 42, ":name"]]
    assert done["QueryParameters"][1] == {"name": "count", "value": "41"}


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT :a::int", [{"name": "b", "value": "1"}]),
        ("SELECT 1", [{"name": "a", "value": "1"}]),
    ],
)
def test_parameters_must_fit_the_statement(
    sql: str, parameters: list[dict[str, str]], run: Callable[..., Any]
) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        run(sql, Parameters=parameters)


def test_a_failing_statement_has_redshifts_error(api: Any, run: Callable[..., Any]) -> None:
    failed = run("SELECT * FROM no_such_table")
    assert failed["Status"] == "FAILED"
    assert failed["Error"] == 'ERROR: relation "no_such_table" does not exist'
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_statement_result(Id=failed["Id"])


def test_a_batch_is_one_transaction(api: Any, run: Callable[..., Any], admin: Client) -> None:
    admin.run("CREATE TABLE batched (a int)")
    done = run("INSERT INTO batched VALUES (1), (2)", "SELECT count(*) FROM batched")
    assert done["Status"] == "FINISHED"
    assert [part["ResultRows"] for part in done["SubStatements"]] == [2, 1]
    second = done["SubStatements"][1]["Id"]
    assert second == f"{done['Id']}:2"
    assert api.get_statement_result(Id=second)["Records"] == [[{"longValue": 2}]]

    failed = run(
        "INSERT INTO batched VALUES (3)",
        "SELECT 1 / (CASE WHEN count(*) = 99 THEN 1 ELSE 0 END) FROM batched",
        "INSERT INTO batched VALUES (4)",
    )
    assert failed["Status"] == "FAILED"
    assert failed["Error"] == "ERROR: division by zero"
    assert [part["Status"] for part in failed["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    assert admin.value("SELECT count(*) FROM batched") == "2"
    admin.run("DROP TABLE batched")


def test_a_batch_that_commits_each_statement_goes_on_after_a_failure(
    run: Callable[..., Any], admin: Client
) -> None:
    admin.run("CREATE TABLE each_alone (a int)")
    done = run(
        "INSERT INTO each_alone VALUES (1)", "SELECT 1 / 0", "INSERT INTO each_alone VALUES (2)",
        ExecutionMode="AUTO_COMMIT",
    )  # fmt: skip
    assert [part["Status"] for part in done["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert admin.value("SELECT count(*) FROM each_alone") == "2"
    admin.run("DROP TABLE each_alone")


@pytest.mark.parametrize("sql", ["COMMIT", "truncate target", "BEGIN"])
def test_a_statement_that_would_end_the_batchs_transaction_is_refused(
    sql: str, run: Callable[..., Any]
) -> None:
    failed = run("SELECT 1", sql)
    assert failed["Status"] == "FAILED"
    assert "in a batch is not supported by the LOCAL engine" in failed["Error"]


def test_one_statement_is_one_statement(run: Callable[..., Any]) -> None:
    failed = run("SELECT 1; SELECT 2")
    assert "cannot insert multiple commands into a prepared statement" in failed["Error"]


def test_a_client_token_makes_the_call_idempotent(
    api: Any, target: dict[str, str], admin: Client
) -> None:
    admin.run("CREATE TABLE once (a int)")
    request = {**target, "Sql": "INSERT INTO once VALUES (1)", "ClientToken": "token-1"}
    ids = {api.execute_statement(**request)["Id"] for _ in range(3)}
    assert len(ids) == 1
    wait(api, ids.pop())
    assert admin.value("SELECT count(*) FROM once") == "1"
    with pytest.raises(ClientError, match="ClientToken was used before"):
        api.execute_statement(**{**request, "Sql": "INSERT INTO once VALUES (2)"})
    admin.run("DROP TABLE once")


def test_results_come_in_pages(api: Any, run: Callable[..., Any]) -> None:
    done = run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "SELECT i FROM n ORDER BY i"
    )
    pages = list(api.get_paginator("get_statement_result").paginate(Id=done["Id"]))
    assert [len(page["Records"]) for page in pages] == [1000, 1000, 500]
    assert pages[0]["TotalNumRows"] == 2500
    assert pages[2]["Records"][-1] == [{"longValue": 2500}]


def test_results_as_csv(api: Any, run: Callable[..., Any]) -> None:
    done = run("SELECT 1 AS a, 'x, y' AS b, NULL::int AS c", ResultFormat="CSV")
    result = api.get_statement_result_v2(Id=done["Id"])
    assert result["Records"] == [{"CSVRecords": 'a,b,c\r\n1,"x, y",\r\n'}]
    with pytest.raises(ClientError, match="GetStatementResultV2"):
        api.get_statement_result(Id=done["Id"])


def test_a_statement_is_really_cancelled(api: Any, target: dict[str, str], admin: Client) -> None:
    admin.run("CREATE TABLE held (a int)")
    admin.run("BEGIN")
    admin.run("LOCK held")
    identifier = api.execute_statement(Sql="INSERT INTO held VALUES (1)", **target)["Id"]
    time.sleep(0.3)
    assert api.describe_statement(Id=identifier)["Status"] in ("PICKED", "STARTED")
    assert api.cancel_statement(Id=identifier)["Status"] is True
    assert wait(api, identifier)["Status"] == "ABORTED"
    admin.run("COMMIT")
    assert admin.value("SELECT count(*) FROM held") == "0"
    admin.run("DROP TABLE held")
    with pytest.raises(ClientError, match="already in ABORTED state"):
        api.cancel_statement(Id=identifier)


def test_a_call_waits_as_long_as_it_is_asked_to(api: Any, target: dict[str, str]) -> None:
    answer = api.execute_statement(Sql="SELECT 1", WaitTimeSeconds=20, **target)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)


def test_a_look_waits_for_a_statement_that_is_about_to_end(
    api: Any, target: dict[str, str], admin: Client
) -> None:
    admin.run("CREATE TABLE looked_at (a int)")
    admin.run("BEGIN")
    admin.run("LOCK looked_at")
    identifier = api.execute_statement(Sql="SELECT * FROM looked_at", **target)["Id"]
    with ThreadPoolExecutor() as pool:
        look = pool.submit(api.describe_statement, Id=identifier, WaitTimeSeconds=30)
        assert api.describe_statement(Id=identifier)["Status"] in ("PICKED", "STARTED")
        assert not look.done()
        admin.run("COMMIT")
        assert look.result()["Status"] == "FINISHED"
    admin.run("DROP TABLE looked_at")


def test_statements_are_listed_newest_first(api: Any, run: Callable[..., Any]) -> None:
    done = [run("SELECT 1", StatementName="listed-a"), run("SELEC", StatementName="listed-b")]
    listed = api.list_statements(StatementName="listed-")["Statements"]
    assert [one["Id"] for one in listed] == [done[1]["Id"], done[0]["Id"]]
    failed = api.list_statements(StatementName="listed-", Status="FAILED")["Statements"]
    assert [one["StatementName"] for one in failed] == ["listed-b"]


def test_databases_schemas_tables_and_columns_are_listed(
    api: Any, target: dict[str, str], admin: Client
) -> None:
    admin.run("CREATE SCHEMA shown")
    admin.run("CREATE TABLE shown.t (a decimal(12,4) NOT NULL, b varchar(7))")
    assert "dev" in api.list_databases(**target)["Databases"]
    assert api.list_schemas(SchemaPattern="sho%", **target)["Schemas"] == ["shown"]
    assert api.list_tables(SchemaPattern="shown", **target)["Tables"] == [
        {"name": "t", "schema": "shown", "type": "TABLE"}
    ]
    columns = api.describe_table(Schema="shown", Table="t", **target)["ColumnList"]
    assert [(one["name"], one["typeName"], one["nullable"]) for one in columns] == [
        ("a", "numeric", 0),
        ("b", "varchar", 1),
    ]
    admin.run("DROP SCHEMA shown CASCADE")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Sql": "SELECT 1 -- " + "x" * 102_400}, "100 KB"),
        ({"WorkgroupName": "no-such"}, "endpoint doesn't exist"),
        ({"SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:none"}, "secret"),
        ({"SessionKeepAliveSeconds": 60}, "no sessions"),
    ],
)
def test_requests_that_do_not_fit_are_refused(
    changes: dict[str, Any], message: str, api: Any, target: dict[str, str]
) -> None:
    with pytest.raises(ClientError, match="ValidationException") as refused:
        api.execute_statement(**{"Sql": "SELECT 1", **target, **changes})
    assert message in str(refused.value)


def test_a_batch_has_at_most_forty_statements(run: Callable[..., Any]) -> None:
    assert run(*["SELECT 1"] * 40)["Status"] == "FINISHED"
    with pytest.raises(ClientError, match="at most 40"):
        run(*["SELECT 1"] * 41)


def test_an_unknown_statement_is_not_found(api: Any) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError, match="Query does not exist"):
        api.describe_statement(Id=unknown)


def test_without_a_secret_the_caller_is_a_user_of_its_own(
    api: Any, cloud_warehouse: CloudWarehouse, admin: Client
) -> None:
    target = {"WorkgroupName": cloud_warehouse.workgroup, "Database": cloud_warehouse.database}
    answer = api.execute_statement(Sql="SELECT current_user AS u", **target)
    assert answer["DbUser"] == "IAM:RootIdentity"
    assert records(api, wait(api, answer["Id"])) == [["IAM:RootIdentity"]]
    admin.run("CREATE SCHEMA of_the_admin")
    denied = wait(
        api, api.execute_statement(Sql="CREATE TABLE of_the_admin.t (a int)", **target)["Id"]
    )
    assert denied["Error"] == "ERROR: permission denied for schema of_the_admin"
    admin.run('GRANT CREATE ON SCHEMA of_the_admin TO "IAM:RootIdentity"')
    allowed = api.execute_statement(Sql="CREATE TABLE of_the_admin.t (a int)", **target)["Id"]
    assert wait(api, allowed)["Status"] == "FINISHED"
    admin.run("DROP SCHEMA of_the_admin CASCADE")


def test_a_role_is_a_user_by_its_name(cloud_warehouse: CloudWarehouse) -> None:
    cloud = cloud_warehouse.cloud
    session = cloud.client("sts").assume_role(
        RoleArn=cloud_warehouse.role, RoleSessionName="loading"
    )["Credentials"]
    api = cloud.client("redshift-data", session["AccessKeyId"])
    answer = api.execute_statement(
        Sql="SELECT 1",
        WorkgroupName=cloud_warehouse.workgroup,
        Database=cloud_warehouse.database,
    )
    assert answer["DbUser"] == "IAMR:warehouse-reads-s3"
