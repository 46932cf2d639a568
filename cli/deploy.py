"""Deploys the artifacts and takes them away again, by the same path on both clouds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from cli.artifacts import Artifact, Build, build
from cli.errors import CliError
from cli.stacks import Progress, Stack, StackEvent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHECKOUT = Path(__file__).resolve().parent.parent
_DATA_BUCKETS = ("lake", "results")
_KEEPS_DATA = "RetainExceptOnCreate"


class DestroyRefused(CliError):  # noqa: N818
    """The stack holds data that CloudFormation cannot keep and may not delete."""


@dataclass(frozen=True)
class Deployment:
    """What is deployed.

    Attributes
    ----------
    stack : name of the root stack.
    outputs : its outputs by name.
    changed : whether this deployment changed anything.
    built : the artifacts that it consists of.
    """

    stack: str
    outputs: Mapping[str, str]
    changed: bool
    built: Build


@dataclass(frozen=True)
class _Place:
    """An account and region, and the clients to it."""

    session: boto3.Session
    account: str
    region: str

    def bucket(self, prefix: str, purpose: str) -> str:
        return f"{prefix}-{purpose}-{self.account}-{self.region}"

    def partition(self) -> str:
        return self.session.get_partition_for_region(self.region)

    def s3(self) -> S3Client:
        return self.session.client("s3")


def deploy(
    session: boto3.Session,
    project: str,
    stage: str,
    parameters: Mapping[str, str],
    progress: Progress,
) -> Deployment:
    """Build, upload what is missing and bring the root stack `{project}-{stage}` to it.

    Parameters
    ----------
    session : makes clients of the account and region to deploy to.
    parameters : values of the root template's parameters; those not named keep their value.
    progress : called with each event of the root stack and its nested stacks.

    Raises
    ------
    StackError : the deployment failed; the message names the resource and the reason.
    """
    prefix = f"{project}-{stage}"
    place = _place(session)
    built = build(CHECKOUT)
    bucket = place.bucket(prefix, "artifacts")
    _make_artifacts_bucket(place, bucket)
    for artifact in built.artifacts:
        _upload_if_missing(place.s3(), bucket, artifact)
    stack = Stack(session.client("cloudformation"), prefix)
    given = {
        **parameters,
        "Project": project,
        "Stage": stage,
        "ArtifactsBucket": bucket,
        **{each.parameter: _reference(place, bucket, each) for each in built.artifacts},
    }
    changed = stack.apply(built.root_template, given, progress)
    return Deployment(prefix, stack.outputs(), changed, built)


def destroy(
    session: boto3.Session,
    project: str,
    stage: str,
    progress: Progress,
    *,
    delete_data: bool = False,
) -> None:
    """Delete the root stack, and with `delete_data` the lake, the tables and the artifacts too.

    Raises
    ------
    DestroyRefused : the data is to be kept, but the stack was deployed to delete it.
    StackError : a resource could not be deleted.
    """
    prefix = f"{project}-{stage}"
    place = _place(session)
    stack = Stack(session.client("cloudformation"), prefix)
    described = stack.describe()
    if described and not delete_data and not _keeps_data(described):
        raise DestroyRefused(
            f"the stack {prefix} would take its data with it: deploy it with "
            f"DataDeletionPolicy={_KEEPS_DATA} first, or say that the data may go"
        )
    if delete_data:
        for purpose in _DATA_BUCKETS:
            _empty_bucket(place.s3(), place.bucket(prefix, purpose))
    stack.delete(progress)
    if delete_data:
        for purpose in (*_DATA_BUCKETS, "artifacts"):
            _delete_bucket(place.s3(), place.bucket(prefix, purpose))
        for table in ("pipeline-state", "run-ledger"):
            _delete_table(session.client("dynamodb"), f"{prefix}-{table}")


def silent(_event: StackEvent) -> None:
    """Ignore an event: the progress of who shows none."""


def _place(session: boto3.Session) -> _Place:
    account = session.client("sts").get_caller_identity()["Account"]
    region = session.region_name
    if not region:
        raise CliError("no AWS region is set: name one")
    return _Place(session, account, region)


def _keeps_data(described: Mapping[str, Any]) -> bool:
    values = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    return values.get("DataDeletionPolicy") == _KEEPS_DATA


def _reference(place: _Place, bucket: str, artifact: Artifact) -> str:
    if not artifact.parameter.endswith("TemplateUrl"):
        return artifact.key
    # Path style: a virtual-host URL would not name the bucket to a cloud without DNS.
    suffix = "amazonaws.com.cn" if place.partition() == "aws-cn" else "amazonaws.com"
    return f"https://s3.{place.region}.{suffix}/{bucket}/{artifact.key}"


def _make_artifacts_bucket(place: _Place, bucket: str) -> None:
    s3 = place.s3()
    if _exists(s3, bucket):
        return
    # us-east-1 is the one region that may not be named.
    where: dict[str, Any] = (
        {}
        if place.region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    )
    s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **where)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=_tls_only(place.partition(), bucket))


def _tls_only(partition: str, bucket: str) -> str:
    arn = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _upload_if_missing(s3: S3Client, bucket: str, artifact: Artifact) -> None:
    try:
        s3.head_object(Bucket=bucket, Key=artifact.key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
            raise
        s3.put_object(Bucket=bucket, Key=artifact.key, Body=artifact.content)


def _exists(s3: S3Client, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        return False
    return True


def _empty_bucket(s3: S3Client, bucket: str) -> None:
    if not _exists(s3, bucket):
        return
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": found["Key"]} for found in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})  # type: ignore[typeddict-item]


def _delete_bucket(s3: S3Client, bucket: str) -> None:
    if _exists(s3, bucket):
        _empty_bucket(s3, bucket)
        s3.delete_bucket(Bucket=bucket)


def _delete_table(dynamodb: Any, table: str) -> None:
    try:
        dynamodb.delete_table(TableName=table)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
