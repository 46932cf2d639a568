"""Which grants requests need: without a needed one, a request is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.core import iam_evaluator

from local_aws.iam.variables import resolved
from tests.least_privilege.grants import Grant, grants
from tests.least_privilege.reasons import reason_of, unused_reasons
from tests.least_privilege.requests import (
    Policies,
    Request,
    logical_id,
    read_recorded,
    without_uuids,
)


def deployed_policies(iam: Any) -> Policies:
    """Return the policies of every role of the deployed stack."""
    found: Policies = {}
    for role in iam.get_paginator("list_roles").paginate().search("Roles"):
        name = role["RoleName"]
        held = {}
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            answer = iam.get_role_policy(RoleName=name, PolicyName=policy)
            held[logical_id(name)] = answer["PolicyDocument"]
        for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            held[logical_id(arn)] = answer["PolicyVersion"]["Document"]
        found[logical_id(name)] = held
    return found


def without(document: Mapping[str, Any], sid: str, action: str) -> dict[str, Any]:
    """Return a policy with one action of one statement removed."""
    changed = copy.deepcopy(dict(document))
    for statement in changed["Statement"]:
        if statement["Sid"] == sid:
            actions = statement["Action"]
            named = [actions] if isinstance(actions, str) else actions
            assert action in named
            # A statement must name an action: one that no service has stands for none.
            statement["Action"] = [each for each in named if each != action] or ["none:None"]
    return changed


def allows(documents: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Return whether a role's policies allow a request."""
    context = iam_evaluator.EvalContext(
        principal_arn=request.role,
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=request.action,
        resource_arn=request.resource,
        region="us-east-1",
        service_context={key.lower(): value for key, value in json.loads(request.context).items()},
    )
    parsed = [
        [
            resolved(statement, context)
            for statement in iam_evaluator.parse_policy_document(
                without_uuids(json.dumps(document))
            )
        ]
        for document in documents
    ]
    return bool(iam_evaluator.evaluate(context, parsed).decision == "Allow")


def needed_by(grant: Grant, policies: Policies, requests: Iterable[Request]) -> dict[str, Request]:
    """Return by role a request that is refused without the grant."""
    found: dict[str, Request] = {}
    for request in requests:
        held = policies[request.role]
        if request.action != grant.action or request.role in found or grant.holder not in held:
            continue
        changed = {**held, grant.holder: without(held[grant.holder], grant.sid, grant.action)}
        if not allows(changed.values(), request):
            found[request.role] = request
    return found


def needs(
    granted: Iterable[Grant], policies: Policies, requests: Iterable[Request]
) -> set[tuple[str, str]]:
    """Return each grant that a request needs, with the role whose request it is."""
    asked = sorted(requests)
    return {(str(grant), role) for grant in granted for role in needed_by(grant, policies, asked)}


def findings(policies: Policies) -> list[str]:
    """Return what is wrong between the templates, the recording and the reasons."""
    recorded = read_recorded()
    unneeded = [grant for grant in grants() if not needed_by(grant, policies, recorded)]
    refused = [each for each in recorded if not allows(policies[each.role].values(), each)]
    return [
        *(f"the recording needs what no policy grants: {each}" for each in refused),
        *(
            f"no recorded request needs {grant}: take it away, record a run that needs it, or say "
            "in reasons.py why AWS asks for it"
            for grant in unneeded
            if reason_of(grant) is None
        ),
        *(
            f"reasons.py explains {grant}, which a recorded request needs"
            for grant in grants()
            if grant not in unneeded and reason_of(grant) is not None
        ),
        *(f"reasons.py explains {name}, and has no need to" for name in unused_reasons(unneeded)),
    ]
