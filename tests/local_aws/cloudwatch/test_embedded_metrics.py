"""Log lines in embedded metric format become metrics; an alarm on one is declared, not judged."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_aws.cloudwatch.embedded_metrics import Datum, read
from tests.conftest import LocalCloud


def line(**changes: Any) -> str:
    """Return a line as the functions write it, with other top-level members."""
    return json.dumps(
        {
            "_aws": {
                "Timestamp": 1_795_392_000_500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "etl-dev",
                        "Dimensions": [[]],
                        "Metrics": [{"Name": "EventsAccepted", "Unit": "Count"}],
                    }
                ],
            },
            "EventsAccepted": [3.0],
            "request_id": "abc",
            **changes,
        }
    )


def test_a_metric_without_dimensions_is_read_with_its_time_and_unit() -> None:
    assert list(read(line())) == [
        Datum("etl-dev", "EventsAccepted", "Count", {}, 1_795_392_000.5, (3.0,))
    ]


def test_a_number_is_a_metric_of_one_value() -> None:
    (datum,) = read(line(EventsAccepted=7))
    assert datum.values == (7.0,)


def test_dimensions_are_the_members_that_the_set_names() -> None:
    document = json.loads(line(stage="cleanse"))
    document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] = [["stage"], []]
    assert [datum.dimensions for datum in read(json.dumps(document))] == [{"stage": "cleanse"}, {}]


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        '{"level": "INFO", "message": "\\"_aws\\""}',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "n"',
        line(EventsAccepted="many"),
        json.dumps({"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "n"}]}}),
    ],
    ids=["plain", "quoted", "no object", "cut off", "no number", "no metrics"],
)
def test_any_other_line_is_none(text: str) -> None:
    assert list(read(text)) == []


@pytest.fixture(scope="module")
def function(local_cloud: LocalCloud) -> str:
    """Return a function that writes a line of two metrics, three times invoked."""
    source = """
import json, time
def handle(event, context):
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{"Namespace": "emf-test",
             "Dimensions": [[]], "Metrics": [{"Name": "Taken", "Unit": "Count"}]}]}
    print(json.dumps({"_aws": about, "Taken": event["taken"]}))
"""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", source)
    functions = local_cloud.client("lambda")
    functions.create_function(
        FunctionName="emf-test",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="handler.handle",
        Code={"ZipFile": package.getvalue()},
        Timeout=10,
    )
    for taken in (5, [1, 2], 4):
        payload = json.dumps({"taken": taken}).encode()
        answer = functions.invoke(FunctionName="emf-test", Payload=payload)
        assert "FunctionError" not in answer
    return "emf-test"


def test_what_a_function_prints_is_found_as_a_metric(
    local_cloud: LocalCloud, function: str
) -> None:
    now = datetime.now(UTC)
    points = local_cloud.client("cloudwatch").get_metric_statistics(
        Namespace=function,
        MetricName="Taken",
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    # Two where the hour has just turned.
    assert sum(each["Sum"] for each in points) == 12
    assert sum(each["SampleCount"] for each in points) == 4
    assert min(each["Minimum"] for each in points) == 1
    assert max(each["Maximum"] for each in points) == 5


def test_an_alarm_is_kept_as_declared_and_not_judged(local_cloud: LocalCloud) -> None:
    cloudwatch = local_cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="unjudged",
        AlarmDescription="says what it means",
        Namespace="alarm-test",
        MetricName="Taken",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        TreatMissingData="notBreaching",
    )
    cloudwatch.put_metric_data(
        Namespace="alarm-test",
        MetricData=[{"MetricName": "Taken", "Value": 5.0, "Timestamp": time.time()}],
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["unjudged"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["Threshold"] == 0
