"""What functions need of others' packages is found, and what is missing is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli import dependencies
from cli.dependencies import packaged_modules
from cli.errors import CliError


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of packages that may be installed, whose names are to be packaged."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(dependencies, "PACKAGED", ("lent_package", "lent_module"))
    for cached in (dependencies._imports, dependencies._content, dependencies._root):
        cached.cache_clear()
    return tmp_path


def put(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / "lent_package" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


def test_modules_come_with_their_packages_and_all_that_they_import(packages: Path):
    put(packages, __init__="", one="from lent_package import two\nimport json", two="", three="")
    (packages / "lent_module.py").write_text("x = 1\n")
    put(packages, two="from lent_module import x")
    assert packaged_modules(["lent_package.one", "boto3"]) == {
        "lent_package/__init__.py": b"",
        "lent_package/one.py": b"from lent_package import two\nimport json",
        "lent_package/two.py": b"from lent_module import x",
        "lent_module.py": b"x = 1\n",
    }


def test_what_is_not_python_source_cannot_be_packaged(packages: Path):
    put(packages, __init__="import lent_package.fast")
    (packages / "lent_package" / "fast.so").touch()
    with pytest.raises(FileNotFoundError, match=r"lent_package\.fast"):
        packaged_modules(["lent_package"])


@pytest.mark.usefixtures("packages")
def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(CliError, match="lent_package is not installed"):
        packaged_modules(["lent_package"])
