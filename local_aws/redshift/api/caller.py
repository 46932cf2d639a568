"""Who calls an API, as the database knows the caller: IAM identities are users there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ministack.services import iam, sts

ROOT = "IAM:RootIdentity"

_CREDENTIAL = re.compile(r"Credential=([^,/]+)/")


def database_user_of_caller(headers: Mapping[str, str]) -> str:
    """Return the database user of who signed a request.

    A role is `IAMR:role`, a user `IAM:user`; the local cloud's own keys are the account's root.
    Source: "GetCredentials" in the Amazon Redshift Serverless API reference.
    """
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
