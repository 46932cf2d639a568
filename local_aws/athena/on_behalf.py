"""Clients with which Athena reads the catalog and S3: those of who asks the query.

Source: "Identity and access management in Athena": a query needs the caller's own permissions for
the data catalog and for the objects in S3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.core.router import extract_access_key_id
from ministack.services import iam, sts

from local_aws.athena.aws_clients import client
from local_aws.iam.roles import is_enforced
from local_aws.settings import CloudSettings

_ROOT = "test"
_SECRET = "test"  # noqa: S105  # of the local cloud, with which `client` signs
_caller: ContextVar[str] = ContextVar("athena_caller", default=_ROOT)


def note_caller(headers: Mapping[str, str]) -> None:
    """Keep who has signed the request of this context."""
    key_id = extract_access_key_id(headers, {})
    _caller.set(_ROOT if iam_evaluator.is_root_access_key(key_id) else key_id)


def lend(key_id: str) -> None:
    """Let requests signed with `key_id` count as those of this context's caller."""
    if not is_enforced():
        return
    account = get_account_id()
    identity = {"Arn": f"arn:aws:iam::{account}:root", "PrincipalType": "Root"}
    if _caller.get() != _ROOT:
        identity = dict(sts._sessions.get(_caller.get()) or _user(_caller.get(), account))
    session = {**identity, "SecretAccessKey": _SECRET, "SessionToken": None}
    sts.register_session(key_id, session)


def take_back(key_id: str) -> None:
    """Forget what `lend` made known."""
    sts._sessions.pop(key_id, None)


class Clients:
    """Clients of the local cloud's own endpoint, by caller."""

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self._made: dict[tuple[str, str], Any] = {
            (_ROOT, service): client(settings, service) for service in ("glue", "s3")
        }

    def of_caller(self, service: str) -> Any:
        """Return the client of who asked in this context."""
        caller = _caller.get()
        if caller == _ROOT or not is_enforced():
            return self._made[_ROOT, service]
        key_id = "ATHENA" + hashlib.sha256(caller.encode()).hexdigest()[:24].upper()
        lend(key_id)
        if (key_id, service) not in self._made:
            self._made[key_id, service] = client(self._settings, service, key_id)
        return self._made[key_id, service]


def _user(key_id: str, account: str) -> dict[str, Any]:
    name = str((iam._access_keys.get_scoped(account, None, key_id) or {}).get("UserName", ""))
    arn = f"arn:aws:iam::{account}:user/{name}"
    return {"Arn": arn, "PrincipalType": "User", "PrincipalName": name}
