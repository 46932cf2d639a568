"""The errors of the `etl` command, drawn as a tree.

::

    CliError                 one clear line for the user, exit status 1
    ├── NotRunning           the local cloud does not run
    ├── NotDeployed          the stack is not there
    └── IngestError          the API did not take what was sent
        ├── IngestRefuses    it will not, however often it is asked
        └── IngestUnreachable  it could not in the time allowed: the send can be resumed
"""

from __future__ import annotations


class CliError(Exception):
    """What the user asked for cannot be done; the message says why and what helps."""


class NotRunning(CliError):  # noqa: N818
    """The local cloud does not run."""


class NotDeployed(CliError):  # noqa: N818
    """The stack of this project and stage is not there."""


class IngestError(CliError):
    """The API did not take what was sent."""


class IngestRefuses(IngestError):  # noqa: N818
    """The API refuses the request as such; sending it again would not help."""


class IngestUnreachable(IngestError):  # noqa: N818
    """The API gave no answer, or had no room, for as long as we tried."""
