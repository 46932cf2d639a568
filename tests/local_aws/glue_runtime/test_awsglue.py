"""Our awsglue takes no call that the official package would not take, and answers alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local_aws import glue_runtime
from local_aws.settings import CHECKOUT
from tests.local_aws.glue_runtime import describe_awsglue

OWN_HELPERS = {"awsglue.utils.GlueArgumentParser.error"}  # argparse's method, named as there


def describe(*path: Path) -> dict[str, Any]:
    """Describe the awsglue that is found first with `path` on Python's path."""
    answer = subprocess.run(
        [sys.executable, describe_awsglue.__file__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    described: dict[str, Any] = json.loads(answer.stdout)
    return described


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    return describe()


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return describe(Path(glue_runtime.__path__[0]), CHECKOUT)


def test_every_signature_is_the_official_one(
    ours: dict[str, Any], official: dict[str, Any]
) -> None:
    names = set(ours["signatures"]) - OWN_HELPERS
    assert len(names) > 20
    assert names <= set(official["signatures"])
    assert {name: ours["signatures"][name] for name in names} == {
        name: official["signatures"][name] for name in names
    }


def test_arguments_are_resolved_as_by_the_official_package(
    ours: dict[str, Any], official: dict[str, Any]
) -> None:
    for case, our_answer, their_answer in zip(
        describe_awsglue.OPTIONS, ours["answers"], official["answers"], strict=True
    ):
        assert our_answer == their_answer, case
