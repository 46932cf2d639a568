"""What of others' packages goes into a function's package, beside boto3, which Lambda brings.

Of these packages only the modules that are imported when the function starts: their optional parts
would make each package several megabytes. All of it is pure Python, and runs on any processor.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from cli.errors import CliError
from cli.imports import imports_of

PACKAGED = ("aws_lambda_powertools", "typing_extensions")


def packaged_modules(imported: Iterable[str]) -> Mapping[str, bytes]:
    """Return the files (path: content) of the modules named, and of all that these import.

    Names of other packages are passed over.

    Raises
    ------
    CliError : a package is not installed.
    FileNotFoundError : a module is imported that is not there as Python source.
    """
    paths: set[Path] = set()
    waiting = [name for name in imported if _top(name) in PACKAGED]
    while waiting:
        for path in _files_of(waiting.pop()):
            if path not in paths:
                paths.add(path)
                waiting += _imports(path)
    return {path.as_posix(): _content(path) for path in paths}


def _files_of(module: str) -> list[Path]:
    """Return the file of a module and those of the packages around it."""
    parts = module.split(".")
    root = _root(parts[0])
    files = [Path(*parts[:depth], "__init__.py") for depth in range(1, len(parts))]
    own = Path(*parts)
    files.append(own / "__init__.py" if (root / own).is_dir() else own.with_suffix(".py"))
    missing = [path for path in files if not (root / path).is_file()]
    if missing:
        raise FileNotFoundError(f"module {module} needs {missing[0]}, which does not exist")
    return files


@cache
def _imports(path: Path) -> list[str]:
    package = ".".join(path.parent.parts)
    found = imports_of(_content(path).decode(), package, at_start=True)
    names = found.modules + [name for name in found.members if _is_module(name)]
    return [name for name in names if _top(name) in PACKAGED]


def _is_module(name: str) -> bool:
    if _top(name) not in PACKAGED:
        return False
    path = _root(_top(name)).joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@cache
def _content(path: Path) -> bytes:
    return (_root(path.parts[0].removesuffix(".py")) / path).read_bytes()


@cache
def _root(package: str) -> Path:
    """Return the folder that an installed package or module is in."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise CliError(f"{package} is not installed, which the functions need: run `make setup`")
    origin = Path(spec.origin)
    return origin.parent.parent if origin.name == "__init__.py" else origin.parent


def _top(name: str) -> str:
    return name.partition(".")[0]
