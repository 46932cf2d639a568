"""boto3 clients of the local cloud's own endpoint."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from local_aws.settings import REGION, CloudSettings


def client(settings: CloudSettings, service: str, key_id: str = "test") -> Any:
    """Return a client that signs with the access key `key_id`."""
    session: Any = boto3.session.Session()  # a query's thread needs its own
    return session.client(
        service,
        endpoint_url=settings.endpoint,
        region_name=REGION,
        aws_access_key_id=key_id,
        aws_secret_access_key="test",  # noqa: S106 - of the local cloud
        config=Config(
            s3={"addressing_style": "path"},
            retries={"max_attempts": 2, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
