"""What is uploaded: the same bytes wherever it is built, whole for its function, within limits."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.artifacts import LAMBDAS, build
from tests.infra.infra_files import CHECKOUT, read_template

# Beside the standard library, the Lambda runtime brings boto3 and what boto3 needs.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
BUILT_FROM = ("athena", "cli", "cloudformation", "contracts", "glue_jobs", "lambdas", "loader")

# Quotas of AWS CloudFormation; the first is that of a template which goes with its request.
LARGEST_BODY, MOST_PARAMETERS, MOST_OUTPUTS, MOST_RESOURCES = 51_200, 200, 200, 500

BUILD = """
from pathlib import Path
from cli.artifacts import build, write_build
write_build(build(Path.cwd()), Path("build"))
"""


def copied(folder: Path, *, backwards: bool, mode: int, changed_at: int) -> Path:
    """Copy what is built from, file by file: in this order, with these rights and this time."""
    paths = [
        path.relative_to(CHECKOUT)
        for name in (*BUILT_FROM, "state_machines")
        for path in (CHECKOUT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    for path in sorted(paths, reverse=backwards):
        copy = folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((CHECKOUT / path).read_bytes())
        copy.chmod(mode)
        os.utime(copy, (changed_at, changed_at))
    return folder


def built_in(checkout: Path, **environment: str) -> dict[str, bytes]:
    """Build in a process of its own with the copy's own code; return the files by name."""
    subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=checkout,  # the first place in which it looks for modules
        env={"PATH": os.environ["PATH"], **environment},
        check=True,
        umask=0o077 if environment["TZ"] == "UTC" else 0o000,
    )
    folder = checkout / "build"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_folders_users_and_machines_build_the_same_bytes(tmp_path: Path):
    first = copied(tmp_path / "a", backwards=False, mode=0o600, changed_at=1_000_000_000)
    second = copied(tmp_path / "some where else", backwards=True, mode=0o755, changed_at=2_000_000)
    here = built_in(first, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    there = built_in(second, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert len(here) > 20
    assert here == there
    assert here["manifest.json"].decode() == build(CHECKOUT).manifest() + "\n"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds what the Lambda runtime brings, and nothing else."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def functions() -> dict[str, tuple[str, str]]:
    """Return (handler, parameter that names the package) of each function of the templates."""
    found = {}
    for part in read_template("root")["Resources"]:
        for name, resource in read_template(part.lower())["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                properties = resource["Properties"]
                found[name] = (properties["Handler"], properties["Code"]["S3Key"]["Ref"])
    return found


def test_every_package_is_a_functions():
    assert len(functions()) == len(LAMBDAS)
    assert len({parameter for _, parameter in functions().values()}) == len(LAMBDAS)


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_handler_imports_from_its_unzipped_package_with_nothing_of_this_environment(
    tmp_path: Path, runtime: Path, name: str
):
    handler, parameter = functions()[name]
    code = tmp_path / "task"
    zipfile.ZipFile(io.BytesIO(build(CHECKOUT).named(parameter).content)).extractall(code)
    module, _, function = handler.rpartition(".")
    program = (
        "import importlib, json, sys\n"
        f"sys.path[:0] = [{str(code)!r}, {str(runtime)!r}]\n"
        f"assert callable(getattr(importlib.import_module({module!r}), {function!r}))\n"
        "files = (getattr(each, '__file__', None) for each in list(sys.modules.values()))\n"
        "print(json.dumps([each for each in files if each]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],  # no site-packages, no bytecode
        env={},  # no region, so that a client made at import would fail
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    standard = str(Path(os.__file__).resolve().parent)
    known = (str(code), str(runtime), standard)
    loaded: list[str] = json.loads(done.stdout)
    assert [each for each in loaded if not each.startswith(known)] == []
    assert any(each.startswith(str(code)) for each in loaded)


def test_packages_stay_small():
    built = build(CHECKOUT)
    zips = [each for each in built.artifacts if each.key.endswith(".zip")]
    packages = {each.key: len(each.content) for each in zips}
    assert len(packages) == len(LAMBDAS) + 1
    assert max(packages.values()) < 600_000, packages  # a start reads all of it


def test_templates_are_within_cloudformations_quotas(templates: dict[str, Any]):
    root = (CHECKOUT / "cloudformation" / "root.yaml").read_bytes()
    assert len(root) < LARGEST_BODY * 0.9  # it goes with the request, the parts do not
    deployer = (CHECKOUT / "cloudformation" / "deployer.yaml").read_bytes()
    assert len(deployer) < LARGEST_BODY * 0.9
    for name, template in templates.items():
        assert len(template["Parameters"]) <= MOST_PARAMETERS, name
        assert len(template["Resources"]) <= MOST_RESOURCES, name
        assert len(template.get("Outputs", {})) <= MOST_OUTPUTS, name
