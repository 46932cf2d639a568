"""Patches MiniStack's enforcement: what it asks, how it decides and answers, what is kept."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.router import extract_access_key_id
from ministack.services import glue, sts

from local_aws.iam import function_policies, passed_roles, schedules
from local_aws.iam.decisions import Decision, DecisionLog
from local_aws.iam.leading_keys import leading_keys
from local_aws.iam.missing_objects import hiding_missing_objects
from local_aws.iam.request_bodies import PARSING_ONCE
from local_aws.iam.roles import find_role, is_enforced
from local_aws.iam.scopes import FINDERS, Place, Scope
from local_aws.iam.variables import has_variables, resolved
from local_aws.patching import wrap
from local_aws.settings import CloudSettings

Original = Callable[..., Any]

# Services that MiniStack's own table lacks, by the prefix of their actions.
_ADDED_NAMESPACES = {"redshift-data": "redshift-data", "redshift-serverless": "redshift-serverless"}
# Not AWS's: what a job's awsglue runtime asks of Glue as part of Glue, for a job of its own role.
_RUNTIME_ACTIONS = {"glue:OpenJobBookmark", "glue:ReadJobBookmark", "glue:CommitJobBookmark"}

_refused: ContextVar[tuple[str, str] | None] = ContextVar("refused_action", default=None)


class _ScopedArn(str):
    """A request's first resource, with all else that the request needs."""

    scope: Scope


def install(settings: CloudSettings) -> None:
    """Patch MiniStack, if IAM is enforced."""
    if not is_enforced():
        return
    log = DecisionLog(settings.state_dir / "iam")
    iam_actions.SERVICE_TO_IAM_NAMESPACE.update(_ADDED_NAMESPACES)
    for name, around, pin in (
        ("parse_policy_document", _once, "622a4f98a3ec"),
        ("evaluate", _with_variables, "2a5dd6932d1a"),
        ("_principal_matches", _without_services, "e1370d344db7"),
        ("enforce", lambda original: _deciding(original, log), "cf64b1ee5b09"),
    ):
        wrap(iam_evaluator, name, around, pin)
    for name, around, pin in (
        ("extract_iam_action", _naming_every_action, "ec476b92d969"),
        ("extract_resource_arn", _with_scope, "82f51700695c"),
        ("dynamodb_service_context", _with_leading_keys, "0f0021bdc8a3"),
        ("access_denied_response", _answering_as_aws, "3cc2e315f91f"),
    ):
        wrap(iam_actions, name, around, pin)
    assert iam_actions.json is json, "MiniStack parses bodies by other means"  # noqa: S101
    iam_actions.json = PARSING_ONCE
    wrap(app, "pin_request_origin", _over_tls, "de819c1bd9ac")
    schedules.install()
    function_policies.install()
    app.SERVICE_HANDLERS["s3"] = hiding_missing_objects(app.SERVICE_HANDLERS["s3"])


def _once(original: Original) -> Original:
    """Parse each policy once, not at every request."""
    parse_text = lru_cache(maxsize=1024)(original)

    def parse(document: Any) -> Any:
        text = document if isinstance(document, str) else json.dumps(document)
        return parse_text(text)

    return parse


def _with_variables(original: Original) -> Original:
    def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
        filled = [
            [[resolved(each, context) for each in statements] for statements in layer]
            for layer in (policies, *limits)
        ]
        return original(context, *filled)

    return evaluate


def _without_services(original: Original) -> Original:
    """Let a trust policy that names a service admit that service only, not the account's root."""

    def matches(principal: Any, caller_arn: str) -> bool:
        if isinstance(principal, dict):
            principal = {key: value for key, value in principal.items() if key != "Service"}
        return bool(original(principal, caller_arn))

    return matches


def _deciding(original: Original, log: DecisionLog) -> Original:
    """Ask for all that a request needs, and keep what was decided."""

    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        **given: Any,
    ) -> Any:
        scope = getattr(resource_arn, "scope", None) or Scope((str(resource_arn),))
        context = {**(given.get("service_context") or {}), **scope.context}
        role = _role_of(access_key)
        if action in _RUNTIME_ACTIONS and role is not None:
            return _of_its_own_job(original, access_key, role, scope.resources[0], region)
        asked = [(action, resource) for resource in scope.resources]
        for each, resource in [*asked, *scope.also]:
            namespace = service if each == action else each.partition(":")[0]
            refused = original(access_key, each, namespace, region, resource, context)
            if isinstance(refused, iam_evaluator.AuthError):
                return refused
            if role is not None:
                asked_about = _named_in_policies(role, context, access_key)
                log.note(Decision(role, each, resource, asked_about, refused is None))
            if refused is not None:
                _refused.set((each, resource))
                return refused
        return None

    return enforce


def _role_of(access_key: str) -> str | None:
    """Return the ARN of the role whose session this key is; None for users and the root."""
    session = sts._sessions.get(access_key) or {}
    parts = str(session.get("Arn", "")).split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("assumed-role/"):
        return None
    return f"arn:aws:iam::{parts[4]}:role/{parts[5].split('/')[1]}"


def _named_in_policies(role: str, context: dict[str, Any], key_id: str) -> dict[str, Any]:
    """Return the condition keys that the role's policies ask about: the log needs no others."""
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    statements = list(chain(*iam_evaluator._gather_role_policies(name, account)))
    named = {
        key.lower()
        for statement in statements
        for keys in statement.conditions.values()
        for key in keys
    }
    asked = {key: value for key, value in context.items() if key.lower() in named}
    if asked and any(has_variables(statement) for statement in statements):
        asked["aws:userid"] = sts._sessions[key_id]["UserId"]
    return asked


def _of_its_own_job(original: Original, access_key: str, role: str, job: str, region: str) -> Any:
    """Let a run speak for a job of its own role, and for no other."""
    found = glue._jobs.get(job.rpartition("/")[2]) or {}
    named = str(found.get("Role", ""))
    if role in (named, f"{role.rpartition('/')[0]}/{named}") and find_role(role):
        # Nothing of AWS's is asked; what is left is whether the signature is right.
        return original(access_key, "sts:GetCallerIdentity", "sts", region)
    _refused.set(("glue:GetJobBookmark", job))
    return iam_evaluator.EvalResult("ImplicitDeny", principal_arn=role)


def _naming_every_action(original: Original) -> Original:
    """Name also the actions that MiniStack does not know: what is not known is not allowed."""

    def extract(service: str, *request: Any) -> str | None:
        known: str | None = original(service, *request)
        method, _, headers, _, query = request
        if known is not None or _role_of(extract_access_key_id(headers, query)) is None:
            return known
        target = headers.get("x-amz-target", "").rpartition(".")[2]
        return f"{service}:{target or method.capitalize()}"

    return extract


def _with_scope(original: Original) -> Original:
    def extract(service: str, *request: Any) -> str:
        theirs: str = original(service, *request)
        _, _, headers, body, _, region, account = request
        find = FINDERS.get(service)
        if find is None and service not in passed_roles.SERVICES:
            return theirs
        members = _members(body)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        scope = find(operation, members, Place(region, account)) if find else None
        action = str(iam_actions.extract_iam_action(service, *request[:5]))
        passed = passed_roles.passed_role(action, members, account)
        if passed is not None:
            scope = _passing(*passed, scope or Scope((theirs,)))
        if scope is None:
            return theirs
        arn = _ScopedArn(scope.resources[0])
        arn.scope = scope
        return arn

    return extract


def _passing(role: str, service: str, scope: Scope) -> Scope:
    """Return the scope with the permission to pass a role."""
    also = (*scope.also, (passed_roles.ACTION, role))
    return dataclasses.replace(
        scope, context={**scope.context, passed_roles.SERVICE_KEY: service}, also=also
    )


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_leading_keys(original: Original) -> Original:
    def context(body: bytes) -> dict[str, Any]:
        found: dict[str, Any] = original(body)
        keys = leading_keys(body)
        return found | ({"dynamodb:LeadingKeys": keys} if keys else {})

    return context


def _answering_as_aws(original: Original) -> Original:
    """Name the resource in the message; JSON services refuse with status 400."""

    def answer(service: str, action: str, principal: str, request_id: str, **given: Any) -> Any:
        plain = not any(given.get(key) for key in ("error_code", "message", "resource_policy_arn"))
        if not plain:
            return original(service, action, principal, request_id, **given)
        action, resource = _refused.get() or (action, str(given.get("resource_arn", "*")))
        named = f'"{resource}"' if service == "s3" else resource
        explicit = bool(given.get("explicit_deny"))
        message = iam_actions.identity_denial_message(action, principal, named, explicit)
        status, headers, body = original(
            service, action, principal, request_id, **{**given, "message": message}
        )
        by_target = (given.get("headers") or {}).get("x-amz-target")
        return 400 if by_target and status == 403 else status, headers, body

    return answer


def _over_tls(original: Original) -> Original:
    """Take every request as made over TLS: the loopback port stands for AWS's https endpoints."""

    def pin(source_ip: str, secure_transport: bool) -> None:
        del secure_transport
        original(source_ip, secure_transport=True)

    return pin
