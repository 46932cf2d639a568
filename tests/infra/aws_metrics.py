"""Metrics of AWS's own that alarms and dashboard name, as AWS documents them."""

from __future__ import annotations

from dataclasses import dataclass

_DOCS = "https://docs.aws.amazon.com/"


@dataclass(frozen=True)
class AwsMetrics:
    """Metrics of one namespace that have the same dimensions.

    Attributes
    ----------
    dimensions : the sets of dimensions under which a metric is published.
    source : the page that lists them.
    """

    namespace: str
    names: frozenset[str]
    dimensions: frozenset[frozenset[str]]
    source: str


def _metrics(namespace: str, names: str, dimensions: list[str], page: str) -> AwsMetrics:
    sets = frozenset(frozenset(each.split()) for each in dimensions)
    return AwsMetrics(namespace, frozenset(names.split()), sets, _DOCS + page)


AWS_METRICS = (
    _metrics(
        "AWS/States",
        "ExecutionsSucceeded ExecutionsFailed ExecutionsTimedOut ExecutionsAborted"
        " ExecutionThrottled",
        ["StateMachineArn"],
        "step-functions/latest/dg/procedure-cw-metrics.html",
    ),
    _metrics(
        "AWS/ApiGateway",  # of HTTP APIs; REST APIs have other names
        "4xx 5xx Count Latency",
        ["ApiId", "ApiId Stage"],
        "apigateway/latest/developerguide/http-api-metrics.html",
    ),
    _metrics(
        "AWS/Lambda",
        "Errors Invocations Throttles",
        ["FunctionName"],
        "lambda/latest/dg/monitoring-metrics-types.html",
    ),
    _metrics(
        "AWS/Firehose",
        "DeliveryToS3.DataFreshness DeliveryToS3.Success IncomingBytes IncomingRecords"
        " ThrottledRecords",
        ["DeliveryStreamName"],
        "firehose/latest/dev/cloudwatch-metrics.html",
    ),
    _metrics(
        "AWS/DynamoDB",  # under TableName alone a table's metrics leave out its indexes
        "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits ReadThrottleEvents"
        " WriteThrottleEvents",
        ["TableName", "TableName GlobalSecondaryIndexName"],
        "amazondynamodb/latest/developerguide/metrics-dimensions.html",
    ),
    _metrics(
        "Glue",  # reported where a job has --enable-metrics; JobRunId ALL sums up a job's runs
        "glue.driver.aggregate.elapsedTime",
        ["JobName JobRunId Type"],
        "glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html",
    ),
    _metrics(
        "AWS/Redshift-Serverless",
        "ComputeSeconds",
        ["Workgroup"],
        "redshift/latest/mgmt/serverless-monitoring.html",
    ),
    _metrics(
        "AWS/Athena",  # reported where the workgroup publishes metrics
        "ProcessedBytes",
        ["QueryState QueryType WorkGroup"],
        "athena/latest/ug/query-metrics-viewing.html",
    ),
    _metrics(
        "AWS/S3",
        "BucketSizeBytes",
        ["BucketName StorageType"],
        "AmazonS3/latest/userguide/metrics-dimensions.html",
    ),
)
