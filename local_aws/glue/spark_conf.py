"""The Spark configuration of a local job run: local defaults, the job's `--conf`, our endpoints."""

from __future__ import annotations

import os
import re
from pathlib import Path

from local_aws.settings import REGION

_CHAIN = re.compile(r"\s+--conf\s+")
_GLUE_CATALOG = "org.apache.iceberg.aws.glue.GlueCatalog"
_CATALOG_IMPLEMENTATION = re.compile(r"spark\.sql\.catalog\.(?P<name>[^.]+)\.catalog-impl")
_FROM_ENVIRONMENT = "com.amazonaws.auth.EnvironmentVariableCredentialsProvider"
_DEFAULT_MEMORY_MB = 4096


class ConfError(ValueError):
    """The job's `--conf` value is not a chain of `key=value`."""


def parse_conf(value: str) -> dict[str, str]:
    """Return the settings of a `--conf` value: `a=1 --conf b=2`, as Glue documents it.

    Raises
    ------
    ConfError : a link of the chain is not `spark.…=value`.
    """
    settings = {}
    for link in _CHAIN.split(value.strip()) if value.strip() else []:
        key, equals, setting = link.partition("=")
        if not equals or not key.startswith("spark."):
            raise ConfError(f"--conf takes spark.key=value, chained by ' --conf ', not {link!r}")
        settings[key] = setting
    return settings


def local_defaults(work_dir: Path) -> dict[str, str]:
    """Return what suits one machine; the job's own settings win over it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "spark.master": f"local[{cores}]",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": str(work_dir / "spark-warehouse"),
        "spark.sql.shuffle.partitions": str(2 * (cores or 1)),
        "spark.sql.files.openCostInBytes": "262144",  # S3 is on this machine: small files are cheap
        "spark.hadoop.fs.s3a.fast.upload.buffer": "bytebuffer",
    }


def local_endpoints(settings: dict[str, str], endpoint: str) -> dict[str, str]:
    """Return what points S3A and each Glue catalog of `settings` to the local cloud."""
    ours = {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        # Not Hadoop's list of providers: two threads that ask its first at once may get, from its
        # second, the session's keys without their token (AbstractSessionCredentialsProvider.init).
        "spark.hadoop.fs.s3a.aws.credentials.provider": _FROM_ENVIRONMENT,
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": REGION,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    }
    for key, value in settings.items():
        found = _CATALOG_IMPLEMENTATION.fullmatch(key)
        if found and value == _GLUE_CATALOG:
            catalog = f"spark.sql.catalog.{found['name']}"
            ours[f"{catalog}.glue.endpoint"] = endpoint
            ours[f"{catalog}.s3.endpoint"] = endpoint
            ours[f"{catalog}.s3.path-style-access"] = "true"
            ours[f"{catalog}.client.region"] = REGION
    return ours


def driver_memory() -> str:
    """Return the JVM's heap: ETL_SPARK_MEMORY, else 4 GB, or a third of a smaller machine's."""
    third_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 3 // 1024**2
    return os.environ.get("ETL_SPARK_MEMORY") or f"{min(_DEFAULT_MEMORY_MB, third_mb)}m"
