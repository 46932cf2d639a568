"""Start the local cloud's process: `python -m local_aws.server --state-dir D --port N`."""

from __future__ import annotations

import argparse
import importlib
import os
import time
from pathlib import Path

from local_aws.settings import (
    ACCOUNT,
    REGION,
    CloudSettings,
    default_jars_dir,
    default_state_dir,
    enforces_iam,
)

# Nothing of the user's own AWS set-up may reach the local cloud or the Lambdas that it starts.
_FOREIGN_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")


def read_arguments(arguments: list[str] | None = None) -> CloudSettings:
    """Return the settings named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m local_aws.server", description=__doc__)
    parser.add_argument("--state-dir", type=Path, default=default_state_dir())
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jars-dir", type=Path, default=default_jars_dir())
    named = parser.parse_args(arguments)
    return CloudSettings(
        state_dir=named.state_dir.resolve(), port=named.port, jars_dir=named.jars_dir.resolve()
    )


def cloud_environment(settings: CloudSettings) -> dict[str, str]:
    """Return the environment variables that MiniStack reads when it is imported."""
    return {
        "TZ": "UTC",  # as on AWS, whatever the laptop's time zone
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": str(enforces_iam()).lower(),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.state_dir / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.state_dir / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",  # never touch the user's containers
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def main() -> None:
    """Serve until SIGTERM or SIGINT, then save the state and end."""
    settings = read_arguments()
    for name in _FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(cloud_environment(settings))
    time.tzset()
    # MiniStack reads its settings when it is imported, so the import has to come after them.
    importlib.import_module("local_aws.serving").serve(settings)


if __name__ == "__main__":
    main()
