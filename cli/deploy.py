"""Deploys the artifacts and takes them away again, by the same path on both clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from cli.artifacts import Artifact, Build, build
from cli.deployment_stores import DeploymentStores
from cli.errors import CliError
from cli.stacks import Progress, Stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHECKOUT = Path(__file__).resolve().parent.parent
_KEEPS_DATA = "RetainExceptOnCreate"


class DataInTheWay(CliError):  # noqa: N818
    """An earlier deployment left its data, and CloudFormation cannot take it over."""


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


def deploy(
    session: boto3.Session,
    project: str,
    stage: str,
    parameters: Mapping[str, str],
    progress: Progress,
) -> Deployment:
    """Build, upload what is missing and bring the root stack `{project}-{stage}` to it.

    The stack is tagged with project and stage, by which a bill or a budget tells it from others.

    Parameters
    ----------
    session : makes clients of the account and region to deploy to.
    parameters : values of the root template's parameters; those not named keep their value.
    progress : called with each event of the root stack and its nested stacks.

    Raises
    ------
    DataInTheWay : an earlier deployment of this name was destroyed, its data kept.
    StackError : the deployment failed; the message names the resource and the reason.
    """
    stores, stack = _open(session, project, stage)
    if stack.clear_failed_creation(progress):
        stores.delete_unused_data()
    if stack.describe() is None and (left := stores.data_buckets_left()):
        raise DataInTheWay(
            f"{', '.join(left)} of an earlier deployment is still there: deploy another stage, "
            "or let it go with `etl destroy --delete-data`"
        )
    built = build(CHECKOUT)
    bucket = stores.make_artifacts_bucket()
    for artifact in built.artifacts:
        _upload_if_missing(stores.s3(), bucket, artifact)
    given = {
        **parameters,
        "Project": project,
        "Stage": stage,
        "ArtifactsBucket": bucket,
        **{each.parameter: _reference(stores, bucket, each) for each in built.artifacts},
    }
    tags = {"project": project, "stage": stage}
    changed = stack.apply(built.root_template, given, tags, progress)
    return Deployment(stack.name, stack.outputs(), changed, built)


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
    stores, stack = _open(session, project, stage)
    described = stack.describe()
    if described and not delete_data and not _keeps_data(described):
        raise DestroyRefused(
            f"the stack {stack.name} would take its data with it: deploy it with "
            f"DataDeletionPolicy={_KEEPS_DATA} first, or say that the data may go"
        )
    if delete_data:
        stores.empty_data_buckets()  # CloudFormation deletes only empty buckets
    stack.delete(progress)
    if delete_data:
        stores.delete_all()


def _open(session: boto3.Session, project: str, stage: str) -> tuple[DeploymentStores, Stack]:
    region = session.region_name
    if not region:
        raise CliError("no AWS region is set: name one")
    account = session.client("sts").get_caller_identity()["Account"]
    prefix = f"{project}-{stage}"
    stores = DeploymentStores(session, prefix, account, region)
    return stores, Stack(session.client("cloudformation"), prefix)


def _keeps_data(described: Mapping[str, Any]) -> bool:
    values = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    return values.get("DataDeletionPolicy") == _KEEPS_DATA


def _reference(stores: DeploymentStores, bucket: str, artifact: Artifact) -> str:
    if not artifact.parameter.endswith("TemplateUrl"):
        return artifact.key
    # Path style: a virtual-host URL would not name the bucket to a cloud without DNS.
    suffix = "amazonaws.com.cn" if stores.partition() == "aws-cn" else "amazonaws.com"
    return f"https://s3.{stores.region}.{suffix}/{bucket}/{artifact.key}"


def _upload_if_missing(s3: S3Client, bucket: str, artifact: Artifact) -> None:
    try:
        s3.head_object(Bucket=bucket, Key=artifact.key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
            raise
        s3.put_object(Bucket=bucket, Key=artifact.key, Body=artifact.content)
