"""`etl report` on the local cloud: the warehouse's views by the Data API, real executions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from cli.errors import CliError
from cli.report.command import write_report
from cli.report.queries import QUERIES, read_data
from cli.report.runs import Run, read_run
from cli.settings import Settings
from cli.target import Target, open_target
from loader.warehouse import bootstrap_statements, migration_statements
from loader.warehouse_views import make_role_statements, make_views_statements
from tests.cli.report.html_page import Page
from tests.cli.report.sample_data import TRAP, sample_data
from tests.conftest import LocalCloud
from tests.local_aws.redshift.conftest import Client

ROLE = "arn:aws:iam::000000000000:role/any"
NAME = "report-tests"
_MISSING_TABLE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Arguments": {"TableName": "no-such-table", "Key": {"id": {"S": "1"}}},
}
MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Choose",
    "States": {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.do = 'fail' %}", "Next": "CleanseTransactions"},
                {"Condition": "{% $states.input.do = 'wait' %}", "Next": "WaitForEver"},
            ],
            "Default": "NothingPending",
        },
        "CleanseTransactions": {
            **_MISSING_TABLE,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"failure": "{% $states.errorOutput %}"},
                    "Next": "Failed",
                }
            ],
            "End": True,
        },
        "Failed": {
            "Type": "Fail",
            "Error": "{% $failure.Error %}",
            "Cause": "{% $failure.Cause %}",
        },
        "WaitForEver": {"Type": "Wait", "Seconds": 600, "End": True},
        "NothingPending": {
            "Type": "Pass",
            "Output": {"outcome": "NOTHING_PENDING"},
            "End": True,
        },
    },
}
# Invoice, code, description, day, customer, country, amount.
_FACTS = (
    ("1", "10001", TRAP, "2010-12-01", "1", "Utopia", "5.1000"),
    ("2", "10002", "B", "2011-01-31", "1", "Utopia", "9.9999"),
    ("C3", "10002", "B", "2011-02-01", "1", "Utopia", "-1.0000"),
    ("4", "POST", "Postage", "2011-02-02", "NULL", "Oz", "3.0000"),
    ("A5", "B", "Bad debt", "2011-02-02", "NULL", "Oz", "-9.0000"),
)
_TYPES = {"C": "cancellation", "A": "adjustment"}


@dataclass(frozen=True)
class Deployed:
    """A stack with what the report reads, and the administrator of its warehouse."""

    cloud: LocalCloud
    target: Target
    admin: Client

    def start(self, name: str, what: str) -> str:
        """Start an execution; return its ARN."""
        begun = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.target.output("StateMachineArn"),
            name=name,
            input=json.dumps({"do": what}),
        )
        return str(begun["executionArn"])

    def end_of(self, arn: str) -> None:
        """Wait until an execution has ended."""
        deadline = time.monotonic() + 60
        states = self.cloud.client("stepfunctions")
        while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def deployed(local_cloud: LocalCloud) -> Iterator[Deployed]:
    """Make a workgroup, a state machine and a ledger, and a stack that names them."""
    serverless = local_cloud.client("redshift-serverless")
    namespace = serverless.create_namespace(namespaceName=NAME, manageAdminPassword=True)
    workgroup = serverless.create_workgroup(workgroupName=NAME, namespaceName=NAME)["workgroup"]
    secret = namespace["namespace"]["adminPasswordSecretArn"]
    database = namespace["namespace"]["dbName"]
    login = json.loads(
        local_cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    )
    machine = local_cloud.client("stepfunctions").create_state_machine(
        name=NAME, roleArn=ROLE, definition=json.dumps(MACHINE)
    )["stateMachineArn"]
    outputs = {
        "Workgroup": NAME,
        "WarehouseDatabase": database,
        "StateMachineArn": machine,
        "CompactStateMachineArn": machine.replace(NAME, "compact"),
        "LedgerTable": NAME,
    }
    _deploy(local_cloud, outputs)
    settings = Settings(False, "report", "tests", None, None, local_cloud.state_dir)
    address = workgroup["endpoint"]
    with psycopg.connect(
        host=address["address"],
        port=address["port"],
        user=login["username"],
        password=login["password"],
        dbname=database,
        autocommit=True,
    ) as connection:
        yield Deployed(local_cloud, open_target(settings), Client(connection))


def _deploy(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    key = [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in (("run_id", "HASH"), ("stage", "RANGE"))
    ]
    table = {
        "TableName": NAME,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key,
        "AttributeDefinitions": [
            {"AttributeName": each["AttributeName"], "AttributeType": "S"} for each in key
        ],
    }
    template = {
        "Resources": {"Ledger": {"Type": "AWS::DynamoDB::Table", "Properties": table}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName=NAME, TemplateBody=json.dumps(template))
    formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})


@pytest.fixture(scope="module")
def empty_warehouse(deployed: Deployed) -> Deployed:
    """Make the schema and the views."""
    statements = [
        *bootstrap_statements(),
        *migration_statements(0),
        *make_role_statements(),
        *make_views_statements(),
    ]
    for statement in statements:
        deployed.admin.run(statement)
    return deployed


@pytest.fixture(scope="module")
def warehouse(empty_warehouse: Deployed) -> Deployed:
    """Put a few sales into the warehouse."""
    with pytest.raises(CliError, match="no sales yet: send some with `etl send FILE`"):
        read_data(empty_warehouse.target)
    client = empty_warehouse.admin
    for invoice, code, text, day, customer, country, amount in _FACTS:
        kind, is_product = _TYPES.get(invoice[0], "sale"), code.isdigit()
        client.run(
            f"INSERT INTO retail.fact_sales VALUES ('{invoice}#L1', '{invoice}', 1, '{code}', "
            f"'{text}', 1, '{day} 23:59:00', {day.replace('-', '')}, {amount}, {customer}, "
            f"'{country}', {amount}, '{kind}', {is_product})"
        )
    client.run("INSERT INTO retail.dim_customer VALUES (1, 'Utopia', NULL, NULL)")
    client.run(
        "INSERT INTO retail.dim_product SELECT stock_code, MAX(description), TRUE "
        "FROM retail.fact_sales GROUP BY stock_code"
    )
    for statement in make_views_statements():
        client.run(statement)
    return empty_warehouse


def test_without_views_one_line_says_what_to_do(deployed: Deployed) -> None:
    with pytest.raises(CliError, match=r"^the warehouse has no .*`etl run`$"):
        read_data(deployed.target)


def test_the_answers_have_the_shape_that_the_report_shows(warehouse: Deployed) -> None:
    answers = read_data(warehouse.target)

    assert {name: answer.columns for name, answer in answers.items()} == {
        name: answer.columns for name, answer in sample_data().items()
    }
    assert list(answers) == list(QUERIES)


def test_the_report_holds_what_the_views_hold(warehouse: Deployed, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_report(warehouse.target, file, None, shows=False)
    held = Page(file.read_text(encoding="utf-8")).data["data"]

    for view in ("revenue_by_day", "revenue_by_month", "revenue_by_country", "basket_size"):
        columns = ", ".join(held[view]["columns"])
        rows = warehouse.admin.rows(f"SELECT {columns} FROM retail.{view} ORDER BY 1")
        assert [tuple(str(each) for each in row) for row in sorted(held[view]["rows"])] == rows
    assert held["revenue_by_month"]["rows"] == [
        ["2010-12-01", 1, "5.1000", "0.0000", "5.1000"],
        ["2011-01-01", 1, "9.9999", "0.0000", "9.9999"],
        ["2011-02-01", 1, "3.0000", "-1.0000", "2.0000"],
    ]
    products = [(row[2], row[-1]) for row in held["top_products"]["rows"]]
    assert products == [("B", "8.9999"), (TRAP, "5.1000")]


def test_a_file_that_cannot_be_written_is_an_error_of_one_line(
    warehouse: Deployed, tmp_path: Path
) -> None:
    with pytest.raises(CliError, match=r"^cannot write .*: No such file or directory"):
        write_report(warehouse.target, tmp_path / "absent" / "report.html", None, shows=False)


@pytest.fixture(scope="module")
def read(deployed: Deployed) -> Callable[[str, str], Run]:
    """Return a function that runs an execution to its end and reads it."""

    def run(name: str, what: str) -> Run:
        deployed.end_of(deployed.start(name, what))
        return read_run(deployed.target, name)

    return run


def test_a_failed_execution_is_read_with_its_attempts_and_ledger(
    deployed: Deployed, read: Callable[[str, str], Run], tmp_path: Path
) -> None:
    deployed.cloud.client("dynamodb").put_item(
        TableName=NAME,
        Item={
            "run_id": {"S": "failing"},
            "stage": {"S": "cleanse"},
            "status": {"S": "FAILED"},
            "rows_in": {"N": "7"},
        },
    )
    run = read("failing", "fail")

    assert (run.status, run.has_history) == ("FAILED", True)
    assert run.error.startswith("DynamoDB.ResourceNotFound")
    assert [each.state for each in run.failures] == ["CleanseTransactions"] * 2
    assert run.ledger["cleanse"]["rows_in"] == 7
    write_report(deployed.target, tmp_path / "run.html", "latest", shows=False)
    page = Page((tmp_path / "run.html").read_text(encoding="utf-8"))
    assert "The run failed." in page.text
    assert run.error in page.text


def test_an_execution_with_nothing_to_do_is_told_from_a_success(
    read: Callable[[str, str], Run],
) -> None:
    assert read("idle", "nothing").status == "NOTHING_PENDING"


def test_an_execution_under_way_is_read_by_its_arn(deployed: Deployed) -> None:
    arn = deployed.start("waiting", "wait")
    run = read_run(deployed.target, arn)

    assert (run.name, run.status, run.stopped) == ("waiting", "RUNNING", None)
    deployed.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    deployed.end_of(arn)
    assert read_run(deployed.target, "waiting").status == "ABORTED"


def test_the_latest_is_the_execution_started_last(
    deployed: Deployed, read: Callable[[str, str], Run]
) -> None:
    read("second-last", "nothing")
    read("last", "nothing")

    assert read_run(deployed.target, "latest").name == "last"


def test_a_run_that_nobody_knows_is_an_error_of_one_line(deployed: Deployed) -> None:
    with pytest.raises(CliError, match="there is no run 1999: `--run latest` shows"):
        read_run(deployed.target, "1999")


def test_a_run_that_only_the_ledger_knows_is_told_from_it(deployed: Deployed) -> None:
    deployed.cloud.client("dynamodb").put_item(
        TableName=NAME,
        Item={
            "run_id": {"S": "old"},
            "stage": {"S": "execution"},
            "status": {"S": "SUCCEEDED"},
            "started_at": {"S": "2026-01-01T00:00:00.000Z"},
        },
    )
    run = read_run(deployed.target, "old")

    assert (run.status, run.has_history) == ("SUCCEEDED", False)
    assert run.started is not None
    assert run.started.year == 2026
