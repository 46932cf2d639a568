"""After all that these tests do: no role was refused anything, and the recording knows it all."""

from __future__ import annotations

import pytest

from local_aws.iam.decisions import read_decisions
from tests.e2e.conftest import Corrections, Pipeline
from tests.least_privilege.evaluation import deployed_policies, needs
from tests.least_privilege.grants import grants
from tests.least_privilege.requests import (
    RECORD_ANEW,
    normalised,
    read_recorded,
    refused_to_roles,
)


@pytest.mark.usefixtures("odd_run")
def test_no_role_is_refused_anything(pipeline: Pipeline) -> None:
    assert refused_to_roles(read_decisions(pipeline.state_dir)) == []


def test_whatever_is_asked_for_needs_no_more_than_the_recording_shows(
    pipeline: Pipeline,
    odd_run: Corrections,  # noqa: ARG001
) -> None:
    asked = normalised(each for each in read_decisions(pipeline.state_dir) if each.allowed)
    policies = deployed_policies(pipeline.client("iam"))

    unrecorded = needs(grants(), policies, asked) - needs(grants(), policies, read_recorded())

    assert sorted(unrecorded) == [], RECORD_ANEW
