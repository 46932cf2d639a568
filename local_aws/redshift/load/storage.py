"""S3 as a COPY or UNLOAD reaches it: with a role that the namespace has."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.faults.callers import REDSHIFT, engine_caller
from local_aws.iam.roles import CannotAssumeError, assume
from local_aws.redshift.errors import LoadError
from local_aws.settings import REGION

_caller = engine_caller(REDSHIFT)
_SESSION = "RedshiftIamRoleSession"
_SERVICES = {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}


@dataclass(frozen=True)
class RolesOfNamespace:
    """The IAM roles that a namespace may use.

    Attributes
    ----------
    arns : all of them.
    default : what `IAM_ROLE default` means, or None.
    """

    arns: tuple[str, ...]
    default: str | None


@dataclass(frozen=True)
class StoredFile:
    """An object of S3 and its size in bytes."""

    bucket: str
    key: str
    size: int

    @property
    def url(self) -> str:
        """Its s3:// address."""
        return f"s3://{self.bucket}/{self.key}"


class Storage:
    """Opens S3 for one session.

    Parameters
    ----------
    endpoint : URL of the local cloud.
    roles : tells the roles of the namespace, asked anew for each statement.
    """

    def __init__(self, endpoint: str, roles: Callable[[], RolesOfNamespace]) -> None:
        self._endpoint = endpoint
        self._roles = roles

    def open(self, role: str) -> Bucketed:
        """Return S3 as this role sees it.

        Parameters
        ----------
        role : an ARN, `default`, or access keys as `key_id:secret[:token]`.

        Raises
        ------
        LoadError : the role does not exist, is not the namespace's, or does not trust Redshift.
        """
        if role.startswith("arn:") or role == "default":
            named = self._named(role)
            self._check(named)
            return Bucketed(self._s3_of(named))
        key_id, secret, *token = role.split(":", 2)
        return Bucketed(self._client("s3", key_id, secret, token[0] if token else None))

    def _named(self, role: str) -> str:
        if role != "default":
            return role
        default = self._roles().default
        if default is None:
            raise LoadError(
                "A default IAM role must be set for the namespace to use IAM_ROLE default"
            )
        return default

    def _check(self, role: str) -> None:
        # Redshift: "The requested role ... is not associated to cluster".
        if role not in self._roles().arns:
            raise LoadError(
                f"The requested role {role} is not associated to cluster",
                "List the role in the namespace's IamRoles.",
            )
        try:
            found = self._client("iam", "test", "test", None).get_role(
                RoleName=role.rsplit("/", 1)[-1]
            )["Role"]
        except ClientError as missing:
            raise _may_not_assume(role) from missing
        if found["Arn"] != role or not _trusts_redshift(found["AssumeRolePolicyDocument"]):
            raise _may_not_assume(role)

    def _s3_of(self, role: str) -> Any:
        """Return S3 with the role's credentials; the role is known to trust Redshift."""
        for service in sorted(_SERVICES):
            with contextlib.suppress(CannotAssumeError):
                session = assume(role, service, _SESSION)
                return self._client("s3", session.key_id, session.secret, session.token)
        raise _may_not_assume(role)

    def _client(self, service: str, key_id: str, secret: str, token: str | None) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]  # one of two services
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(user_agent_appid=_caller.app_id),  # type: ignore[call-arg]  # the stubs lack it
        )


class Bucketed:
    """The objects of S3, by s3:// addresses."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def files_under(self, url: str) -> list[StoredFile]:
        """Return the objects whose keys begin like this address, in the order of their keys.

        Raises
        ------
        LoadError : there are none, or the bucket does not exist.
        """
        bucket, prefix = split_url(url)
        files: list[StoredFile] = []
        try:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                files += [
                    StoredFile(bucket, found["Key"], found["Size"])
                    for found in page.get("Contents", [])
                ]
        except (BotoCoreError, ClientError) as refused:
            raise _s3_error(refused, url) from refused
        if not files:
            raise LoadError(f"The specified S3 prefix '{prefix}' does not exist", f"url: {url}")
        return files

    def file(self, url: str) -> StoredFile | None:
        """Return one object, or None when it does not exist."""
        bucket, key = split_url(url)
        try:
            size = self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return None
            raise _s3_error(refused, url) from refused
        except BotoCoreError as unanswered:
            raise _s3_error(unanswered, url) from unanswered
        return StoredFile(bucket, key, size)

    def read(self, url: str) -> bytes:
        """Return the content of an object."""
        bucket, key = split_url(url)
        try:
            content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (BotoCoreError, ClientError) as refused:
            raise _s3_error(refused, url) from refused
        return content

    def write(self, url: str, content: bytes) -> None:
        """Write an object."""
        bucket, key = split_url(url)
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=content)
        except (BotoCoreError, ClientError) as refused:
            raise _s3_error(refused, url) from refused

    def remove(self, url: str) -> None:
        """Remove an object."""
        bucket, key = split_url(url)
        self._s3.delete_object(Bucket=bucket, Key=key)


def split_url(url: str) -> tuple[str, str]:
    """Return bucket and key of an s3:// address."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _trusts_redshift(policy: Any) -> bool:
    document = json.loads(policy) if isinstance(policy, str) else policy
    for statement in document.get("Statement", []):
        services = statement.get("Principal", {}).get("Service", [])
        named = {services} if isinstance(services, str) else set(services)
        if statement.get("Effect") == "Allow" and named & _SERVICES:
            return True
    return False


def _may_not_assume(role: str) -> LoadError:
    return LoadError(
        f"User arn:aws:redshift:{REGION}:dbuser is not authorized to assume IAM Role {role}",
        "The role must exist and trust redshift.amazonaws.com or "
        "redshift-serverless.amazonaws.com.",
    )


def _s3_error(refused: ClientError | BotoCoreError, url: str) -> LoadError:
    if isinstance(refused, BotoCoreError):  # no answer, or not a whole one
        return LoadError(f"S3ServiceException:{refused},Status 0", f"url: {url}")
    error = refused.response["Error"]
    status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
    message = f"S3ServiceException:{error.get('Message', '')},Status {status},Error {error['Code']}"
    return LoadError(message, f"url: {url}")
