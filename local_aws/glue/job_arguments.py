"""A job run's arguments: what Glue merges, what the script gets, what is refused locally."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_NOT_BUILT = {
    "--additional-python-modules": "put pure Python into --extra-py-files",
    "--extra-jars": "the local cloud has Iceberg's and S3A's jars only",
    "--extra-files": "read the file from S3 in the script",
}
_DATALAKE_FORMATS = {"iceberg"}


class UnsupportedArgumentError(ValueError):
    """An argument that Glue would honour and the local cloud does not."""


@dataclass(frozen=True)
class JobArguments:
    """The arguments of one run.

    Attributes
    ----------
    script : in the order of the command line, as `--key`, `value`, ….
    conf : value of `--conf`.
    extra_py_files : s3:// paths of `--extra-py-files`.
    iceberg : whether `--datalake-formats` names it.
    log_group_prefix : value of `--custom-logGroup-prefix`, empty where it is left out.
    """

    script: list[str]
    conf: str = ""
    extra_py_files: list[str] = field(default_factory=list)
    iceberg: bool = False
    log_group_prefix: str = ""


def merge_arguments(job: dict[str, Any], run: dict[str, Any]) -> dict[str, str]:
    """Return the arguments that the script gets: defaults, then the run's, then the fixed ones."""
    return {
        "--JOB_NAME": run["JobName"],
        "--JOB_RUN_ID": run["Id"],
        **(job.get("DefaultArguments") or {}),
        **run["Arguments"],
        **(job.get("NonOverridableArguments") or {}),
    }


def read_arguments(merged: dict[str, str]) -> JobArguments:
    """Return the merged arguments, understood.

    Raises
    ------
    UnsupportedArgumentError : one asks for what the local cloud does not have.
    """
    for name, instead in _NOT_BUILT.items():
        if merged.get(name):
            raise UnsupportedArgumentError(f"{name} is not built locally: {instead}")
    formats = _list(merged.get("--datalake-formats"))
    if unknown := set(formats) - _DATALAKE_FORMATS:
        raise UnsupportedArgumentError(f"--datalake-formats is not built for {', '.join(unknown)}")
    extra_py_files = _list(merged.get("--extra-py-files"))
    for path in extra_py_files:
        if not path.endswith((".zip", ".py", ".egg")):
            raise UnsupportedArgumentError(
                f"--extra-py-files takes .zip here, not {path}: on Glue, Spark gives its Python "
                "workers only .zip, .egg and .py"
            )
    return JobArguments(
        script=[part for item in merged.items() for part in item],
        conf=merged.get("--conf") or "",
        extra_py_files=extra_py_files,
        iceberg="iceberg" in formats,
        log_group_prefix=merged.get("--custom-logGroup-prefix") or "",
    )


def _list(value: str | None) -> list[str]:
    return [item.strip() for item in (value or "").split(",") if item.strip()]
