"""Athena on the local cloud: its API, with DuckDB as the engine of its SQL."""

from __future__ import annotations

from local_aws import lifecycle
from local_aws.athena import ministack_store as store
from local_aws.athena.api import AthenaApi
from local_aws.athena.engine import QueryEngine
from local_aws.athena.executions import fail_left_over
from local_aws.settings import CloudSettings


def install(settings: CloudSettings) -> None:
    """Put the engine in place of MiniStack's; it has to happen before it serves."""
    engine = QueryEngine(settings)
    AthenaApi(engine).put_in_place()
    lifecycle.at_start(_fail_left_over)
    lifecycle.at_start(engine.warm_up)
    lifecycle.at_stop(engine.close)


def _fail_left_over() -> None:
    for record in store.all_executions():
        fail_left_over(record)
