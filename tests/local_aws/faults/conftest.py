"""Plans for one test: what it loads is cleared at its end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_aws.faults import control
from tests.conftest import LocalCloud


@dataclass(frozen=True)
class Faults:
    """Loads plans into the local cloud and reads what fired."""

    cloud: LocalCloud

    def load(self, *faults: dict[str, Any], seed: int = 1) -> None:
        """Follow a plan; a fault without an id is named after its effect."""
        named = [{"id": fault["effect"], **fault} for fault in faults]
        control.load(self.cloud.state_dir, json.dumps({"seed": seed, "faults": named}))

    def fired(self) -> list[dict[str, Any]]:
        """Return what fired since the plan was loaded."""
        return control.fired(self.cloud.state_dir)

    def fired_ids(self) -> list[str]:
        """Return the ids of what fired, in order."""
        return [line["id"] for line in self.fired()]


@pytest.fixture
def faults(local_cloud: LocalCloud) -> Iterator[Faults]:
    yield Faults(local_cloud)
    control.clear(local_cloud.state_dir)


@pytest.fixture
def bucket(local_cloud: LocalCloud) -> str:
    name = f"faults-{uuid.uuid4().hex[:8]}"
    local_cloud.client("s3").create_bucket(Bucket=name)
    return name


def keys_of(cloud: LocalCloud, bucket: str, prefix: str = "") -> list[str]:
    """Return the keys of a bucket's objects."""
    listed = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for entry in listed.get("Contents", [])]
