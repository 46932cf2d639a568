"""Why a policy grants what no recorded request needs: what AWS asks for beyond the local cloud."""

from __future__ import annotations

from fnmatch import fnmatchcase

from tests.least_privilege.grants import Grant

_FIREHOSE = 'Firehose\'s own policy for S3 ("Grant Firehose access to an Amazon S3 destination")'
_SYNC = 'what Step Functions asks for to run a job to its end ("IAM policies for AWS Glue" there)'
_DELIVERY = 'CloudWatch Logs asks for it where a machine logs ("Logging using CloudWatch Logs")'
_TRACES = 'Step Functions sends traces with it ("Trace Step Functions request data in AWS X-Ray")'
_ABORT = "S3FileIO and S3A write files of many parts, and abort one that fails"
_CATALOG = (
    "Glue has a build of Spark and Iceberg of its own, which may look at the database and tables "
    "where the open one, which runs here, does not"
)

_REASONS = {
    "DeliveryRole.WriteRawObjects.s3:AbortMultipartUpload": _FIREHOSE,
    "DeliveryRole.WriteRawObjects.s3:GetObject": _FIREHOSE,
    "DeliveryRole.FindTheBucket.*": _FIREHOSE,
    "DeliveryRole.LogDeliveryErrors.*": "Firehose logs there why S3 refused a delivery",
    "*.PublishJobMetrics.*": "Glue publishes a job's metrics as the job's role",
    "CompactLakeRole.RunJobs.glue:BatchStopJobRun": _SYNC,
    "*Role.RunJobs.glue:GetJobRuns": _SYNC,
    "*.DeliverLogs.*": _DELIVERY,
    "*Role.SendTraces.*": _TRACES,
    "*.s3:AbortMultipartUpload": _ABORT,
    "*.s3:GetBucketLocation": "AWS's S3 clients ask for a bucket's region when they are told none",
    "LakeWriterPolicy.ChangeTables.glue:GetTables": _CATALOG,
    "PublishRole.ReadTables.glue:GetDatabase": _CATALOG,
    "PublishRole.ReadTables.glue:GetTables": _CATALOG,
    "CopyRole.ListBatches.s3:ListBucket": (
        'Redshift asks for LIST beside GET ("IAM permissions for COPY, UNLOAD, and CREATE LIBRARY")'
    ),
    "RetailEtlRole.FollowItsOwnSql.redshift-data:CancelStatement": (
        "SQL that outlasts its limit is cancelled; a test cancels some"
    ),
}


def reason_of(grant: Grant) -> str | None:
    """Return why the grant is there; None where no reason is known."""
    return next((why for name, why in _REASONS.items() if fnmatchcase(str(grant), name)), None)


def unused_reasons(unneeded: list[Grant]) -> list[str]:
    """Return the entries that no unneeded grant is the first of."""
    used = {
        next((name for name in _REASONS if fnmatchcase(str(grant), name)), None)
        for grant in unneeded
    }
    return [name for name in _REASONS if name not in used]
