"""Fetches a job's script and Python files from S3 into the run's working folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3

from local_aws.glue.job_arguments import JobArguments
from local_aws.glue.spark_process import JobFiles
from local_aws.iam.roles import Session
from local_aws.settings import REGION, CloudSettings


def fetch_job_files(
    settings: CloudSettings,
    job: dict[str, Any],
    arguments: JobArguments,
    work_dir: Path,
    role: Session,
) -> JobFiles:
    """Return the local files of a run, read with the job's role.

    Raises
    ------
    botocore.exceptions.ClientError : an object is missing, or the role may not read it.
    ValueError : a location is not in S3.
    """
    keys = (role.key_id, role.secret, role.token)
    session = boto3.Session(*keys, region_name=REGION)  # one for each thread
    s3 = session.client("s3", endpoint_url=settings.endpoint)
    work_dir.mkdir(parents=True)
    script = _fetch(s3, job["Command"]["ScriptLocation"], work_dir)
    extra_dir = work_dir / "extra-py-files"
    extra_dir.mkdir()
    extra = [_fetch(s3, path, extra_dir) for path in arguments.extra_py_files]
    modules = [extra_dir] if any(path.suffix == ".py" for path in extra) else []
    archives = [path for path in extra if path.suffix != ".py"]
    return JobFiles(work_dir, script, python_path=[*archives, *modules])


def _fetch(s3: Any, location: str, folder: Path) -> Path:
    scheme, _, rest = location.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not key:
        raise ValueError(f"not the S3 location of a file: {location!r}")
    target = folder / Path(key).name
    s3.download_file(bucket, key, str(target))
    return target
