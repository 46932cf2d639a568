"""What is built is reproducible, complete and small."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cli.artifacts import LAMBDAS, SCRIPTS, Artifact, build, first_party_modules, write_build
from cli.dependencies import PACKAGED

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = (
    "athena",
    "cloudformation",
    "contracts",
    "glue_jobs",
    "lambdas",
    "loader",
    "state_machines",
)

# What the Lambda runtime brings: boto3 and what boto3 needs.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds only what the Lambda runtime brings."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def copy_what_is_built(folder: Path) -> None:
    for name in SHIPPED:
        shutil.copytree(CHECKOUT / name, folder / name)


def names_in(artifact: Artifact) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(artifact.content)).namelist()


def test_two_builds_in_different_folders_and_times_have_the_same_hashes(tmp_path: Path):
    copy_what_is_built(tmp_path)
    for path in tmp_path.rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    assert build(tmp_path).manifest() == build(CHECKOUT).manifest()


def test_a_changed_line_changes_the_key_of_what_holds_it_and_of_nothing_else(tmp_path: Path):
    copy_what_is_built(tmp_path)
    before = build(tmp_path)
    lock = tmp_path / "lambdas" / "run_lock" / "lock.py"
    lock.write_text(lock.read_text() + "# changed\n")
    after = build(tmp_path)
    changed = {
        a.parameter for a, b in zip(before.artifacts, after.artifacts, strict=True) if a != b
    }
    assert changed == {"RunLockPackage"}


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_handler_imports_from_its_package_with_nothing_but_boto3(
    tmp_path: Path, runtime: Path, name: str
):
    package = next(a for a in build(CHECKOUT).artifacts if a.key.startswith(f"lambdas/{name}-"))
    (tmp_path / "package.zip").write_bytes(package.content)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path / 'package.zip')!r}, {str(runtime)!r}]\n"
        f"from lambdas.{name}.handler import handle\n"
        "assert 'package.zip' in sys.modules[handle.__module__].__file__\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env={},  # no region, so a client made at import would fail
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_package_holds_the_project_modules_it_imports_and_no_other(name: str):
    package = next(a for a in build(CHECKOUT).artifacts if a.key.startswith(f"lambdas/{name}-"))
    others = [f"lambdas/{other}/" for other in LAMBDAS if other != name]
    names = names_in(package)
    assert names == sorted(names)
    assert f"lambdas/{name}/handler.py" in names
    assert not any(found.startswith(tuple(others)) for found in names)
    assert all(found.endswith((".py", ".sql")) for found in names)
    assert len(package.content) < 500_000


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_package_holds_of_others_what_its_start_imports_and_no_more(
    tmp_path: Path, runtime: Path, name: str
):
    package = next(a for a in build(CHECKOUT).artifacts if a.key.startswith(f"lambdas/{name}-"))
    (tmp_path / "package.zip").write_bytes(package.content)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path / 'package.zip')!r}, {str(runtime)!r}]\n"
        f"import lambdas.{name}.handler\n"
        "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    imported = {
        path.partition("package.zip/")[2] for path in done.stdout.split() if "package.zip/" in path
    }
    of_others = {path for path in names_in(package) if path.startswith(PACKAGED)}
    assert of_others == {path for path in imported if path.startswith(PACKAGED)}
    assert len(of_others) > 30


def test_the_load_function_has_the_sql_that_it_plans_with():
    names = names_in(build(CHECKOUT).named("WarehouseLoadPackage"))
    sql = {path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob("loader/sql/**/*.sql")}
    assert len(sql) >= 4
    assert {name for name in names if name.endswith(".sql")} == sql
    assert not any(
        name.endswith(".sql") for name in names_in(build(CHECKOUT).named("RunLockPackage"))
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_jobs_package_holds_all_that_a_script_imports(script: str):
    names = set(names_in(build(CHECKOUT).named("JobsPackage")))
    needed = first_party_modules(CHECKOUT, f"glue_jobs.{script}")
    assert len(needed) > 5
    assert {path.as_posix() for path in needed} <= names


def test_the_jobs_package_holds_no_bytecode_and_no_other_part():
    names = names_in(build(CHECKOUT).named("JobsPackage"))
    assert not any(".pyc" in name or "__pycache__" in name for name in names)
    assert {name.split("/")[0] for name in names} <= {"contracts", "glue_jobs", "loader"}


def test_an_import_of_a_missing_module_fails_the_build(tmp_path: Path):
    package = tmp_path / "lambdas" / "broken"
    package.mkdir(parents=True)
    (tmp_path / "lambdas" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "handler.py").write_text("from contracts.gone import away\n")
    with pytest.raises(FileNotFoundError, match=r"contracts\.gone"):
        first_party_modules(tmp_path, "lambdas.broken.handler")


def test_the_written_build_is_what_its_manifest_says(tmp_path: Path):
    built = build(CHECKOUT)
    write_build(built, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest) == {artifact.key for artifact in built.artifacts} | {"root.yaml"}
    assert all((tmp_path / artifact.key).read_bytes() for artifact in built.artifacts)
