"""CloudFormation that refuses what AWS refuses, and drops no property that a template sets."""

from __future__ import annotations

from local_aws.cloudformation import (
    added_types,
    dynamodb_tables,
    firehose_streams,
    iam_roles,
    nested_stacks,
    provisioning,
    restart,
    s3_buckets,
    sns_topics,
    template_checks,
)
from local_aws.settings import CloudSettings


def install(_: CloudSettings) -> None:
    """Put the checks and the missing properties and types into MiniStack's CloudFormation."""
    template_checks.install()
    provisioning.install()
    nested_stacks.install()
    s3_buckets.install()
    dynamodb_tables.install()
    firehose_streams.install()
    iam_roles.install()
    sns_topics.install()
    added_types.install()
    restart.install()
