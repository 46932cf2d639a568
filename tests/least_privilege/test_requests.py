"""Each recorded request of a role, made for real: refused without its action, passing with it."""

from __future__ import annotations

from functools import partial

from tests.least_privilege import calls
from tests.least_privilege.deployment import Deployment
from tests.least_privilege.evaluation import needed_by
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.requests import Request, read_recorded

# Services act with these inside the cloud: test_services.py.
SERVICES_OWN = ("RetailEtlRole", "CompactLakeRole", "ScheduleRole", "CopyRole", "DeliveryRole")


def test_the_call_of_each_needed_action_is_refused_without_it_and_passes_with_it(
    deployment: Deployment,
) -> None:
    recorded = read_recorded()
    needed = [
        (grant, role, request)
        for grant in grants()
        for role, request in needed_by(grant, deployment.policies, recorded).items()
        if role not in SERVICES_OWN
    ]

    outcomes = {
        f"{grant} of {role}": probe(deployment, grant, role, request)
        for grant, role, request in needed
    }

    assert {name: found for name, found in outcomes.items() if found != "as it should"} == {}
    assert len(outcomes) > 50


def probe(deployment: Deployment, grant: Grant, role: str, request: Request) -> str:
    """Make a request without and with a grant; return what came of it."""
    asked = calls.Asked(request, partial(deployment.client, role), deployment.keys)
    if request.action == "s3:GetObject":  # a missing object is refused to who may not list
        deployment.root("s3").put_object(Bucket=asked.bucket, Key=asked.key, Body=b"")
    with deployment.cut(grant, role):
        if not calls.is_denied(partial(calls.make, asked)):
            return "not refused without the action"
    if calls.is_denied(partial(calls.make, asked)):
        return "refused with the whole policy"
    return "as it should"
