"""Roles as services assume them: what the role trusts, what it may do, its credentials."""

from __future__ import annotations

import contextvars
import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, sts

from local_aws.iam.scopes import FINDERS, Place, Scope
from local_aws.settings import REGION

_ASSUME = "sts:AssumeRole"


class AccessDeniedError(Exception):
    """A role may not do what a service would do with it; the message is AWS's."""


class CannotAssumeError(AccessDeniedError):
    """The role does not exist, or does not trust the service."""


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a role, as a service holds them.

    Attributes
    ----------
    role_arn : the role's ARN; empty for the account's root, which may do everything.
    user_id : value of `aws:userid`: the role's id and the session's name.
    """

    role_arn: str
    user_id: str
    key_id: str
    secret: str
    token: str | None

    def variables(self) -> dict[str, str]:
        """Return the environment variables by which every AWS SDK finds the credentials."""
        keys = {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return keys | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})

    def demand(self, service: str, operation: str, request: Mapping[str, Any]) -> None:
        """Check that the role may make this call.

        Parameters
        ----------
        service : MiniStack's name of it, such as `glue`.
        request : the call's members.

        Raises
        ------
        AccessDeniedError : the policies do not allow it.
        """
        account = self.role_arn.split(":")[4] if self.role_arn else ""
        place = Place(REGION, account)
        find = FINDERS.get(service)
        scope = find(operation, request, place) if find else None
        if scope is None:
            scope = Scope((_resource_of(service, operation, request, place),))
        namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE[service]
        context = dict(scope.context)
        if service == "dynamodb":
            context |= iam_actions.dynamodb_service_context(json.dumps(request).encode())
        for resource in scope.resources:
            self.check(f"{namespace}:{operation}", resource, context)
        for action, resource in scope.also:
            self.check(action, resource)

    def check(self, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
        """Check that the role may do `action` on `resource`; else AccessDeniedError."""
        if not self.role_arn:
            return
        # In a context of its own: the one here may hold another request's signature.
        refused = contextvars.Context().run(self._decide, action, resource, context)
        if refused is not None:
            raise AccessDeniedError(refused)

    def _decide(self, action: str, resource: str, context: Mapping[str, Any] | None) -> str | None:
        namespace = action.partition(":")[0]
        iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)  # services use TLS
        refused = iam_evaluator.enforce(
            self.key_id, action, namespace, REGION, resource, service_context=dict(context or {})
        )
        if refused is None:
            return None
        if isinstance(refused, iam_evaluator.AuthError):
            return str(refused.message)
        explicit = refused.decision == "Deny"
        message: str = iam_actions.identity_denial_message(
            action, refused.principal_arn, resource, explicit
        )
        return message


ROOT = Session("", "", "test", "test", None)
"""The account itself: no policy limits it."""

acting: ContextVar[Session] = ContextVar("acting_session", default=ROOT)
"""The role with which a service acts in this context."""


def is_enforced() -> bool:
    """Return whether this cloud holds roles to their policies."""
    return bool(app.AUTH)


def assume(role: str, service: str, name: str, context: Mapping[str, Any] | None = None) -> Session:
    """Return a service's session of a role; the root's where IAM is not enforced.

    Parameters
    ----------
    role : ARN of the role.
    service : principal of the service, such as `glue.amazonaws.com`.
    name : of the session; it is part of `aws:userid`.
    context : the condition keys that the service sends, such as `aws:SourceAccount`.

    Raises
    ------
    CannotAssumeError : there is no such role, or it does not trust the service.
    """
    if not is_enforced():
        return ROOT
    found = find_role(role)
    if found is None or not trusts(found, service, context or {}):
        raise CannotAssumeError(
            f"{service} is not authorized to perform: {_ASSUME} on resource: {role}"
        )
    return _register(role, str(found["RoleId"]), name)


def find_role(arn: str) -> dict[str, Any] | None:
    """Return MiniStack's record of a role."""
    parts = arn.split(":")
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return None
    found = iam._roles.get_scoped(parts[4], None, arn.rsplit("/", 1)[-1])
    return found if found is not None and found.get("Arn") == arn else None


def trusts(role: Mapping[str, Any], service: str, context: Mapping[str, Any]) -> bool:
    """Return whether a role's trust policy lets a service assume it."""
    document = role.get("AssumeRolePolicyDocument") or {}
    document = json.loads(document) if isinstance(document, str) else document
    statements = document.get("Statement", [])
    asked = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=_ASSUME,
        resource_arn=str(role.get("Arn")),
        region=REGION,
        service_context={key.lower(): value for key, value in context.items()},
    )
    effects = {
        each["Effect"]
        for each in (statements if isinstance(statements, list) else [statements])
        if _concerns(each, service) and iam_evaluator._conditions_met(each.get("Condition"), asked)
    }
    return effects == {"Allow"}


def _concerns(statement: Mapping[str, Any], service: str) -> bool:
    actions = statement.get("Action", [])
    named = [actions] if isinstance(actions, str) else actions
    principal = statement.get("Principal")
    return iam_evaluator._action_matches(_ASSUME, named, []) and (
        principal == "*" or iam_evaluator._service_principal_matches(principal, service)
    )


def _register(role: str, role_id: str, name: str) -> Session:
    """Let MiniStack know the session's credentials; those of one role and name stay the same."""
    digest = hashlib.sha256(f"{role}:{role_id}:{name}".encode()).hexdigest()
    account, role_name = role.split(":")[4], role.rsplit("/", 1)[-1]
    session = Session(
        role_arn=role,
        user_id=f"{role_id}:{name}",
        key_id=f"ASIA{digest[:16].upper()}",
        secret=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    )
    if session.key_id not in sts._sessions:
        sts.register_session(
            session.key_id,
            {
                "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}",
                "UserId": session.user_id,
                "SecretAccessKey": session.secret,
                "SessionToken": session.token,
            },
        )
    return session


def _resource_of(service: str, operation: str, request: Mapping[str, Any], place: Place) -> str:
    headers = {"x-amz-target": f"{service}.{operation}"}
    body = json.dumps(request).encode()
    arn: str = iam_actions.extract_resource_arn(
        service, "POST", "/", headers, body, {}, place.region, place.account
    )
    return arn
