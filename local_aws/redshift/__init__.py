"""The local Redshift Serverless: PostgreSQL behind Redshift's SQL, wire protocol and APIs."""

from __future__ import annotations

import importlib

from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Put the services into MiniStack; PostgreSQL starts when the first client logs in."""
    # MiniStack reads its settings when it is imported, and the dialect does without it.
    importlib.import_module("local_aws.redshift.engine").install(settings)
