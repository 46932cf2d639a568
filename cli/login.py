"""`etl login`: prints variables by which other tools find the deployment and its warehouse."""

from __future__ import annotations

import shlex

from cli import warehouse
from cli.target import Target

_SECONDS = 3600
"""For which the warehouse's password is taken: the longest that Redshift Serverless gives."""


def variables(target: Target) -> dict[str, str]:
    """Return environment variables: those of AWS's tools, of libpq's, and names of ours.

    The password belongs to the caller's own identity and ends after an hour.
    """
    address, _, database = warehouse.address(target).partition("/")
    host, _, port = address.partition(":")
    login = target.client("redshift-serverless").get_credentials(
        workgroupName=target.output("Workgroup"), dbName=database, durationSeconds=_SECONDS
    )
    return {
        **_of_aws(target),
        "ATHENA_DATABASE": target.output("Database"),
        "ATHENA_WORKGROUP": target.output("WorkGroup"),
        "REDSHIFT_WORKGROUP": target.output("Workgroup"),
        "PGHOST": host,
        "PGPORT": port,
        "PGDATABASE": database,
        "PGUSER": login["dbUser"],
        "PGPASSWORD": login["dbPassword"],
        "PGSSLMODE": "require" if target.endpoint is None else "disable",
    }


def print_login(target: Target) -> None:
    """Print the variables as a shell takes them."""
    for name, value in variables(target).items():
        print(f"export {name}={shlex.quote(value)}")


def _of_aws(target: Target) -> dict[str, str]:
    region = {"AWS_DEFAULT_REGION": target.region}
    if target.endpoint is None:
        profile = target.settings.profile
        return region | ({"AWS_PROFILE": profile} if profile else {})
    keys = target.session.get_credentials()
    if keys is None:
        raise AssertionError("the local session has keys of its own")
    return {
        **region,
        "AWS_ENDPOINT_URL": target.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
    }
