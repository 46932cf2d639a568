"""The errors of the pipeline's Lambda functions.

Step Functions sees a Python error by its class name, so these names are part of the state
machines. Lambda writes their messages into its log: they quote no customer data::

    PipelineError
    ├── RetryableError      the same call may succeed later
    │   └── LockHeld        another execution holds the pipeline's lock
    └── TerminalError       the same call fails again
        ├── InvalidEvent    the caller sent an event that the function does not know
        ├── UnreadableTable a lake table's metadata is not what Iceberg writes
        ├── LoadFailed      a transaction in the warehouse was not committed
        └── UnexpectedError anything else, told without what it quotes
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base of the errors that a pipeline Lambda raises on purpose."""


class RetryableError(PipelineError):
    """The same call may succeed later."""


class TerminalError(PipelineError):
    """The same call fails again: a person has to change something."""


class LockHeld(RetryableError):  # noqa: N818 (the state machines name it so)
    """Another execution holds the pipeline's lock; the message names it."""


class InvalidEvent(TerminalError):  # noqa: N818
    """The event lacks something or asks for an unknown action."""


class UnreadableTable(TerminalError):  # noqa: N818
    """The catalog points at metadata that cannot be read as Iceberg's."""


class LoadFailed(TerminalError):  # noqa: N818
    """A transaction was not committed; the warehouse and its position are untouched."""


class UnexpectedError(TerminalError):
    """Stands for an error that is not ours, whose own message might quote customer data."""
