"""Nested stacks: templates from S3, progress, updates of one, rollbacks and change sets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cloudformation.conftest import Stack
    from conftest import LocalCloud

NESTED = "AWS::CloudFormation::Stack"
QUICKLY = {"Delay": 0.05, "MaxAttempts": 400}


class Templates:
    """Templates in a bucket of the local cloud."""

    def __init__(self, local_cloud: LocalCloud, bucket: str) -> None:
        self._s3 = local_cloud.client("s3")
        self._endpoint = local_cloud.endpoint
        self._bucket = bucket
        self._s3.create_bucket(Bucket=bucket)

    def put(self, key: str, resources: dict[str, Any], **rest: Any) -> str:
        """Store a template and return its path-style URL."""
        body = json.dumps({"Resources": resources, **rest})
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return f"{self._endpoint}/{self._bucket}/{key}"

    def virtual_host_url(self, key: str) -> str:
        """Return the URL that an AWS user writes."""
        return f"https://{self._bucket}.s3.us-east-1.amazonaws.com/{key}"


@pytest.fixture
def templates(local_cloud: LocalCloud, stack: Stack) -> Templates:
    return Templates(local_cloud, f"{stack.name}-templates")


def _topic(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def _nested(url: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": NESTED, "Properties": {"TemplateURL": url, "Parameters": parameters}}


def _topics(local_cloud: LocalCloud, prefix: str) -> set[str]:
    topics = local_cloud.client("sns").list_topics()["Topics"]
    names = {topic["TopicArn"].rsplit(":", 1)[1] for topic in topics}
    return {name for name in names if name.startswith(prefix)}


def _statuses(stack: Stack, of: str | None = None) -> list[tuple[str, str]]:
    return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in stack.events(of)]


def test_outputs_come_up_parameters_go_down_and_the_end_deletes_all(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    child = templates.put(
        "child.json",
        {"Topic": _topic({"Ref": "Name"})},  # type: ignore[arg-type]
        Parameters={"Name": {"Type": "String"}, "On": {"Type": "String"}},
        Outputs={"Arn": {"Value": {"Ref": "Topic"}}, "On": {"Value": {"Ref": "On"}}},
    )
    outputs = stack.deploy(
        {"Child": _nested(child, Name=f"{stack.name}-a", On=True)},
        Outputs={
            "Arn": {"Value": {"Fn::GetAtt": "Child.Outputs.Arn"}},
            "On": {"Value": {"Fn::GetAtt": "Child.Outputs.On"}},
        },
    )
    assert outputs["Arn"].endswith(f":{stack.name}-a")
    assert outputs["On"] == "true"
    stack.delete()
    assert _topics(local_cloud, stack.name) == set()


def test_a_template_is_found_by_the_url_that_aws_users_write(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    templates.put("child.json", {"Topic": _topic(f"{stack.name}-a")})
    stack.deploy({"Child": _nested(templates.virtual_host_url("child.json"))})
    assert _topics(local_cloud, stack.name) == {f"{stack.name}-a"}


def test_a_client_can_follow_a_nested_stack_while_it_is_created(
    stack: Stack, templates: Templates
) -> None:
    url = templates.put("child.json", {"Topic": _topic(f"{stack.name}-a")})
    stack.deploy({"Child": _nested(url)})
    started = [e for e in stack.events() if e["ResourceStatus"] == "CREATE_IN_PROGRESS"]
    told = "Resource creation Initiated"
    [initiated] = [e for e in started if e.get("ResourceStatusReason") == told]
    child = initiated["PhysicalResourceId"]
    assert child.startswith("arn:aws:cloudformation:")
    assert ("Topic", "CREATE_COMPLETE") in _statuses(stack, child)
    described = stack.client.describe_stacks(StackName=child)["Stacks"][0]
    assert described["StackStatus"] == "CREATE_COMPLETE"


def test_an_update_of_one_nested_stack_touches_only_what_changes(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    kept = {"Kept": _topic(f"{stack.name}-kept")}
    first = templates.put("first.json", kept)
    second = templates.put("second-1.json", {**kept, "Kept": _topic(f"{stack.name}-same")})
    stack.deploy({"First": _nested(first), "Second": _nested(second)})
    before = len(stack.events())
    changed = templates.put(
        "second-2.json",
        {"Kept": _topic(f"{stack.name}-same"), "New": _topic(f"{stack.name}-new")},
    )
    stack.deploy({"First": _nested(first), "Second": _nested(changed)})
    assert [place for place in _statuses(stack)[before:] if place[0] != stack.name] == [
        ("Second", "UPDATE_IN_PROGRESS"),
        ("Second", "UPDATE_COMPLETE"),
    ]
    [child] = [
        e["PhysicalResourceId"]
        for e in stack.events()
        if (e["LogicalResourceId"], e["ResourceStatus"]) == ("Second", "UPDATE_COMPLETE")
    ]
    events = _statuses(stack, child)
    assert ("New", "CREATE_COMPLETE") in events or ("New", "UPDATE_COMPLETE") in events
    assert [status for name, status in events if name == "Kept"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]
    assert _topics(local_cloud, stack.name) == {
        f"{stack.name}-{end}" for end in ("kept", "same", "new")
    }


def test_outputs_of_an_unchanged_resource_survive_an_update(
    stack: Stack, templates: Templates
) -> None:
    outputs = {"Name": {"Value": {"Fn::GetAtt": "Kept.TopicName"}}}
    kept = {"Kept": _topic(f"{stack.name}-kept")}
    first = templates.put("1.json", kept, Outputs=outputs)
    top = {"Name": {"Value": {"Fn::GetAtt": "Child.Outputs.Name"}}}
    stack.deploy({"Child": _nested(first)}, Outputs=top)
    more = {**kept, "New": _topic(f"{stack.name}-new")}
    second = templates.put("2.json", more, Outputs=outputs)
    assert stack.deploy({"Child": _nested(second)}, Outputs=top)["Name"] == f"{stack.name}-kept"


def test_a_failed_creation_leaves_nothing_behind(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    bucket = {"BucketName": f"{stack.name}-templates"}
    url = templates.put(
        "child.json",
        {
            "Topic": _topic(f"{stack.name}-a"),
            "Taken": {"Type": "AWS::S3::Bucket", "DependsOn": "Topic", "Properties": bucket},
        },
    )
    with pytest.raises(AssertionError, match=r"not successfully created: Taken: .* already exists"):
        stack.deploy({"Child": _nested(url)})
    assert stack.status() == "ROLLBACK_COMPLETE"
    assert _topics(local_cloud, stack.name) == set()


def test_a_failed_update_restores_what_was_there(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    first = templates.put("1.json", {"Topic": _topic(f"{stack.name}-a")})
    stack.deploy({"Child": _nested(first)})
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{stack.name}-templates"}}
    second = templates.put(
        "2.json", {"New": _topic(f"{stack.name}-b"), "Taken": {**bucket, "DependsOn": "New"}}
    )
    with pytest.raises(AssertionError, match="already exists"):
        stack.deploy({"Child": _nested(second)})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert _topics(local_cloud, stack.name) == {f"{stack.name}-a"}


def test_a_deletion_policy_holds_inside_a_nested_stack(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    kept = {**_topic(f"{stack.name}-kept"), "DeletionPolicy": "Retain"}
    url = templates.put("child.json", {"Kept": kept, "Gone": _topic(f"{stack.name}-gone")})
    stack.deploy({"Child": _nested(url)})
    stack.delete()
    assert _topics(local_cloud, stack.name) == {f"{stack.name}-kept"}


def test_a_policy_can_come_from_a_parameter_by_the_language_extensions(
    local_cloud: LocalCloud, stack: Stack, templates: Templates
) -> None:
    kept = {**_topic(f"{stack.name}-kept"), "DeletionPolicy": {"Ref": "Policy"}}
    url = templates.put(
        "child.json",
        {"Kept": kept},
        Transform="AWS::LanguageExtensions",
        Parameters={"Policy": {"Type": "String"}},
    )
    stack.deploy({"Child": _nested(url, Policy="Retain")})
    stack.delete()
    assert _topics(local_cloud, stack.name) == {f"{stack.name}-kept"}


def test_an_unknown_reference_in_a_nested_template_fails_the_stack(
    stack: Stack, templates: Templates
) -> None:
    url = templates.put("child.json", {"Topic": _topic({"Ref": "Nobody"})})  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match=r"Unresolved resource dependencies \[Nobody\]"):
        stack.deploy({"Child": _nested(url)})


def test_a_change_set_tells_that_nothing_changes_and_shows_what_does(
    stack: Stack, templates: Templates
) -> None:
    url = templates.put("1.json", {"Topic": _topic(f"{stack.name}-a")})
    stack.deploy({"Child": _nested(url)})

    def change_set(name: str, template: dict[str, Any]) -> dict[str, Any]:
        stack.client.create_change_set(
            StackName=stack.name,
            ChangeSetName=name,
            TemplateBody=json.dumps({"Resources": template}),
            Capabilities=["CAPABILITY_IAM"],
        )
        found: dict[str, Any] = stack.client.describe_change_set(
            StackName=stack.name, ChangeSetName=name
        )
        return found

    same = change_set("same", {"Child": _nested(url)})
    assert same["Status"] == "FAILED"
    assert "didn't contain changes" in same["StatusReason"]
    other_url = templates.put("2.json", {"Topic": _topic(f"{stack.name}-b")})
    other = change_set("other", {"Child": _nested(other_url)})
    [change] = [each["ResourceChange"] for each in other["Changes"]]
    assert (change["Action"], change["LogicalResourceId"]) == ("Modify", "Child")
    stack.client.execute_change_set(StackName=stack.name, ChangeSetName="other")
    waiter = stack.client.get_waiter("stack_update_complete")
    waiter.wait(StackName=stack.name, WaiterConfig=QUICKLY)
