"""What the user chose: read once from options and environment, passed to every command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
_DEFAULT_PROJECT = "etl"
_LOCAL_STAGE = "local"
_AWS_STAGE = "dev"


@dataclass(frozen=True)
class Settings:
    """Which deployment of which cloud a command speaks to.

    Attributes
    ----------
    aws : AWS itself instead of the local cloud.
    project, stage : the two parameters of the stack; its name is `{project}-{stage}`.
    profile, region : as the AWS CLI takes them; None means its defaults. AWS only.
    state_dir : folder of the local cloud's state and of the journals of sends.
    """

    aws: bool
    project: str
    stage: str
    profile: str | None
    region: str | None
    state_dir: Path

    @property
    def sends_dir(self) -> Path:
        """Folder of the journals of sends."""
        return self.state_dir / "sends"

    @property
    def stack_name(self) -> str:
        """Name of the root stack and prefix of everything in it."""
        return f"{self.project}-{self.stage}"


def read_settings(
    *,
    aws: bool = False,
    project: str | None = None,
    stage: str | None = None,
    profile: str | None = None,
    region: str | None = None,
) -> Settings:
    """Complete the options given with the environment (ETL_PROJECT, ETL_STAGE, ETL_STATE_DIR)."""
    state_dir = Path(os.environ.get("ETL_STATE_DIR", CHECKOUT / ".etl"))
    default_stage = _AWS_STAGE if aws else _LOCAL_STAGE
    return Settings(
        aws=aws,
        project=project or os.environ.get("ETL_PROJECT", _DEFAULT_PROJECT),
        stage=stage or os.environ.get("ETL_STAGE", default_stage),
        profile=profile,
        region=region,
        state_dir=state_dir.resolve(),
    )
