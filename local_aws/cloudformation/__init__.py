"""CloudFormation as AWS runs it, where MiniStack does otherwise."""

from __future__ import annotations

from local_aws.cloudformation import nested_stacks
from local_aws.settings import CloudSettings


def install(_: CloudSettings) -> None:
    """Put our mends into MiniStack's CloudFormation."""
    nested_stacks.install()
