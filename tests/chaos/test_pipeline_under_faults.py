"""One execution of the real pipeline with faults at every stage, against the truth.

The whole of it is `make chaos`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.iam.decisions import read_decisions
from tests.chaos.campaign import Campaign
from tests.chaos.catalogue import read_points, uncovered
from tests.chaos.generator import World
from tests.chaos.shop import close_shop, open_shop
from tests.least_privilege.requests import refused_to_roles

SEED = 4

DEATHS = (
    "ingest/kill_after PutRecordBatch",
    "run_lock/kill_after PutItem pipeline-state",
    "pending_work/kill_before ListObjectsV2 raw",
    "partition/kill_after UpdateTable transactions",
    "publish/kill_after BatchWriteItem lookups",
)
ERRORS = (
    "client/drop_after POST transactions",
    "ingest/partial PutRecordBatch",
    "firehose/error_500 PutObject raw",
    "states/throttle Invoke run-lock",
    "states/drop_after UpdateItem run-ledger",
    "states/drop_after BatchExecuteStatement",
    "run_lock/throttle GetJobRuns",
    "warehouse_load/throttle PutItem pipeline-state",
    "cleanse/drop_before GetObject raw +1",
    "cleanse/drop_after UpdateTable cleansed",
    "cleanse/drop_after PutItem pipeline-state",
    "partition/throttle UpdateTable transactions",
    "publish/partial BatchWriteItem lookups",
    "publish/throttle Scan lookups",
    "publish/drop_after PutItem lookups",
)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """Return a campaign of one round, played."""
    folder = tmp_path_factory.mktemp("chaos")
    by_id = {point.id: point for point in read_points()}
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ETL_IAM", "on")
            shop = open_shop(folder)
        played = Campaign(shop, World(SEED), SEED, print)
        played.play("fast", [by_id[each].fault() for each in (*ERRORS, *DEATHS)])
        yield played
    finally:
        close_shop(folder)


@pytest.mark.timeout(900)
def test_every_store_holds_the_truth_after_faults_at_every_stage(campaign: Campaign) -> None:
    (played,) = campaign.rounds

    assert played.checked.differences == []
    assert min(played.checked.rows.values()) > 0


def test_no_role_is_refused_what_only_a_recovery_asks_for(campaign: Campaign) -> None:
    assert refused_to_roles(read_decisions(campaign.shop.state_dir)) == []


def test_every_fault_has_struck_a_call_of_the_pipeline(campaign: Campaign) -> None:
    assert sorted({*ERRORS, *DEATHS} - set(campaign.fired)) == []


def test_the_pipeline_makes_no_call_that_no_fault_point_strikes(campaign: Campaign) -> None:
    calls = [call for played in campaign.rounds for call in played.calls]

    assert uncovered(calls, read_points()) == []
