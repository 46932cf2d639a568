"""Executions of JSONata state machines, seen through the API."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import LocalCloud

    Start = Callable[..., str]

ROLE = "arn:aws:iam::000000000000:role/any"
FUNCTION = """
calls = 0
class LockHeld(Exception): pass
def handle(event, context):
    global calls
    if event.get("reset"): calls = 0
    if event.get("sleep"):
        import time; time.sleep(event["sleep"])
    calls += 1
    if calls <= event.get("fail", 0): raise LockHeld("by another")
    return {"calls": calls, "payload": "x" * event.get("size", 0)}
"""


@pytest.fixture(scope="module")
def function(local_cloud: LocalCloud) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("handler.py", FUNCTION)
    name = f"task-{uuid.uuid4().hex[:8]}"
    local_cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=ROLE,
        Handler="handler.handle",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    return name


@pytest.fixture
def start(local_cloud: LocalCloud) -> Start:
    def start(states: dict[str, Any], given: Any = None, **top: Any) -> str:
        machine = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        states_client = local_cloud.client("stepfunctions")
        arn = states_client.create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:8]}",
            roleArn=ROLE,
            definition=json.dumps({**machine, **top}),
        )["stateMachineArn"]
        begun = states_client.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))
        return str(begun["executionArn"])

    return start


def _end_of(local_cloud: LocalCloud, arn: str, seconds: float = 20) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found: dict[str, Any] = local_cloud.client("stepfunctions").describe_execution(
            executionArn=arn
        )
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.02)
    raise AssertionError("the execution did not end")


def _output(local_cloud: LocalCloud, arn: str) -> Any:
    ended = _end_of(local_cloud, arn)
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def _events(local_cloud: LocalCloud, arn: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = local_cloud.client("stepfunctions").get_execution_history(
        executionArn=arn, maxResults=1000
    )["events"]
    return events


def _invoke(function: str, payload: Any, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": payload},
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def test_variables_are_assigned_together_and_read_later(
    local_cloud: LocalCloud, start: Start
) -> None:
    arn = start(
        {
            "First": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Swap"},
            "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Tell"},
            "Tell": {
                "Type": "Pass",
                "Output": {"a": "{% $a %}", "b": "{% $b %}", "in": "{% $states.input.x %}"},
                "End": True,
            },
        },
        {"x": None},
    )
    assert _output(local_cloud, arn) == {"a": 2, "b": 1, "in": None}


def test_the_context_object_is_awss_and_nothing_more(local_cloud: LocalCloud, start: Start) -> None:
    arn = start({"A": {"Type": "Pass", "Output": "{% $states.context %}", "End": True}}, {"k": 1})
    context = _output(local_cloud, arn)
    assert context["Execution"]["Id"] == arn
    assert context["Execution"]["Name"] == arn.rsplit(":", 1)[1]
    assert context["Execution"]["Input"] == {"k": 1}
    assert context["Execution"]["StartTime"].endswith("Z")
    assert context["State"]["Name"] == "A"
    assert set(context) == {"Execution", "StateMachine", "State"}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("{% $states.input.missing %}", "did not return a result"),
        ("{% $nobody %}", "did not return a result"),
        ("{% $eval('1') %}", "$parse"),
        ("{% 'a' + 1 %}", "T2001"),
        ("{% $states.context.variables %}", "did not return a result"),
    ],
)
def test_an_expression_without_a_value_fails_the_execution(
    local_cloud: LocalCloud, start: Start, expression: str, names: str
) -> None:
    ended = _end_of(local_cloud, start({"A": {"Type": "Pass", "Output": expression, "End": True}}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert names in ended["cause"]


@pytest.mark.parametrize(("n", "expected"), [(1, "one"), (2, "other")])
def test_a_choice_takes_the_first_true_condition(
    local_cloud: LocalCloud, start: Start, n: int, expected: str
) -> None:
    rule = {"Condition": "{% $states.input.n = 1 %}", "Output": "one", "Next": "End"}
    arn = start(
        {
            "Which": {"Type": "Choice", "Choices": [rule], "Default": "Other"},
            "Other": {"Type": "Pass", "Output": "other", "Next": "End"},
            "End": {"Type": "Succeed"},
        },
        {"n": n},
    )
    assert _output(local_cloud, arn) == expected


def test_a_condition_that_is_no_boolean_is_an_error(local_cloud: LocalCloud, start: Start) -> None:
    arn = start(
        {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% 'yes' %}", "Next": "End"}],
                "Default": "End",
            },
            "End": {"Type": "Succeed"},
        }
    )
    assert _end_of(local_cloud, arn)["error"] == "States.QueryEvaluationError"


def test_a_fail_state_evaluates_error_and_cause(local_cloud: LocalCloud, start: Start) -> None:
    arn = start(
        {"A": {"Type": "Fail", "Error": "{% 'E' & '1' %}", "Cause": "{% $states.input.why %}"}},
        {"why": "because"},
    )
    ended = _end_of(local_cloud, arn)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "E1", "because")


def test_an_exceptions_class_name_is_what_retry_and_catch_match(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    retry = [{"ErrorEquals": ["LockHeld"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    catch = {"ErrorEquals": ["LockHeld"], "Assign": {"why": "{% $states.errorOutput %}"}}
    state = _invoke(
        function,
        {"reset": True, "fail": 9},
        Retry=retry,
        Catch=[{**catch, "Output": "{% $states.errorOutput.Error %}", "Next": "Caught"}],
    )
    caught = {
        "Type": "Pass",
        "Output": {"input": "{% $states.input %}", "why": "{% $parse($why.Cause) %}"},
        "End": True,
    }
    started = time.monotonic()
    arn = start({"Try": state, "Caught": caught})
    output = _output(local_cloud, arn)
    assert output["input"] == "LockHeld"
    assert output["why"]["errorType"] == "LockHeld"
    assert output["why"]["errorMessage"] == "by another"
    assert time.monotonic() - started > 1
    kinds = [event["type"] for event in _events(local_cloud, arn)]
    assert kinds.count("TaskScheduled") == 2


def test_a_retry_that_succeeds_goes_on_with_the_result(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    local_cloud.client("lambda").invoke(FunctionName=function, Payload=b'{"reset": true}')
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    arn = start(
        {
            "Try": _invoke(
                function,
                {"fail": 2},
                Retry=retry,
                Output="{% [$states.result.Payload.calls, $states.context.State.RetryCount] %}",
            )
        }
    )
    assert _output(local_cloud, arn) == [3, 1]


def test_the_history_tells_each_state_as_it_goes(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    arn = start({"Try": _invoke(function, {}, Next="Done"), "Done": {"Type": "Succeed"}})
    _end_of(local_cloud, arn)
    events = _events(local_cloud, arn)
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["previousEventId"] for event in events] == list(range(9))
    assert events[1]["stateEnteredEventDetails"]["name"] == "Try"
    scheduled = events[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")
    assert json.loads(scheduled["parameters"])["FunctionName"] == function


def test_a_task_that_takes_too_long_times_out_and_can_be_caught(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    arn = start(
        {
            "Try": _invoke(function, {"sleep": 5}, TimeoutSeconds=1, Catch=catch),
            "Late": {"Type": "Pass", "Output": "{% $states.input.Error %}", "End": True},
        }
    )
    started = time.monotonic()
    assert _output(local_cloud, arn) == "States.Timeout"
    assert time.monotonic() - started < 4
    assert "TaskTimedOut" in [event["type"] for event in _events(local_cloud, arn)]


def test_an_execution_times_out_as_a_whole(local_cloud: LocalCloud, start: Start) -> None:
    arn = start({"A": {"Type": "Wait", "Seconds": 60, "End": True}}, TimeoutSeconds=1)
    ended = _end_of(local_cloud, arn)
    assert ended["status"] == "TIMED_OUT"
    assert _events(local_cloud, arn)[-1]["type"] == "ExecutionTimedOut"


def test_a_stopped_execution_ends_at_once_and_stays_aborted(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 99}]
    arn = start({"A": _invoke(function, {"reset": True, "fail": 99}, Retry=retry)})
    time.sleep(0.5)
    states = local_cloud.client("stepfunctions")
    states.stop_execution(executionArn=arn, error="Enough", cause="of it")
    time.sleep(2)
    ended = _end_of(local_cloud, arn)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of it")
    assert _events(local_cloud, arn)[-1]["type"] == "ExecutionAborted"


def test_dynamodb_items_are_put_updated_read_and_conditions_fail_by_name(
    local_cloud: LocalCloud, start: Start
) -> None:
    table = f"table-{uuid.uuid4().hex[:8]}"
    local_cloud.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def call(action: str, following: str, **arguments: Any) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": f"arn:aws:states:::dynamodb:{action}",
            "Arguments": {"TableName": table, **arguments},
            "Next": following,
        }

    key = {"id": {"S": "{% $states.context.Execution.Name %}"}}
    conditional = call("putItem", "Never", Item=key, ConditionExpression="attribute_not_exists(id)")
    caught = {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Read"}
    read = call("getItem", "Delete", Key=key)
    update = call(
        "updateItem",
        "Again",
        Key=key,
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )
    arn = start(
        {
            "Put": call("putItem", "Update", Item=key),
            "Update": update,
            "Again": {**conditional, "Catch": [caught]},
            "Never": {"Type": "Fail"},
            "Read": {**read, "Assign": {"n": "{% $states.result.Item.n.N %}"}},
            "Delete": call("deleteItem", "Tell", Key=key),
            "Tell": {"Type": "Pass", "Output": "{% $n %}", "End": True},
        }
    )
    assert _output(local_cloud, arn) == "7"
    assert local_cloud.client("dynamodb").scan(TableName=table)["Count"] == 0


def test_an_aws_sdk_call_fails_with_the_services_name(
    local_cloud: LocalCloud, start: Start
) -> None:
    arn = start(
        {
            "A": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:glue:getTable",
                "Arguments": {"DatabaseName": "nothing", "Name": "nothing"},
                "End": True,
            }
        }
    )
    assert _end_of(local_cloud, arn)["error"] == "Glue.EntityNotFoundException"


def test_a_result_of_more_than_256_kib_fails_the_state(
    local_cloud: LocalCloud, start: Start, function: str
) -> None:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Never"}]
    arn = start(
        {
            "A": _invoke(function, {"size": 270_000}, Catch=caught),
            "Never": {"Type": "Succeed"},
        }
    )
    ended = _end_of(local_cloud, arn)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_parallel_branches_run_beside_each_other_and_keep_their_order(
    local_cloud: LocalCloud, start: Start
) -> None:
    def branch(seconds: int, value: str) -> dict[str, Any]:
        wait = {"Type": "Wait", "Seconds": seconds, "Assign": {"own": value}, "Next": "B"}
        tell = {"Type": "Pass", "Output": "{% $own & $outer %}", "End": True}
        return {"StartAt": "A", "States": {"A": wait, "B": tell}}

    started = time.monotonic()
    arn = start(
        {
            "Set": {"Type": "Pass", "Assign": {"outer": "!"}, "Next": "Both"},
            "Both": {"Type": "Parallel", "Branches": [branch(1, "a"), branch(1, "b")], "End": True},
        }
    )
    assert _output(local_cloud, arn) == ["a!", "b!"]
    assert time.monotonic() - started < 1.9


def test_a_failing_branch_ends_the_others_at_once(local_cloud: LocalCloud, start: Start) -> None:
    slow = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 30, "End": True}}}
    broken = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken"}}}
    catch = [{"ErrorEquals": ["Broken"], "Output": "caught", "Next": "End"}]
    arn = start(
        {
            "Both": {"Type": "Parallel", "Branches": [slow, broken], "Catch": catch, "End": True},
            "End": {"Type": "Succeed"},
        }
    )
    started = time.monotonic()
    assert _output(local_cloud, arn) == "caught"
    assert time.monotonic() - started < 5


def test_a_map_runs_its_states_for_each_item(local_cloud: LocalCloud, start: Start) -> None:
    double = {"Type": "Pass", "Output": "{% $states.input.n * 2 %}", "End": True}
    arn = start(
        {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.numbers %}",
                "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
                "ItemProcessor": {"StartAt": "Double", "States": {"Double": double}},
                "End": True,
            }
        },
        {"numbers": [1, 2, 3]},
    )
    assert _output(local_cloud, arn) == [2, 4, 6]


def test_starting_again_under_a_name_is_the_same_call_only_with_the_same_input(
    local_cloud: LocalCloud, start: Start
) -> None:
    arn = start({"A": {"Type": "Wait", "Seconds": 20, "End": True}}, {"a": 1})
    states = local_cloud.client("stepfunctions")
    machine = states.describe_execution(executionArn=arn)["stateMachineArn"]
    name = arn.rsplit(":", 1)[1]
    again = states.start_execution(stateMachineArn=machine, name=name, input='{"a": 1}')
    assert again["executionArn"] == arn
    with pytest.raises(ClientError) as caught:
        states.start_execution(stateMachineArn=machine, name=name, input='{"a": 2}')
    assert caught.value.response["Error"]["Code"] == "ExecutionAlreadyExists"
    states.stop_execution(executionArn=arn)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"name": "a b"}, "InvalidName"),
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"input": json.dumps("x" * 262_144)}, "ValidationException"),
    ],
)
def test_a_start_that_aws_would_refuse_is_refused(
    local_cloud: LocalCloud, start: Start, arguments: dict[str, str], code: str
) -> None:
    states = local_cloud.client("stepfunctions", parameter_validation=False)
    arn = start({"A": {"Type": "Succeed"}})
    machine = states.describe_execution(executionArn=arn)["stateMachineArn"]
    with pytest.raises(ClientError) as caught:
        states.start_execution(stateMachineArn=machine, **arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_a_faulty_definition_is_refused_at_creation(local_cloud: LocalCloud) -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass"}}}
    with pytest.raises(ClientError, match="One of 'Next' and 'End' is required") as caught:
        local_cloud.client("stepfunctions").create_state_machine(
            name="faulty", roleArn=ROLE, definition=json.dumps(definition)
        )
    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"


def test_a_definition_can_be_validated_without_being_created(local_cloud: LocalCloud) -> None:
    states = local_cloud.client("stepfunctions")

    def validate(state: dict[str, Any]) -> dict[str, Any]:
        machine = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}
        found: dict[str, Any] = states.validate_state_machine_definition(
            definition=json.dumps(machine)
        )
        return found

    assert validate({"Type": "Succeed"})["result"] == "OK"
    faulty = validate({"Type": "Pass"})
    assert faulty["result"] == "FAIL"
    assert "'Next' and 'End'" in faulty["diagnostics"][0]["message"]
