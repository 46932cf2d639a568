"""Whatever goes wrong is said in one line."""

from __future__ import annotations

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from cli.errors import CliError
from cli.failures import describe


def test_errors_of_ours_say_all_that_is_needed() -> None:
    assert describe(CliError("do this")) == "do this"


def test_errors_of_aws_name_the_call_and_the_code() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem")

    assert describe(error) == "AWS answered AccessDenied to GetItem: no"


def test_a_local_cloud_that_does_not_answer_is_to_be_started() -> None:
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")

    assert describe(error).endswith("Start the local cloud with `etl up`")
    assert "etl up" not in describe(EndpointConnectionError(endpoint_url="https://s3.aws/"))


def test_missing_credentials_are_named() -> None:
    assert "no AWS credentials" in describe(NoCredentialsError())


def test_what_nobody_thought_of_is_one_line_too() -> None:
    assert describe(KeyError("a")) == "KeyError: 'a' (--debug shows where)"
    assert describe(RuntimeError("a\nb")) == "RuntimeError: a (--debug shows where)"
    assert describe(RuntimeError()) == "RuntimeError (--debug shows where)"
