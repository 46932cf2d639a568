"""What the parameters of observability.yaml switch on and off, as the local cloud deploys it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests import stacks
from tests.conftest import LocalCloud

SETTINGS = {
    "ApiId": "abc123",
    "HistoryApiId": "def456",
    "ScheduleState": "DISABLED",
    "AlarmState": "ENABLED",
    "AlarmEmail": "",
    "FreshnessHours": "3",
    "DataAgeLimitMinutes": "180",
    "QuarantinePercentLimit": "5",
    "DashboardState": "ENABLED",
    "MonthlyBudget": "0",
    "BudgetTag": "",
}
BY_SCHEDULE = {"run-overdue", "data-old"}

Deploy = Callable[..., dict[str, str]]


@pytest.fixture
def deploy(local_cloud: LocalCloud) -> Deploy:
    """Return a function that deploys the template for a stage, with other settings."""

    def deploy(stage: str, **settings: str) -> dict[str, str]:
        logs = local_cloud.client("logs")
        for api in ("", "-history"):  # the APIs' templates make them
            logs.create_log_group(logGroupName=f"/aws/vendedlogs/apis/etl-{stage}{api}")
        return stacks.deploy(local_cloud, stage, "observability", **{**SETTINGS, **settings})

    return deploy


def alarms(cloud: LocalCloud, stage: str) -> dict[str, dict[str, Any]]:
    found = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"etl-{stage}-")
    return {each["AlarmName"].removeprefix(f"etl-{stage}-"): each for each in found["MetricAlarms"]}


def budgets(cloud: LocalCloud, stage: str) -> list[dict[str, Any]]:
    client = cloud.client("budgets")
    found = client.describe_budgets(AccountId="000000000000").get("Budgets", [])
    return [each for each in found if each["BudgetName"] == f"etl-{stage}-monthly"]


def dashboards(cloud: LocalCloud, stage: str) -> list[str]:
    listed = cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    return [each["DashboardName"] for each in listed if each["DashboardName"] == f"etl-{stage}"]


def test_without_a_schedule_nothing_is_overdue(local_cloud: LocalCloud, deploy: Deploy) -> None:
    topic = deploy("obsplain")["AlarmTopic"]

    found = alarms(local_cloud, "obsplain")

    assert len(found) == 20
    assert BY_SCHEDULE.isdisjoint(found)
    assert all(each["AlarmActions"] == [topic] for each in found.values())
    assert all(each["StateValue"] == "INSUFFICIENT_DATA" for each in found.values())
    assert budgets(local_cloud, "obsplain") == []
    sns = local_cloud.client("sns")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]


def test_limits_address_and_budget_are_the_parameters(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    topic = deploy(
        "obsfull",
        ScheduleState="ENABLED",
        AlarmEmail="somebody@example.com",
        FreshnessHours="26",
        QuarantinePercentLimit="7",
        MonthlyBudget="120",
        BudgetTag="user:stage$obsfull",
    )["AlarmTopic"]

    found = alarms(local_cloud, "obsfull")

    assert found.keys() >= BY_SCHEDULE
    assert found["run-overdue"]["EvaluationPeriods"] == 26
    assert found["quarantine-high"]["Threshold"] == 7
    assert found["ingest-api-failing"]["Dimensions"] == [{"Name": "ApiId", "Value": "abc123"}]
    (reader,) = local_cloud.client("sns").list_subscriptions_by_topic(TopicArn=topic)[
        "Subscriptions"
    ]
    assert (reader["Protocol"], reader["Endpoint"]) == ("email", "somebody@example.com")
    (budget,) = budgets(local_cloud, "obsfull")
    assert float(budget["BudgetLimit"]["Amount"]) == 120
    assert budget["CostFilters"] == {"TagKeyValue": ["user:stage$obsfull"]}


def test_alarms_and_dashboard_can_be_switched_off(local_cloud: LocalCloud, deploy: Deploy) -> None:
    outputs = deploy("obsnone", AlarmState="DISABLED", DashboardState="DISABLED")

    assert "AlarmTopic" not in outputs
    assert alarms(local_cloud, "obsnone") == {}
    assert dashboards(local_cloud, "obsnone") == []


def test_a_budget_has_its_topic_without_alarms(local_cloud: LocalCloud, deploy: Deploy) -> None:
    outputs = deploy("obsbudget", AlarmState="DISABLED", MonthlyBudget="5")

    assert outputs["AlarmTopic"].endswith(":etl-obsbudget-alarms")
    assert alarms(local_cloud, "obsbudget") == {}
    assert "CostFilters" not in budgets(local_cloud, "obsbudget")[0]


def test_the_dashboard_is_json_with_the_stage_s_names(
    local_cloud: LocalCloud, deploy: Deploy
) -> None:
    deploy("obsboard")

    board = local_cloud.client("cloudwatch").get_dashboard(DashboardName="etl-obsboard")

    text = board["DashboardBody"]
    assert len(json.loads(text)["widgets"]) >= 10
    assert "${" not in text
    assert '"etl-obsboard-ingest"' in text
