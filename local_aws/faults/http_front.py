"""Meets the calls that come by HTTP, before the services do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from hypercorn.events import Closed

from local_aws.faults import injector, partial
from local_aws.faults.answers import ERRORS, Answer, error_answer
from local_aws.faults.callers import find_caller
from local_aws.faults.matching import Call
from local_aws.faults.plan import KILLS, Effect, Fault
from local_aws.faults.requests import HttpRequest

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

_ABLE = frozenset(Effect)
_AFTER = frozenset({Effect.DROP_AFTER, Effect.KILL_AFTER})
# Headers of a request that describe its body: one that loses a part of it needs others.
_OF_THE_BODY = (
    b"content-length",
    b"content-md5",
    b"transfer-encoding",
    b"x-amz-checksum",
    b"x-amz-content-sha256",
    b"x-amz-sdk-checksum",
)


class _ClientGoneError(Exception):
    """The client closed the connection before its request was whole."""


@dataclass
class _Exchange:
    """One request with its body, and the way to the services and back."""

    app: App
    scope: Message
    receive: Receive
    send: Send
    body: bytes | None = None

    async def read(self) -> bytes:
        """Return the body; the services still get it."""
        if self.body is None:
            self.body = await _read(self.receive)
            self.receive = _again(self.body, self.receive)
        return self.body

    async def pass_on(self) -> None:
        """Let the service answer."""
        await self.app(self.scope, self.receive, self.send)

    async def take_answer(self, body: bytes | None = None) -> tuple[int, list[Any], bytes]:
        """Let the service answer us: status, headers, body.

        Parameters
        ----------
        body : what it gets instead of the body that the client has sent.
        """
        scope, receive = self.scope, self.receive
        if body is not None:
            kept = [(n, v) for n, v in scope["headers"] if not n.lower().startswith(_OF_THE_BODY)]
            scope = {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}
            receive = _again(body, receive)
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self.app(scope, receive, keep)
        starts = [part for part in parts if part["type"] == "http.response.start"]
        chunks = [part.get("body", b"") for part in parts if part not in starts]
        return starts[0]["status"], list(starts[0]["headers"]), b"".join(chunks)

    async def answer(self, answer: Answer) -> None:
        """Answer in the service's place."""
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await self.send_answer(answer.status, headers, answer.body)

    async def send_answer(self, status: int, headers: list[Any], body: bytes) -> None:
        """Send an answer whose headers do not tell of its length yet."""
        headers = [*headers, (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def drop(self) -> None:
        """Close the client's connection without an answer."""
        stream = self.send.__self__  # type: ignore[attr-defined]  # hypercorn's HTTPStream
        stream.closed = True  # else hypercorn answers 500 for an application that says nothing
        await stream.send.__self__.send(Closed())  # from its protocol to its TCPServer


def around(app: App) -> App:
    """Return an ASGI application that lets faults strike the calls of `app`.

    Without a fault for the service that is called, a request goes straight through.
    """

    async def with_faults(scope: Any, receive: Any, send: Any) -> None:
        request = _request(scope) if scope["type"] == "http" and injector.is_active() else None
        if request is None or not request.service or not injector.concerns(request.service):
            await app(scope, receive, send)
            return
        try:
            await _meet(request, request.service, _Exchange(app, scope, receive, send))
        except _ClientGoneError:
            return

    return with_faults


def _request(scope: Message) -> HttpRequest:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    query = scope["query_string"].decode("latin-1")
    return HttpRequest(scope["method"], scope["path"], query, headers)


async def _meet(request: HttpRequest, service: str, exchange: _Exchange) -> None:
    action, resource = request.name(await exchange.read() if request.needs_body else b"")
    caller = find_caller(request.headers.get("user-agent", ""))
    call = Call(caller.name, service, action, resource, caller.run)
    fault = injector.strike(call, _ABLE)
    if fault is None:
        await exchange.pass_on()
        return
    body = await exchange.read()  # no client is answered, or cut off, before it has said it all
    if fault.effect in ERRORS:
        is_head = request.method == "HEAD"
        await exchange.answer(error_answer(service, fault.effect, path=request.path, head=is_head))
    elif fault.effect is Effect.SLOW:
        await asyncio.sleep(fault.seconds)
        await exchange.pass_on()
    elif fault.effect is Effect.PARTIAL:
        await _fail_partly(call, fault, body, exchange)
    else:
        if fault.effect in _AFTER:
            await exchange.take_answer()
        if fault.effect in KILLS and caller.kill is not None:
            caller.kill()
        await exchange.drop()


async def _fail_partly(call: Call, fault: Fault, body: bytes, exchange: _Exchange) -> None:
    split = partial.split(call.service, call.action, body, fault.fraction)
    if split.rest is None:
        await exchange.answer(split.answer_alone())
        return
    status, headers, answer = await exchange.take_answer(split.rest)
    if status < 300:
        answer = split.merge(answer)
    headers = [(n, v) for n, v in headers if n.lower() not in {b"content-length", b"x-amz-crc32"}]
    await exchange.send_answer(status, headers, answer)


async def _read(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientGoneError
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read, and then whatever comes next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
