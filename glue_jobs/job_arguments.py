"""Reads a Glue job's arguments, once, into a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from awsglue.utils import getResolvedOptions

_NAMES = [
    "JOB_NAME",
    "run_id",
    "database",
    "lake_bucket",
    "state_table",
    "ledger_table",
    "shop_time_zone",
    "target_file_size_mb",
]


@dataclass(frozen=True)
class JobArguments:
    """The arguments that the pipeline's jobs share.

    Attributes
    ----------
    run_id : name of the state machine execution that started the job.
    database : Glue database of the lake's tables.
    lake_bucket : bucket with raw/ and the tables' files.
    state_table : DynamoDB table of locks and positions.
    ledger_table : DynamoDB table of what each run did.
    shop_time_zone : IANA zone of dates without an offset.
    target_file_size_mb : size up to which a table's data files grow.
    resolved : all options as Glue resolved them; `Job.init` finds the bookmark option there.
    """

    job_name: str
    run_id: str
    database: str
    lake_bucket: str
    state_table: str
    ledger_table: str
    shop_time_zone: str
    target_file_size_mb: int
    resolved: Mapping[str, str]


def read_arguments(argv: list[str]) -> JobArguments:
    """Return the arguments of this run.

    Raises
    ------
    awsglue.utils.GlueArgumentError : an argument is missing.
    """
    resolved = getResolvedOptions(argv, _NAMES)
    return JobArguments(
        job_name=resolved["JOB_NAME"],
        run_id=resolved["run_id"],
        database=resolved["database"],
        lake_bucket=resolved["lake_bucket"],
        state_table=resolved["state_table"],
        ledger_table=resolved["ledger_table"],
        shop_time_zone=resolved["shop_time_zone"],
        target_file_size_mb=int(resolved["target_file_size_mb"]),
        resolved=resolved,
    )
