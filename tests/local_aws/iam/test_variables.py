"""A policy variable stands for the request's value, and for nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.core import iam_evaluator

from local_aws.iam.variables import resolved


def _allows(condition: str, userid: str | None, owner: str) -> bool:
    (statement,) = iam_evaluator.parse_policy_document(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "a:b",
                "Resource": "*",
                "Condition": {"StringLike": {"x:owner": condition}},
            }
        }
    )
    context: Any = iam_evaluator.EvalContext(
        principal_arn="",
        principal_type="AssumedRole",
        principal_account="",
        action="a:b",
        resource_arn="*",
        region="",
        service_context={"x:owner": owner},
        principal_keys={"aws:userid": userid},
    )
    return bool(
        iam_evaluator.evaluate(context, [[resolved(statement, context)]]).decision == "Allow"
    )


@pytest.mark.parametrize(
    ("condition", "userid", "owner", "allowed"),
    [
        ("${aws:userid}", "AROA:me", "AROA:me", True),
        ("${aws:userid}", "AROA:me", "AROA:you", False),
        ("${aws:userid}", None, "AROA:me", False),
        ("${aws:userid}", "AROA:*", "AROA:me", False),
        ("${aws:userid, 'nobody'}", None, "nobody", True),
        ("${*}", "AROA:me", "anything", False),
        ("AROA:*", None, "AROA:me", True),
    ],
)
def test_a_variable_matches_its_value_only(
    condition: str, userid: str | None, owner: str, allowed: bool
) -> None:
    assert _allows(condition, userid, owner) is allowed
