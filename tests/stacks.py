"""Deploys single templates on a local cloud, as the root template does, with the built packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.artifacts import build
from local_aws.settings import CHECKOUT

if TYPE_CHECKING:
    from tests.conftest import LocalCloud

_SETTINGS = {
    "Project": "etl",
    "DataDeletionPolicy": "Delete",
    "LookupsRecovery": "true",
    "LookupsMaxReadUnits": "0",
    "LookupsMaxWriteUnits": "5000",
    "HistoryRequestsPerSecond": "10000",
    "HistoryBurst": "5000",
    "HistoryAuthorization": "NONE",
    "HistoryJwtIssuer": "",
    "HistoryJwtAudience": "",
    "CustomerClaim": "custom:customer_id",
    "StaffClaim": "cognito:groups",
    "StaffValue": "",
    "ApiRequestsPerSecond": "10000",
    "ApiBurst": "5000",
    "ApiAuthorization": "NONE",
    "JwtIssuer": "",
    "JwtAudience": "",
    "FirehoseBufferSeconds": "1",
    "FirehoseBufferMegabytes": "128",
    "LogRetentionDays": "30",
    "RoleBoundary": "",
}
_PACKAGES = {"history": "HistoryPackage", "ingest": "IngestPackage"}


def deploy(cloud: LocalCloud, stage: str, *templates: str, **parameters: str) -> dict[str, str]:
    """Deploy templates of cloudformation/ in this order; return the outputs of all.

    Parameters
    ----------
    stage : in the names of all resources: one of the caller's own.
    parameters : other values than this module's.
    """
    bucket, lake = f"{stage}-artifacts", f"{stage}-lake"
    s3, stacks = cloud.client("s3"), cloud.client("cloudformation")
    given = {
        **_SETTINGS,
        "Stage": stage,
        "ArtifactsBucket": bucket,
        "LakeBucket": lake,
        "LookupsTable": f"etl-{stage}-lookups",
        **parameters,
    }
    for name in (bucket, lake):
        s3.create_bucket(Bucket=name)
    artifacts = build(CHECKOUT)
    outputs = {"LakeBucket": lake}
    for name in templates:
        if name in _PACKAGES:
            package = artifacts.named(_PACKAGES[name])
            s3.put_object(Bucket=bucket, Key=package.key, Body=package.content)
            given[_PACKAGES[name]] = package.key
        template = (CHECKOUT / "cloudformation" / f"{name}.yaml").read_text()
        declared = stacks.validate_template(TemplateBody=template)["Parameters"]
        wanted = [each["ParameterKey"] for each in declared]
        stacks.create_stack(
            StackName=f"{stage}-{name}",
            TemplateBody=template,
            Parameters=[{"ParameterKey": each, "ParameterValue": given[each]} for each in wanted],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        stacks.get_waiter("stack_create_complete").wait(
            StackName=f"{stage}-{name}", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        (stack,) = stacks.describe_stacks(StackName=f"{stage}-{name}")["Stacks"]
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    return outputs


def api_url(cloud: LocalCloud, api_id: str, stage: str = "$default") -> str:
    """Return the base URL of an HTTP API's stage."""
    return f"{cloud.endpoint}/_aws/execute-api/{api_id}/{stage}"
