"""The recording, the templates, the reasons and the page tell of the same permissions."""

from __future__ import annotations

from tests.least_privilege.deployment import Deployment
from tests.least_privilege.evaluation import findings
from tests.least_privilege.grants import grants
from tests.least_privilege.report import PAGE, page
from tests.least_privilege.requests import RECORD_ANEW
from tests.least_privilege.runs import DEPRIVED, read_runs


def test_each_action_is_needed_by_a_recorded_request_or_explained(deployment: Deployment) -> None:
    assert findings(deployment.policies) == [], RECORD_ANEW


def test_the_recorded_runs_without_an_action_failed_for_want_of_it() -> None:
    granted = {str(grant) for grant in grants()}
    runs = read_runs()

    assert [run.grant for run in runs] == [name for _, name in DEPRIVED], RECORD_ANEW
    assert {run.grant for run in runs} <= granted, RECORD_ANEW
    assert {run.status for run in runs} == {"FAILED"}
    for run in runs:
        assert run.grant.endswith(run.refused.partition(" on ")[0])


def test_the_page_is_what_the_recording_makes_of_the_deployed_policies(
    deployment: Deployment,
) -> None:
    assert page(deployment.policies) == PAGE.read_text(), RECORD_ANEW
