"""Alarms and dashboard watch metrics that exist, of our resources, at the price that is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.infra.aws_metrics import AWS_METRICS
from tests.infra.infra_files import CHECKOUT, read_template

Templates = dict[str, dict[str, Any]]

OBSERVABILITY = read_template("observability")["Resources"]
OUR_NAMESPACE = "${Project}-${Stage}"
# How lambdas/ names what it writes in embedded metric format: a key, and a `Figure` under it.
_WRITTEN = re.compile(r'"(\w+)"\]?(?: =|:) Figure\(')
_ARN = re.compile(r"arn:\$\{AWS::Partition}:states:.+:stateMachine:(.+)")
# The type and property that name what a dimension is about.
_NAMED_BY = {
    "FunctionName": ("AWS::Lambda::Function", "FunctionName"),
    "DeliveryStreamName": ("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"),
    "TableName": ("AWS::DynamoDB::Table", "TableName"),
    "StateMachineArn": ("AWS::StepFunctions::StateMachine", "StateMachineName"),
    "JobName": ("AWS::Glue::Job", "Name"),
    "Workgroup": ("AWS::RedshiftServerless::Workgroup", "WorkgroupName"),
    "WorkGroup": ("AWS::Athena::WorkGroup", "Name"),
    "BucketName": ("AWS::S3::Bucket", "BucketName"),
}
# Values that a service sets, as its documentation has them.
_SET_BY_AWS = {
    "JobRunId": {"ALL"},
    "Type": {"count"},
    "QueryState": {"SUCCEEDED"},
    "QueryType": {"DML"},
    "StorageType": {"StandardStorage", "StandardIAStorage"},
}


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm or a widget names; texts as the template has them."""

    where: str
    namespace: str
    name: str
    dimensions: dict[str, str]


def text(value: Any) -> str:
    """Return a value's text, with a parameter in the form that !Sub gives it."""
    if isinstance(value, dict):
        return str(value["Fn::Sub"]) if "Fn::Sub" in value else f"${{{value['Ref']}}}"
    return str(value)


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in OBSERVABILITY.items() if each["Type"] == kind}


ALARMS = of_type("AWS::CloudWatch::Alarm")


def alarmed() -> Iterator[Watched]:
    for name, alarm in ALARMS.items():
        properties = alarm["Properties"]
        dimensions = {
            each["Name"]: text(each["Value"]) for each in properties.get("Dimensions", [])
        }
        yield Watched(name, text(properties["Namespace"]), properties["MetricName"], dimensions)


def shown() -> Iterator[Watched]:
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    for widget in json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]:
        for metric in widget["properties"]["metrics"]:
            texts = [each for each in metric if isinstance(each, str)]
            dimensions = dict(zip(texts[2::2], texts[3::2], strict=True))
            yield Watched(widget["properties"]["title"], texts[0], texts[1], dimensions)


WATCHED = [*alarmed(), *shown()]


def ours() -> set[str]:
    """Return the names of metrics that functions write and metric filters count."""
    sources = [path.read_text("utf-8") for path in (CHECKOUT / "lambdas").rglob("*.py")]
    written = {name for source in sources for name in _WRITTEN.findall(source)}
    assert written >= {"EventsAccepted", "QuarantinePercent", "RunSeconds"}
    filters = of_type("AWS::Logs::MetricFilter").values()
    (counted,) = {each["Properties"]["MetricTransformations"][0]["MetricName"] for each in filters}
    return written | {counted}


def test_every_metric_of_aws_is_one_that_it_documents_with_these_dimensions() -> None:
    of_aws = [each for each in WATCHED if each.namespace != OUR_NAMESPACE]
    unknown = [
        each
        for each in of_aws
        if not any(
            each.namespace == known.namespace
            and each.name in known.names
            and frozenset(each.dimensions) in known.dimensions
            for known in AWS_METRICS
        )
    ]
    assert len(of_aws) >= 40
    assert unknown == []


def test_every_metric_of_the_table_is_watched() -> None:
    watched = {(each.namespace, each.name) for each in WATCHED}
    known = {(each.namespace, name) for each in AWS_METRICS for name in each.names}
    assert known - watched == set()


def test_the_metrics_of_ours_are_those_that_are_written_all_without_dimensions() -> None:
    own = [each for each in WATCHED if each.namespace == OUR_NAMESPACE]
    assert {each.name for each in own} == ours()
    assert [each for each in own if each.dimensions] == []


@pytest.mark.parametrize("dimension", _NAMED_BY)
def test_a_dimension_names_a_resource_of_a_template(templates: Templates, dimension: str) -> None:
    kind, named_by = _NAMED_BY[dimension]
    names = {
        text(resource["Properties"][named_by])
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    }
    values = {each.dimensions[dimension] for each in WATCHED if dimension in each.dimensions}
    values = {found[1] if (found := _ARN.fullmatch(value)) else value for value in values}
    assert values
    assert values <= names


def test_an_api_s_id_is_one_that_the_root_passes(templates: Templates) -> None:
    values = {each.dimensions["ApiId"] for each in WATCHED if "ApiId" in each.dimensions}
    passed = templates["root"]["Resources"]["Observability"]["Properties"]["Parameters"]
    assert values == {"${ApiId}", "${HistoryApiId}"}
    assert passed["ApiId"] == {"Fn::GetAtt": ["Ingest", "Outputs.ApiId"]}
    assert passed["HistoryApiId"] == {"Fn::GetAtt": ["History", "Outputs.HistoryApiId"]}


def test_an_index_is_one_of_its_table(templates: Templates) -> None:
    indexed = [each for each in WATCHED if "GlobalSecondaryIndexName" in each.dimensions]
    table = templates["lookups"]["Resources"]["LookupsTable"]["Properties"]
    names = {each["IndexName"] for each in table["GlobalSecondaryIndexes"]}
    assert indexed
    for each in indexed:
        assert each.dimensions["TableName"] == text(table["TableName"])
        assert each.dimensions["GlobalSecondaryIndexName"] in names


def test_every_other_dimension_has_a_value_that_aws_sets() -> None:
    judged = {*_NAMED_BY, "ApiId", "GlobalSecondaryIndexName"}
    others = {
        (name, value)
        for each in WATCHED
        for name, value in each.dimensions.items()
        if name not in judged
    }
    assert others == {(name, value) for name, values in _SET_BY_AWS.items() for value in values}


def test_the_filters_read_the_access_logs_of_both_apis(templates: Templates) -> None:
    filtered = {
        text(each["Properties"]["LogGroupName"])
        for each in of_type("AWS::Logs::MetricFilter").values()
    }
    apis = [templates[part]["Resources"] for part in ("ingest", "history")]
    assert filtered == {text(api["ApiLogGroup"]["Properties"]["LogGroupName"]) for api in apis}
    for api in apis:
        # The filter compares a text: a status that is a number would never match.
        written = api["ApiStage"]["Properties"]["AccessLogSettings"]["Format"]
        assert json.loads(written)["status"] == "$context.status"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_it_means_and_where_help_is(name: str) -> None:
    properties = ALARMS[name]["Properties"]
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    assert properties["AlarmName"] == {"Fn::Sub": f"{OUR_NAMESPACE}-{words}"}
    meaning, _, help_is = properties["AlarmDescription"].rpartition(" See ")
    assert len(meaning) > 30
    assert help_is == f"docs/runbooks.md, alarm {words}."


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_can_be_switched_off_and_tells_somebody(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["Condition"] in {"HasAlarms", "WatchesSchedule"}
    assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Topic"}]
    # Without data nothing is wrong, but for what must happen again and again.
    silent = "breaching" if name == "RunOverdue" else "notBreaching"
    assert alarm["Properties"]["TreatMissingData"] == silent


def test_what_must_happen_is_awaited_for_no_longer_than_cloudwatch_looks_back() -> None:
    properties = ALARMS["RunOverdue"]["Properties"]
    hours = read_template("observability")["Parameters"]["FreshnessHours"]
    assert properties["EvaluationPeriods"] == {"Ref": "FreshnessHours"}
    assert properties["Period"] == 3600
    # A week for periods of an hour and more: AWS::CloudWatch::Alarm, EvaluationPeriods.
    assert hours["MaxValue"] * properties["Period"] <= 604_800


def test_names_of_alarms_are_within_what_topic_and_key_let_in() -> None:
    statements = [
        *OBSERVABILITY["TopicKey"]["Properties"]["KeyPolicy"]["Statement"],
        *OBSERVABILITY["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"],
    ]
    of_services = [each for each in statements if "Service" in each["Principal"]]
    assert len(of_services) == 4
    for statement in of_services:
        condition = statement["Condition"]
        assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        source = text(condition["ArnLike"]["aws:SourceArn"])
        service = statement["Principal"]["Service"].split(".")[0]
        assert source.startswith(f"arn:${{AWS::Partition}}:{service}:")
        if service == "cloudwatch":
            assert source.endswith(f":alarm:{OUR_NAMESPACE}-*")


def test_the_dashboard_stays_within_what_is_free() -> None:
    shown_metrics = list(shown())
    assert (
        len({(each.namespace, each.name, *each.dimensions.items()) for each in shown_metrics}) <= 50
    )


def test_the_number_of_alarms_is_the_one_whose_price_is_told() -> None:
    comment = (CHECKOUT / "cloudformation" / "observability.yaml").read_text("utf-8")
    told = re.search(r"these (\d+) are\s+(?:# )?(\d\.\d\d) USD", comment)
    assert told is not None
    assert int(told[1]) == len(ALARMS)
    assert float(told[2]) == pytest.approx(0.10 * (len(ALARMS) - 10))
