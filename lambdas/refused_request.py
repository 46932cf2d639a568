"""The error by which an HTTP function stops work on a request that it answers with a refusal."""

from __future__ import annotations


class RefusedRequest(Exception):  # noqa: N818 (an answer, not a failure)
    """The request as a whole is refused; the message tells the sender why.

    Attributes
    ----------
    status : HTTP status code of the answer.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
