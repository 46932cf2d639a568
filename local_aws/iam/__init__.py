"""IAM as AWS enforces it: roles are held to their policies, in calls and where a service acts.

MiniStack checks the signature and the identity policies of what comes over HTTP. What it lacks is
here: the resources and condition keys of the services that the pipeline uses, policy variables, the
roles that services assume, and a log of every decision. The account's own keys are its root, which
no policy limits; ETL_IAM=off leaves everybody unlimited.
"""

from __future__ import annotations

import importlib

from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Put our patches into MiniStack, if IAM is enforced."""
    # MiniStack reads its settings when it is imported.
    importlib.import_module("local_aws.iam.enforcement").install(settings)
