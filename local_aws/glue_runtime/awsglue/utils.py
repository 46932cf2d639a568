"""The arguments of a job run, read as Glue reads them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from awsglue.job import Job

_TEMP_DIR_OPTIONS = ("RedshiftTempDir", "TempDir")
_PAUSE = "job-bookmark-pause"
_DISABLE = "job-bookmark-disable"


class GlueArgumentError(Exception):
    """An argument that the script asks for is missing or wrong."""


class GlueArgumentParser(argparse.ArgumentParser):
    """Raises an error where argparse would end the process."""

    def error(self, msg: str) -> NoReturn:
        """Raise GlueArgumentError."""
        raise GlueArgumentError(msg)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802
    """Return the arguments named in `options`, besides those that Glue itself reserves.

    Parameters
    ----------
    args : the script's `sys.argv`.
    options : names of required arguments, without their dashes.

    Raises
    ------
    GlueArgumentError : a required argument is missing.
    RuntimeError : a reserved name is asked for, or bookmark options contradict each other.
    """
    _refuse_reserved(options)
    parser = GlueArgumentParser()
    _add_reserved(parser)
    for name in _TEMP_DIR_OPTIONS:
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in _TEMP_DIR_OPTIONS:
            parser.add_argument(f"--{name}", required=True)
    known, _ = parser.parse_known_args(args[1:])
    resolved = vars(known)
    _copy_temp_dir(resolved)
    resolved["job_bookmark_option"] = _bookmark_option(resolved)
    _check_range(resolved)
    return resolved


def _refuse_reserved(options: Sequence[str]) -> None:
    without_dashes = [
        Job.continuation_options()[0],
        Job.job_bookmark_options()[0],
        *Job.job_bookmark_range_options(),
    ]
    with_dashes = [
        *Job.id_params()[1:],
        Job.encryption_type_options()[0],
        Job.data_lineage_options()[0],
    ]
    for option in without_dashes:
        if option[2:] in options:
            raise RuntimeError(f"Using reserved arguments {option[2:]}")
    for option in with_dashes:
        if option in options:
            raise RuntimeError(f"Using reserved arguments {option}")


def _add_reserved(parser: argparse.ArgumentParser) -> None:
    for option, *choices in (
        Job.job_bookmark_options(),
        Job.continuation_options(),
        Job.encryption_type_options(),
    ):
        parser.add_argument(option, choices=choices)
    for option in (
        *Job.job_bookmark_range_options(),
        *Job.id_params()[1:],
        *Job.data_lineage_options(),
    ):
        parser.add_argument(option)


def _copy_temp_dir(resolved: dict[str, Any]) -> None:
    given = resolved.get("TempDir") or resolved.get("RedshiftTempDir")
    if given is not None:
        resolved["TempDir"] = resolved["RedshiftTempDir"] = given


def _bookmark_option(resolved: dict[str, Any]) -> str:
    """Return the bookmark option; the older `--continuation-option` is translated to it."""
    continuation = resolved.pop("continuation_option", None)
    if option := resolved.get("job_bookmark_option"):
        return str(option)
    if continuation is None:
        return _DISABLE
    return str(Job.job_bookmark_options()[Job.continuation_options().index(continuation)])


def _check_range(resolved: dict[str, Any]) -> None:
    """Refuse a range of runs without job-bookmark-pause, or with one end only."""
    absent = [
        option
        for option in Job.job_bookmark_range_options()
        if resolved.get(option[2:].replace("-", "_")) is None
    ]
    if resolved["job_bookmark_option"] == _PAUSE and len(absent) == 1:
        raise RuntimeError(f"Missing option or value for {absent[0]}")
    if resolved["job_bookmark_option"] != _PAUSE and not absent:
        raise RuntimeError(f"Invalid option(s) {' '.join(Job.job_bookmark_range_options())}")
