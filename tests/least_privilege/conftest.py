"""One deployed stack with IAM enforced for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Pipeline, open_pipeline
from tests.least_privilege.deployment import Deployment


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(tmp_path_factory.mktemp("least-privilege")) as pipeline:
        yield pipeline


@pytest.fixture(scope="session")
def state_dir(opened: Pipeline) -> Path:
    return opened.state_dir


@pytest.fixture(scope="session")
def deployment(opened: Pipeline) -> Deployment:
    """Return the deployed stack, with roles that the tests may take on."""
    found = Deployment(opened.endpoint, opened.outputs)
    found.trust_the_account()
    return found
