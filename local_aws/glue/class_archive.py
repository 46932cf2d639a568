"""The class archive by which Spark's JVM starts faster."""

from __future__ import annotations

from pathlib import Path

_NAME = "spark.jsa"


def use(jars_dir: Path) -> list[str]:
    """Return the JVM options that use the archive, where there is one.

    The JVM itself ignores one that does not fit its version or class path.
    """
    archive = jars_dir / _NAME
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off"] if archive.exists() else []
