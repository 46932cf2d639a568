"""What a Lambda function can import: its own package, and of ours only boto3 and its parts."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

_RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


def link_runtime_packages(folder: Path) -> Path:
    """Fill `folder` with links to boto3 and what it needs, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _RUNTIME_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed, which every Lambda function has")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        link = folder / source.name
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    return folder


def unpack(code: bytes, folder: Path) -> Path:
    """Return the folder with a package's files: one for all workers of the same package."""
    target = folder / hashlib.sha256(code).hexdigest()[:16]
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder, prefix="unpacking-"))
    with zipfile.ZipFile(io.BytesIO(code)) as package:
        package.extractall(unfinished)
    try:
        unfinished.rename(target)
    except OSError:  # another worker was faster
        shutil.rmtree(unfinished)
    return target
