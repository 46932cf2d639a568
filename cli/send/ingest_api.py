"""Posts batches to the ingest API until every record of them is taken or refused.

What passes by itself (no answer, 429, 5xx) is tried again with growing, jittered pauses; of a
partly taken batch only the records named in `not_taken` are sent again. A record that may have
been taken although no answer came is sent again too: its identity makes it one event.
"""

from __future__ import annotations

import gzip
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.errors import CliError, IngestRefuses, IngestUnreachable

_SHOWN = 200  # characters of an answer that is repeated to the user
_THROTTLED, _TOO_LARGE = 429, 413


class Stopped(CliError):  # noqa: N818
    """Another batch failed or the user stopped the send: this batch is given up."""


@dataclass(frozen=True)
class RetryPolicy:
    """How long to go on without any record being taken.

    Attributes
    ----------
    attempts : requests in a row that get nowhere before the batch is given up.
    first_pause, longest_pause : seconds; the pause doubles, and a random share of it is waited.
    """

    attempts: int = 10
    first_pause: float = 0.25
    longest_pause: float = 20.0


@dataclass
class Outcome:
    """What became of a batch's records.

    Attributes
    ----------
    requests : records taken by request id.
    refused : place in the batch and reason of each record that the API refuses.
    """

    requests: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Records taken."""
        return sum(self.requests.values())


@dataclass(frozen=True)
class _Reply:
    """What came back on one request; status 0 where nothing did."""

    status: int
    body: dict[str, Any]
    retry_after: float
    problem: str


@dataclass(frozen=True)
class _Account:
    """What became of each record of one request."""

    accepted: int
    refused: list[tuple[int, str]]
    not_taken: list[int]


class IngestApi:
    """The ingest API at one URL; may be used by several threads.

    Parameters
    ----------
    client : the HTTP client, with its timeouts.
    url : of POST /transactions.
    zip_bodies : gzip them; worth it over the internet, not on loopback.
    retries : see `RetryPolicy`.
    """

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        *,
        zip_bodies: bool = False,
        retries: RetryPolicy | None = None,
    ) -> None:
        self._client = client
        self._url = url
        self._zip_bodies = zip_bodies
        self._retries = retries or RetryPolicy()
        self._stop = threading.Event()

    def send(self, request_id: str, bodies: Sequence[str]) -> Outcome:
        """Send JSON objects; return when each of them is taken or refused.

        What is sent again because it was not taken goes under a request id of its own: a request
        id and a position always name the same record.

        Raises
        ------
        IngestUnreachable : they could not be taken for as long as the policy allows.
        IngestRefuses : the API refuses the request as such.
        Stopped : `give_up` was called.
        """
        outcome = Outcome()
        self._send(request_id, bodies, list(range(len(bodies))), outcome)
        return outcome

    def give_up(self) -> None:
        """Make every batch that waits or is tried again end with `Stopped`."""
        self._stop.set()

    def _send(
        self, request_id: str, bodies: Sequence[str], waiting: list[int], outcome: Outcome
    ) -> None:
        name, part, fruitless = request_id, 0, 0
        while waiting:
            reply = self._post(name, [bodies[place] for place in waiting])
            account = _account(reply, len(waiting))
            fruitless += 1
            if account is not None:
                if account.accepted:
                    outcome.requests[name] = account.accepted
                outcome.refused += [(waiting[index], reason) for index, reason in account.refused]
                if len(account.not_taken) < len(waiting):
                    part, fruitless = part + 1, 0
                    name = f"{request_id}.{part}"
                waiting = [waiting[index] for index in account.not_taken]
            elif reply.status == _TOO_LARGE:
                self._send_halves(name, bodies, waiting, outcome)
                return
            elif _is_final(reply.status):
                raise IngestRefuses(f"the API at {self._url} refuses: {reply.problem}")
            if waiting:
                self._pause(fruitless, reply)

    def _send_halves(
        self, name: str, bodies: Sequence[str], waiting: list[int], outcome: Outcome
    ) -> None:
        """Send in two what is too large as a whole; a single record that is, is refused."""
        if len(waiting) == 1:
            outcome.refused.append((waiting[0], "is too large for the API"))
            return
        middle = len(waiting) // 2
        self._send(f"{name}.a", bodies, waiting[:middle], outcome)
        self._send(f"{name}.b", bodies, waiting[middle:], outcome)

    def _post(self, name: str, bodies: Sequence[str]) -> _Reply:
        if self._stop.is_set():
            raise Stopped("stopped")
        content = f"[{','.join(bodies)}]".encode()
        headers = {"content-type": "application/json", "x-request-id": name}
        if self._zip_bodies:
            content = gzip.compress(content, compresslevel=1, mtime=0)
            headers["content-encoding"] = "gzip"
            # API Gateway hands a JSON body to the function as text, which would spoil the bytes.
            headers["content-type"] = "application/gzip"
        try:
            response = self._client.post(self._url, content=content, headers=headers)
        except httpx.TransportError as error:
            return _Reply(0, {}, 0.0, str(error) or type(error).__name__)
        return _read(response)

    def _pause(self, fruitless: int, reply: _Reply) -> None:
        policy = self._retries
        if fruitless >= policy.attempts:
            raise IngestUnreachable(
                f"the API at {self._url} did not take a batch in {fruitless} attempts: "
                f"{reply.problem}"
            )
        grown = min(policy.longest_pause, policy.first_pause * 2**fruitless)
        jittered = grown * random.random()  # noqa: S311 - no secret
        if self._stop.wait(max(jittered, reply.retry_after)):
            raise Stopped("stopped")


def _read(response: httpx.Response) -> _Reply:
    try:
        body = response.json()
    except ValueError:
        body = None
    fields = body if isinstance(body, dict) else {}
    said = fields.get("error") or fields.get("message") or response.text[:_SHOWN]
    try:
        retry_after = float(response.headers.get("retry-after", 0))
    except ValueError:  # a date, which the ingest API never sends
        retry_after = 0.0
    problem = f"{response.status_code} {said or response.reason_phrase}"
    return _Reply(response.status_code, fields, retry_after, problem)


def _account(reply: _Reply, records: int) -> _Account | None:
    """Return what became of each record, None where the answer says nothing of them."""
    if "refused" not in reply.body:
        return None
    body = reply.body
    refused = [(each["index"], each["reason"]) for each in body["refused"]]
    account = _Account(body["accepted"], refused, body.get("not_taken", []))
    if account.accepted + len(account.refused) + len(account.not_taken) != records:
        raise IngestRefuses(f"the API's answer does not account for each of {records} records")
    return account


def _is_final(status: int) -> bool:
    """Tell whether an answer without an account of its records stays the same when repeated."""
    return 200 <= status < 500 and status not in {408, 425, _THROTTLED}
