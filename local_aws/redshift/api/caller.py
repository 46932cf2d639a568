"""Who calls an API, as the database knows the caller: IAM identities are users there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ministack.services import iam, sts

from local_aws.iam.roles import acting
from local_aws.settings import ACCOUNT

ROOT = "IAM:RootIdentity"

_CREDENTIAL = re.compile(r"Credential=([^,/]+)/")


def database_user_of_caller(headers: Mapping[str, str]) -> str:
    """Return the database user of who signed a request.

    A role is `IAMR:role`, a user `IAM:user`; the local cloud's own keys are the account's root.
    Source: "GetCredentials" in the Amazon Redshift Serverless API reference.
    """
    session = acting.get()
    if session.role_arn:  # a service that acts with a role, inside this process
        return "IAMR:" + session.role_arn.rsplit("/", 1)[-1]
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None:
        return ROOT
    session = sts._sessions.get(found[1])
    if session:
        return "IAMR:" + str(session.get("Arn", "")).split("/")[1]
    key = iam._access_keys.get(found[1])
    if isinstance(key, dict) and key.get("UserName"):
        return f"IAM:{key['UserName']}"
    return ROOT


def user_id_of_caller(headers: Mapping[str, str]) -> str:
    """Return the `aws:userid` of who signed a request; for the root it is the account's number."""
    if acting.get().role_arn:
        return acting.get().user_id
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    session = sts._sessions.get(found[1]) if found else None
    return str((session or {}).get("UserId") or ACCOUNT)
