"""Where the local cloud keeps its state and listens: read once, passed to every engine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class CloudSettings:
    """The settings of one running local cloud.

    Attributes
    ----------
    state_dir : folder that survives `etl down` (S3 objects, catalog, bookmarks, logs).
    port : loopback TCP port of the AWS API.
    jars_dir : folder with the pinned jars of Spark's S3A and Iceberg.
    """

    state_dir: Path
    port: int
    jars_dir: Path

    @property
    def endpoint(self) -> str:
        """URL that speaks every AWS API of the local cloud."""
        return f"http://127.0.0.1:{self.port}"


def default_state_dir() -> Path:
    """Return the state folder: ETL_STATE_DIR, else `.etl` in the checkout."""
    return Path(os.environ.get("ETL_STATE_DIR", CHECKOUT / ".etl")).resolve()


def default_jars_dir() -> Path:
    """Return the folder of fetched jars: ETL_JARS, else `.jars` in the checkout."""
    return Path(os.environ.get("ETL_JARS", CHECKOUT / ".jars")).resolve()


def enforces_iam() -> bool:
    """Return whether roles are held to their policies: yes, unless ETL_IAM is `off`."""
    return os.environ.get("ETL_IAM", "on").lower() != "off"


def read_endpoints(state_dir: Path) -> dict[str, str]:
    """Return the running cloud's `endpoints.json`.

    Raises
    ------
    FileNotFoundError : no local cloud was started in this state folder.
    """
    endpoints: dict[str, str] = json.loads((state_dir / "endpoints.json").read_text())
    return endpoints
