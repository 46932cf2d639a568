"""Several stages live in one account: their names differ, and no role reaches another stage."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import permutations
from typing import Any

import pytest

from tests.infra.stage import Part, make_stage, statements

# Those that begin alike, and those whose joined parts read alike.
STAGES = [("etl", "dev"), ("etl", "dev2"), ("etl", "prod"), ("etl2", "dev"), ("et", "ldev")]
OF_THE_ACCOUNT = "arn:aws:glue:eu-west-1:111122223333:catalog"  # it has one for all
EVERYTHING_ON = {
    "MonthlyBudget": "100",
    "AlarmEmail": "a@shop.example",
    "ScheduleState": "ENABLED",
    "WarehouseVpcId": "vpc-12345678",
    "WarehouseClientCidr": "10.0.0.0/8",
    "HistoryAuthorization": "JWT",
    "ApiAuthorization": "JWT",
    "RawRecoveryDays": "7",
}


@pytest.fixture(scope="module")
def stages() -> dict[str, dict[str, Part]]:
    """Return the parts of each stage, with all that parameters can turn on."""
    return {f"{p}-{s}": make_stage(p, s, **EVERYTHING_ON) for p, s in STAGES}


def names(parts: dict[str, Part]) -> dict[str, set[str]]:
    """Return the names that a stage's resources have in the account, by type."""
    found: dict[str, set[str]] = {}
    for part in parts.values():
        for logical_id in part.resources:
            if part.has_name(logical_id):
                found.setdefault(part.kind(logical_id), set()).add(part.physical(logical_id))
    return found


def reach(parts: dict[str, Part]) -> Iterator[tuple[str, str]]:
    """Yield (statement, pattern) of each resource that a stage's roles are allowed."""
    for part in parts.values():
        for name, statement in statements(part):
            resources: Any = statement["Resource"]
            for pattern in resources if isinstance(resources, list) else [resources]:
                yield f"{part.name}.{name}", pattern


def test_no_two_stages_name_a_resource_alike(stages: dict[str, dict[str, Part]]):
    for first, second in permutations(stages, 2):
        mine, theirs = names(stages[first]), names(stages[second])
        assert len(mine) > 12
        for kind, each in mine.items():
            assert each.isdisjoint(theirs[kind]), f"{first} and {second}: {kind}"


def test_every_name_begins_with_project_and_stage(stages: dict[str, dict[str, Part]]):
    for kind, found in names(stages["etl-dev"]).items():
        for name in found:
            last = name.rsplit("/output")[0].rsplit("/error")[0].rpartition("/")[2]
            assert last.replace("_", "-").startswith("etl-dev"), f"{kind}: {name}"


def test_no_role_of_a_stage_reaches_what_is_anothers(stages: dict[str, dict[str, Part]]):
    for first, second in permutations(stages, 2):
        theirs = {pattern.replace("*", "any") for _, pattern in reach(stages[second])}
        theirs -= {"any", OF_THE_ACCOUNT}  # a star has its reason in the template
        assert len(theirs) > 30
        for statement, pattern in reach(stages[first]):
            if pattern != "*":
                touched = [each for each in theirs if fnmatchcase(each, pattern)]
                assert touched == [], f"{statement} of {first} reaches {second}"


def test_names_are_no_longer_than_aws_takes_them():
    longest = make_stage("p" * 12, "s" * 10, **EVERYTHING_ON)
    limits = {
        "AWS::S3::Bucket": 63 + len("eu-west-1") - len("ap-southeast-1"),
        "AWS::IAM::Role": 64,
    }
    for kind, found in names(longest).items():
        for name in found:
            assert len(name) <= limits.get(kind, 64), f"{kind}: {name}"


def test_deleting_the_stack_keeps_only_what_a_parameter_says(templates: dict[str, Any]):
    kept = set()
    for name, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            policy = resource.get("DeletionPolicy", "Delete")
            if policy == {"Ref": "DataDeletionPolicy"}:
                kept.add(f"{name}.{logical_id}")
            else:
                assert policy == "Delete", f"{name}.{logical_id}"
    assert kept == {
        "lookups.LookupsTable",
        "storage.LakeBucket",
        "storage.LedgerTable",
        "storage.ResultsBucket",
        "storage.StateTable",
    }
