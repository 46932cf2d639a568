"""Templates that name what is not there are refused before anything is made."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local_aws.cloudformation.template_checks import check

TOPIC = "AWS::SNS::Topic"


def _template(**resources: Any) -> dict[str, Any]:
    return {"Parameters": {"Stage": {"Type": "String"}}, "Resources": resources}


@pytest.mark.parametrize(
    "properties",
    [
        {"TopicName": {"Ref": "Stag"}},
        {"TopicName": {"Fn::Sub": "x-${Stag}"}},
        {"TopicName": {"Fn::Sub": ["${A}-${B.Arn}", {"A": {"Ref": "Stage"}}]}},
        {"TopicName": {"Fn::GetAtt": ["Nobody", "Arn"]}},
        {"TopicName": {"Fn::Join": ["", [{"Ref": "AWS::Acount"}]]}},
        {"TopicName": {"Fn::If": ["Yes", {"Ref": "Nobody"}, "x"]}},
    ],
)
def test_an_unknown_name_is_refused(properties: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Unresolved resource dependencies"):
        check(_template(A={"Type": TOPIC, "Properties": properties}), {"Yes": True})


@pytest.mark.parametrize(
    "properties",
    [
        {"TopicName": {"Ref": "Stage"}},
        {"TopicName": {"Fn::Sub": "${AWS::StackName}-${Stage}-${B.TopicName}-${!literal}"}},
        {"TopicName": {"Fn::Sub": ["${A}", {"A": {"Ref": "Stage"}}]}},
        {"TopicName": {"Fn::GetAtt": "B.TopicName"}},
        {"TopicName": {"Fn::If": ["Yes", "x", {"Ref": "Nobody"}]}},
    ],
)
def test_known_names_pass(properties: dict[str, Any]) -> None:
    resources = {"A": {"Type": TOPIC, "Properties": properties}, "B": {"Type": TOPIC}}
    check(_template(**resources), {"Yes": True})


def test_a_resource_that_a_condition_keeps_out_cannot_be_referred_to() -> None:
    resources = {
        "A": {"Type": TOPIC, "Properties": {"TopicName": {"Ref": "B"}}},
        "B": {"Type": TOPIC, "Condition": "Yes"},
    }
    template = {**_template(**resources), "Conditions": {"Yes": {"Fn::Equals": ["a", "b"]}}}
    check(template, {"Yes": True})
    with pytest.raises(ValueError, match=re.escape("[B]")):
        check(template, {"Yes": False})


def test_unknown_dependencies_outputs_and_conditions_are_refused() -> None:
    with pytest.raises(ValueError, match="Unresolved resource dependencies"):
        check(_template(A={"Type": TOPIC, "DependsOn": ["Nobody"]}), {})
    with pytest.raises(ValueError, match="in the Outputs block"):
        check({**_template(A={"Type": TOPIC}), "Outputs": {"O": {"Value": {"Ref": "X"}}}}, {})
    with pytest.raises(ValueError, match="Unresolved condition dependency Maybe"):
        check(_template(A={"Type": TOPIC, "Condition": "Maybe"}), {})


def test_an_unknown_property_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("Resource A (AWS::SNS::Topic): extraneous")):
        check(_template(A={"Type": TOPIC, "Properties": {"Name": "x"}}), {})
