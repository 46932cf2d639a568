"""An ingest API on loopback for the tests of the command: real HTTP, with failures to order."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.send.ingest_api import IngestApi, RetryPolicy
from cli.send.source import CsvSource, inspect

Events = list[dict[str, Any]]
Answer = tuple[int, dict[str, Any]]
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@dataclass
class FakeApi:
    """What the API was sent, and how it is to answer.

    Attributes
    ----------
    answers : what the next requests get, in order; None drops the connection. Afterwards all is
        taken. An answer is made from the request's events.
    requests : id and events of each request.
    landed : the events taken, by request id and position.
    """

    url: str = ""
    answers: list[Callable[[Events], Answer] | None] = field(default_factory=list)
    requests: list[tuple[str, Events]] = field(default_factory=list)
    landed: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    encodings: list[str | None] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request_id: str, events: Events) -> Answer | None:
        """Answer a request as ordered, and remember what of it was taken."""
        with self.lock:
            self.requests.append((request_id, events))
            answer_to = self.answers.pop(0) if self.answers else take_all
            if answer_to is None:
                return None
            status, body = answer_to(events)
            gone = {
                *body.get("not_taken", []),
                *(each["index"] for each in body.get("refused", [])),
            }
            if "refused" in body:
                taken = ((request_id, place) for place in range(len(events)) if place not in gone)
                self.landed.update({place: events[place[1]] for place in taken})
            return status, body

    def events(self) -> Events:
        """Return every event taken, as often as it was taken."""
        return list(self.landed.values())


def take_all(events: Events) -> Answer:
    """Answer as the API does when it takes everything."""
    return 202, {"accepted": len(events), "refused": []}


@pytest.fixture
def fake_api() -> Iterator[FakeApi]:
    """Serve a fake ingest API on a free port of loopback."""
    api = FakeApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            encoding = self.headers.get("content-encoding")
            api.encodings.append(encoding)
            events = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
            answer = api.answer(self.headers["x-request-id"], events)
            if answer is None:
                self.close_connection = True
                return
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}/transactions"
    yield api
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ingest(fake_api: FakeApi) -> Iterator[IngestApi]:
    """Return the client of the fake API; it pauses for milliseconds only."""
    retries = RetryPolicy(attempts=4, first_pause=0.001, longest_pause=0.01)
    with httpx.Client(timeout=5) as client:
        yield IngestApi(client, fake_api.url, retries=retries)


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., CsvSource]:
    """Return a maker of CSV files out of rows; the usual header comes first."""

    def make(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> CsvSource:
        path = tmp_path / f"file-{len(list(tmp_path.iterdir()))}.csv"
        path.write_bytes("\r\n".join((header, *rows, "")).encode(encoding))
        return inspect(path)

    return make
