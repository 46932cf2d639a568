"""Placeholder until the engine is there."""

from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Leave MiniStack as it is."""
