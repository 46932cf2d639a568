"""The archive of loaded classes with which Spark's JVM starts and first works much faster."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.find_spark_home import _find_spark_home

from local_aws.jars import iceberg_jars, s3a_jars
from local_aws.java import JavaNotFoundError, find_java
from local_aws.settings import default_jars_dir

MAKE_VARIABLE = "ETL_MAKE_CLASS_ARCHIVE"
"""Names the archive that a job's JVM is to leave when it ends, instead of using one."""


def archive_path(jars_dir: Path, java: Path, class_path: Sequence[Path]) -> Path:
    """Return where the archive for this Java and class path is kept.

    The JVM uses an archive only with the very files that it was made from, so they are in the
    name: a new environment gets a new archive.
    """
    parts = [str(java.resolve())]
    for jar in class_path:
        status = jar.stat()
        parts.append(f"{jar} {status.st_size} {status.st_mtime_ns}")
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return jars_dir / f"spark-{key}.jsa"


def jvm_options(archive: Path) -> list[str]:
    """Return the JVM options that use the archive, or make one, or neither."""
    if made := os.environ.get(MAKE_VARIABLE):
        return [f"-XX:ArchiveClassesAtExit={made}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    if archive.exists():
        return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    return []


def class_path(jars_dir: Path, *, iceberg: bool) -> list[Path]:
    """Return Spark's jars and ours, always in the same order."""
    spark_jars = sorted((Path(_find_spark_home()) / "jars").glob("*.jar"))
    return [*spark_jars, *s3a_jars(jars_dir), *(iceberg_jars(jars_dir) if iceberg else [])]


def main() -> int:
    """Make the archive where this environment has none yet: half a minute, once."""
    jars_dir = default_jars_dir()
    try:
        java = find_java()
    except JavaNotFoundError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    archive = archive_path(jars_dir, java, class_path(jars_dir, iceberg=True))
    if archive.exists():
        return 0
    return subprocess.call([sys.executable, "-m", "local_aws.glue.train_class_archive", archive])


if __name__ == "__main__":
    sys.exit(main())
