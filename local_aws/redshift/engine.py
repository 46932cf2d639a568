"""Put the warehouse's services into MiniStack."""

from __future__ import annotations

from local_aws import lifecycle
from local_aws.redshift.api import data_service, services
from local_aws.redshift.api.registry import registry
from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Register the services, and what they do when the cloud starts and stops."""
    registry.use(settings)
    data_service.use(settings)
    services.install()
    lifecycle.at_start(registry.open_all)
    lifecycle.at_stop(registry.close_all)
