"""The guide to faults is what the local cloud does."""

from __future__ import annotations

import json
import re

import pytest

from local_aws.faults.answers import ERRORS, service_error
from local_aws.faults.plan import Effect, parse_plan
from local_aws.settings import CHECKOUT

GUIDE = (CHECKOUT / "docs" / "faults.md").read_text()
ERROR_ROWS = re.findall(r"^\| `([a-z0-9-]+)` \| (\d{3} .+) \|$", GUIDE, re.MULTILINE)
COLUMNS = (Effect.THROTTLE, Effect.ERROR_500, Effect.ERROR_503, Effect.EXPIRED_TOKEN)


def test_the_example_is_a_plan() -> None:
    example = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)[0]

    assert len(parse_plan(example).faults) == len(json.loads(example)["faults"]) == 3


@pytest.mark.parametrize("effect", sorted(Effect))
def test_every_effect_is_told_of(effect: str) -> None:
    effects = GUIDE.split("## Effects")[1].split("The errors by service")[0]

    assert f"`{effect}`" in effects


@pytest.mark.parametrize(("service", "cells"), ERROR_ROWS, ids=[row[0] for row in ERROR_ROWS])
def test_the_table_of_errors_is_what_services_answer(service: str, cells: str) -> None:
    answered = [service_error(service, effect) for effect in COLUMNS]

    assert set(COLUMNS) == ERRORS
    assert cells.split(" | ") == [f"{error.status} {error.code}" for error in answered]


def test_the_table_of_errors_has_all_that_the_pipeline_calls() -> None:
    assert {"s3", "dynamodb", "firehose", "glue", "lambda", "states", "redshift-data"} == {
        service for service, _ in ERROR_ROWS
    }
