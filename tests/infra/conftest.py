"""The templates and state machines, read once for all tests of this folder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.infra_files import CHECKOUT, read_machine, read_template
from tests.infra.policies import DEPLOYER


@pytest.fixture(scope="session")
def templates() -> dict[str, dict[str, Any]]:
    """Return the stack's templates by name; the deployer's is none of them."""
    paths = (CHECKOUT / "cloudformation").glob("*.yaml")
    return {path.stem: read_template(path.stem) for path in paths if path.stem != DEPLOYER}


@pytest.fixture(scope="session")
def machines() -> dict[str, dict[str, Any]]:
    """Return all state machines by name."""
    paths = (CHECKOUT / "state_machines").glob("*.asl.json")
    return {path.name.split(".")[0]: read_machine(path.name.split(".")[0]) for path in paths}
