"""The deployed APIs answer as docs/openapi.yaml says, whatever schemathesis makes up."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from benchmarks.api_conformance.runs import RUNS, Verdict, verdicts
from benchmarks.api_conformance.shop import put_shop
from tests.stacks import api_url, deploy

if TYPE_CHECKING:
    from tests.conftest import LocalCloud

EXAMPLES, SEED = 15, 1


@pytest.fixture(scope="module")
def found(local_cloud: LocalCloud) -> dict[str, Verdict]:
    outputs = deploy(local_cloud, f"c{uuid.uuid4().hex[:6]}", "lookups", "history", "ingest")
    put_shop(local_cloud.client("dynamodb"), outputs["LookupsTable"])
    names = {"history": "HistoryApiId", "ingest": "ApiId"}
    urls = {api: api_url(local_cloud, outputs[name]) for api, name in names.items()}
    return {verdict.run: verdict for verdict in verdicts(urls, EXAMPLES, SEED)}


@pytest.mark.parametrize("run", [run.name for run in RUNS])
def test_no_answer_is_other_than_described(found: dict[str, Verdict], run: str):
    verdict = found[run]
    assert verdict.failures == 0, verdict.report
    assert verdict.cases > 2 * EXAMPLES
    assert verdict.accepted > 0
