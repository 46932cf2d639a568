"""The buckets and tables of a deployment, where CloudFormation leaves them to us.

CloudFormation neither makes the bucket that it is deployed from, nor deletes a bucket that holds
anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DATA_BUCKETS = ("lake", "results")
_TABLES = ("pipeline-state", "run-ledger", "lookups")


@dataclass(frozen=True)
class DeploymentStores:
    """The stores of one project and stage in one account and region.

    Attributes
    ----------
    session : makes the clients.
    prefix : `{project}-{stage}`.
    account, region : where the stores are.
    """

    session: boto3.Session
    prefix: str
    account: str
    region: str

    def bucket(self, purpose: str) -> str:
        """Return the name of the bucket for `purpose`: lake, results or artifacts."""
        return f"{self.prefix}-{purpose}-{self.account}-{self.region}"

    def partition(self) -> str:
        """Return the AWS partition of the region."""
        return self.session.get_partition_for_region(self.region)

    def s3(self) -> S3Client:
        """Return an S3 client."""
        return self.session.client("s3")

    def make_artifacts_bucket(self) -> str:
        """Make the private, encrypted bucket of the built artifacts, if missing; return it."""
        bucket, s3 = self.bucket("artifacts"), self.s3()
        if bucket_exists(s3, bucket):
            return bucket
        # us-east-1 is the one region that may not be named.
        where: dict[str, Any] = (
            {}
            if self.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
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
        s3.put_bucket_policy(Bucket=bucket, Policy=_tls_only(self.partition(), bucket))
        return bucket

    def data_buckets_left(self) -> list[str]:
        """Return the data buckets that exist."""
        buckets = [self.bucket(purpose) for purpose in _DATA_BUCKETS]
        return [bucket for bucket in buckets if bucket_exists(self.s3(), bucket)]

    def delete_unused_data(self) -> None:
        """Delete the data buckets and tables that exist and hold nothing."""
        s3, dynamodb = self.s3(), self.session.client("dynamodb")
        for bucket in self.data_buckets_left():
            if not s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["KeyCount"]:
                s3.delete_bucket(Bucket=bucket)
        for table in self._tables_left():
            if not dynamodb.scan(TableName=table, Limit=1)["Count"]:
                self._delete_table(table)

    def empty_data_buckets(self) -> None:
        """Delete all objects of the data buckets."""
        for bucket in self.data_buckets_left():
            _empty(self.s3(), bucket)

    def delete_all(self) -> None:
        """Delete all buckets and tables that are there, with what they hold."""
        for purpose in (*_DATA_BUCKETS, "artifacts"):
            bucket, s3 = self.bucket(purpose), self.s3()
            if bucket_exists(s3, bucket):
                _empty(s3, bucket)
                s3.delete_bucket(Bucket=bucket)
        for table in self._tables_left():
            self._delete_table(table)

    def _tables_left(self) -> list[str]:
        dynamodb = self.session.client("dynamodb")
        left = []
        for name in _TABLES:
            try:
                dynamodb.describe_table(TableName=f"{self.prefix}-{name}")
            except dynamodb.exceptions.ResourceNotFoundException:
                continue
            left.append(f"{self.prefix}-{name}")
        return left

    def _delete_table(self, table: str) -> None:
        dynamodb = self.session.client("dynamodb")
        dynamodb.delete_table(TableName=table)
        waiter = dynamodb.get_waiter("table_not_exists")
        waiter.wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def bucket_exists(s3: S3Client, bucket: str) -> bool:
    """Return whether the bucket is there and ours."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        return False
    return True


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


def _empty(s3: S3Client, bucket: str) -> None:
    if "Status" in s3.get_bucket_versioning(Bucket=bucket):
        _delete_versions(s3, bucket)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys: Any = [{"Key": found["Key"]} for found in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def _delete_versions(s3: S3Client, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found: Any = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys: Any = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
