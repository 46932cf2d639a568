"""Builds what is deployed: the same input gives the same bytes, on any machine.

Zips are stored, not compressed (a compressor's output depends on its version), sorted, with one
fixed time. Keys hold the content's hash, so an upload never changes what runs already.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.dependencies import packaged_modules
from cli.imports import imports_of

LAMBDAS = ("ingest", "run_lock", "pending_work", "warehouse_load", "history")
SCRIPTS = (
    "cleanse_transactions",
    "partition_transactions",
    "publish_transactions",
    "compact_lake",
)
TEMPLATES = (
    "storage",
    "lookups",
    "ingest",
    "history",
    "catalog",
    "warehouse",
    "jobs",
    "workflow",
    "observability",
)
STATE_MACHINES = ("retail_etl", "compact_lake")

# What a function reads beside its modules, as a pattern of paths.
_LAMBDA_DATA = {"warehouse_load": "loader/sql/**/*.sql"}

# In a template: the file that holds the text of a saved query.
_QUERY_FILE = re.compile(r"(?<=^      QueryString: )athena/\w+\.sql$", re.MULTILINE)

# What may be on a job's path; a package that is not there yet is left out.
_JOB_PACKAGES = ("contracts", "glue_jobs", "loader")
_FIRST_PARTY = ("contracts", "glue_jobs", "lambdas", "loader")

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
_READABLE_FILE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True)
class Artifact:
    """One file to upload.

    Attributes
    ----------
    parameter : the root template's parameter that names it.
    key : content-addressed S3 key.
    content : the file's bytes.
    """

    parameter: str
    key: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the content's hash as Lambda reports it (CodeSha256): base64 of the digest."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


@dataclass(frozen=True)
class Build:
    """All that is deployed.

    Attributes
    ----------
    root_template : text of the root template, which goes with the change set.
    artifacts : what is uploaded before.
    """

    root_template: str
    artifacts: tuple[Artifact, ...]

    def manifest(self) -> str:
        """Return the hashes of all parts as JSON: equal manifests, equal deployments."""
        hashes = {artifact.key: artifact.sha256 for artifact in self.artifacts}
        root = base64.b64encode(hashlib.sha256(self.root_template.encode()).digest()).decode()
        return json.dumps({"root.yaml": root, **hashes}, indent=2, sort_keys=True)

    def named(self, parameter: str) -> Artifact:
        """Return the artifact that a root template's parameter names."""
        return next(each for each in self.artifacts if each.parameter == parameter)


def build(checkout: Path) -> Build:
    """Build all artifacts from a checkout."""
    artifacts = [
        *(_lambda_package(checkout, name) for name in LAMBDAS),
        _artifact("JobsPackage", "jobs/etl", ".zip", _jobs_package(checkout)),
        *(_script(checkout, name) for name in SCRIPTS),
        *(_template(checkout, name) for name in TEMPLATES),
        *(_definition(checkout, name) for name in STATE_MACHINES),
    ]
    root = (checkout / "cloudformation" / "root.yaml").read_text("utf-8")
    return Build(root, tuple(artifacts))


def write_build(built: Build, folder: Path) -> None:
    """Write the artifacts and `manifest.json` below `folder`, for people to look at."""
    for artifact in built.artifacts:
        path = folder / artifact.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)
    (folder / "manifest.json").write_text(built.manifest() + "\n", "utf-8")


def first_party_modules(checkout: Path, entry: str) -> set[Path]:
    """Return the files, relative to the checkout, that module `entry` imports, and its own.

    Raises
    ------
    FileNotFoundError : a module of the project is imported that does not exist.
    """
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        for path in _files_of(checkout, name):
            if path not in found:
                found.add(path)
                waiting += _imports(checkout, path)
    return found


def _files_of(checkout: Path, module: str) -> list[Path]:
    """Return the file of a module and those of the packages around it."""
    parts = module.split(".")
    files = [Path(*parts[: depth + 1], "__init__.py") for depth in range(len(parts) - 1)]
    own = Path(*parts)
    files.append(own / "__init__.py" if (checkout / own).is_dir() else own.with_suffix(".py"))
    missing = [path for path in files if not (checkout / path).is_file()]
    if missing:
        raise FileNotFoundError(f"module {module} needs {missing[0]}, which does not exist")
    return files


def _imports(checkout: Path, path: Path) -> list[str]:
    found = imports_of((checkout / path).read_text("utf-8"))
    names = found.modules + [name for name in found.members if _is_module(checkout, name)]
    return [name for name in names if name.split(".")[0] in _FIRST_PARTY]


def _is_module(checkout: Path, name: str) -> bool:
    path = checkout / Path(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _lambda_package(checkout: Path, name: str) -> Artifact:
    modules = first_party_modules(checkout, f"lambdas.{name}.handler")
    data = checkout.glob(_LAMBDA_DATA[name]) if name in _LAMBDA_DATA else ()
    own = {*modules, *(path.relative_to(checkout) for path in data)}
    files = {path.as_posix(): (checkout / path).read_bytes() for path in own}
    imported = [
        each for path in modules for each in imports_of(files[path.as_posix()].decode()).modules
    ]
    content = _zip({**files, **packaged_modules(imported)})
    return _artifact(f"{_camel(name)}Package", f"lambdas/{name}", ".zip", content)


def _jobs_package(checkout: Path) -> bytes:
    packages = [checkout / name for name in _JOB_PACKAGES if (checkout / name).is_dir()]
    files = [path for package in packages for path in package.rglob("*") if _is_shipped(path)]
    return _zip({path.relative_to(checkout).as_posix(): path.read_bytes() for path in files})


def _is_shipped(path: Path) -> bool:
    return path.is_file() and path.suffix in {".py", ".sql", ".json"}


def _script(checkout: Path, name: str) -> Artifact:
    content = (checkout / "glue_jobs" / f"{name}.py").read_bytes()
    return _artifact(
        f"{_camel(name.split('_', maxsplit=1)[0])}Script", f"jobs/{name}", ".py", content
    )


def _template(checkout: Path, name: str) -> Artifact:
    source = (checkout / "cloudformation" / f"{name}.yaml").read_text("utf-8")
    # As `aws cloudformation package` does with paths that it knows. YAML reads a JSON string.
    content = _QUERY_FILE.sub(
        lambda found: json.dumps((checkout / found[0]).read_text("utf-8")), source
    )
    return _artifact(f"{_camel(name)}TemplateUrl", f"templates/{name}", ".yaml", content.encode())


def _definition(checkout: Path, name: str) -> Artifact:
    content = (checkout / "state_machines" / f"{name}.asl.json").read_bytes()
    return _artifact(f"{_camel(name)}Definition", f"state_machines/{name}", ".asl.json", content)


def _artifact(parameter: str, stem: str, suffix: str, content: bytes) -> Artifact:
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Artifact(parameter, f"{stem}-{digest}{suffix}", content)


def _zip(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = _READABLE_FILE
            entry.create_system = _UNIX
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
