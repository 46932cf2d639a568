"""Fetches the pinned jars of Spark's S3A and Iceberg once, and checks them by SHA-256."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import quoteattr

from local_aws.java import JavaNotFoundError, find_java
from local_aws.settings import default_jars_dir

LOCK_FILE = Path(__file__).with_name("jars.lock")
ICEBERG_GROUPS = frozenset(
    {
        "org.apache.iceberg",
        "org.reactivestreams",
        "software.amazon.awssdk",
        "software.amazon.eventstream",
    }
)
FETCH_TIMEOUT_SECONDS = 1800


class JarsError(RuntimeError):
    """The pinned jars could not be fetched whole."""


@dataclass(frozen=True)
class Jar:
    """One pinned jar of Maven Central."""

    organisation: str
    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the file in the folder of jars."""
        return f"{self.name}-{self.version}.jar"


def pinned_jars(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """Return what a lock file pins: `jars.lock` by default."""
    lines = (line.strip() for line in lock_file.read_text().splitlines())
    return [_parse(line) for line in lines if line and not line.startswith("#")]


def s3a_jars(jars_dir: Path) -> list[Path]:
    """Return the jars that every job has: Hadoop's S3A file system."""
    return [
        jars_dir / jar.file_name for jar in pinned_jars() if jar.organisation not in ICEBERG_GROUPS
    ]


def iceberg_jars(jars_dir: Path) -> list[Path]:
    """Return the jars that `--datalake-formats iceberg` adds: Iceberg and its AWS clients."""
    return [jars_dir / jar.file_name for jar in pinned_jars() if jar.organisation in ICEBERG_GROUPS]


def fetch_jars(jars_dir: Path, pinned: list[Jar] | None = None) -> list[Jar]:
    """Make `jars_dir` hold every pinned jar; return those that had to be fetched.

    `pinned` is what `jars.lock` pins by default.

    Missing, partial and altered files are fetched again, with the Ivy that pyspark ships.

    Raises
    ------
    JarsError : a jar is still missing or has another checksum.
    JavaNotFoundError : Ivy has no Java to run on.
    """
    wanted = pinned_jars() if pinned is None else pinned
    missing = [jar for jar in wanted if not _is_intact(jar, jars_dir)]
    if not missing:
        return []
    jars_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=jars_dir) as workspace:
        output = _run_ivy(missing, Path(workspace))
        broken = [jar.file_name for jar in missing if not _is_intact(jar, Path(workspace))]
        if broken:
            raise JarsError(
                f"{len(broken)} of {len(missing)} jars could not be fetched from Maven Central "
                f"({', '.join(broken[:3])}…): {_reason(output)}"
            )
        for jar in missing:
            (Path(workspace) / jar.file_name).replace(jars_dir / jar.file_name)
    return missing


def _parse(line: str) -> Jar:
    coordinates, sha256 = line.split()
    organisation, name, version = coordinates.split(":")
    return Jar(organisation, name, version, sha256)


def _is_intact(jar: Jar, folder: Path) -> bool:
    try:
        with (folder / jar.file_name).open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _run_ivy(jars: list[Jar], workspace: Path) -> str:
    """Let Ivy retrieve `jars` into `workspace` and return what it said."""
    module = workspace / "jars.ivy.xml"
    module.write_text(_ivy_module(jars))
    command = [
        *(str(find_java()), "-cp", str(_pyspark_ivy()), "org.apache.ivy.Main"),
        *("-ivy", str(module), "-cache", str(workspace / "cache")),
        *("-retrieve", f"{workspace}/[artifact]-[revision].[ext]"),
    ]
    try:
        answer = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=FETCH_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {FETCH_TIMEOUT_SECONDS // 60} minutes"
    finally:
        shutil.rmtree(workspace / "cache", ignore_errors=True)
    return answer.stdout


def _ivy_module(jars: list[Jar]) -> str:
    """Name each jar alone: the lock file is the closure, so nothing is resolved transitively."""
    dependencies = "\n".join(
        f"    <dependency org={quoteattr(jar.organisation)} name={quoteattr(jar.name)} "
        f'rev={quoteattr(jar.version)} transitive="false" conf="default->master"/>'
        for jar in jars
    )
    return (
        '<ivy-module version="2.0">\n'
        '  <info organisation="local" module="jars"/>\n'
        '  <configurations><conf name="default"/></configurations>\n'
        f"  <dependencies>\n{dependencies}\n  </dependencies>\n</ivy-module>\n"
    )


def _pyspark_ivy() -> Path:
    package = find_spec("pyspark")
    if package is None or package.origin is None:
        raise JarsError("pyspark is not installed: run `make setup`")
    return next((Path(package.origin).parent / "jars").glob("ivy-*.jar"))


def _reason(output: str) -> str:
    """Return the line of Ivy's output that says most about the failure."""
    complaints = ("exception", "error", "failed", "not found", "no end")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if any(word in line.lower() for word in complaints)]
    return (told or lines or ["Ivy said nothing"])[0][:300]


def main() -> int:
    """Fetch what is missing; one line of error and exit status 1 on failure."""
    jars_dir = default_jars_dir()
    try:
        fetched = fetch_jars(jars_dir)
    except (JarsError, JavaNotFoundError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    if fetched:
        size = sum((jars_dir / jar.file_name).stat().st_size for jar in fetched)
        sys.stdout.write(
            f"Fetched {len(fetched)} of {len(pinned_jars())} jars "
            f"({size / 1e6:.0f} MB) into {jars_dir}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
