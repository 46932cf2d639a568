"""A small HTTP client: one connection, one request at a time, little work of its own.

The clients share the machine with what they measure, so each request has to cost them little.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class Connection:
    """One client's connection to the API; opened anew where the server has closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), parts.port
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            "content-type: application/json\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, name: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Send a body under a request id; return the status and the answer.

        Raises
        ------
        OSError, EOFError : no answer came; the body may have been taken.
        """
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(self._host, self._port)
            reader, writer = self._streams
            head = f"{self._head}x-request-id: {name}\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
            return await _answer(reader)
        except (OSError, EOFError):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    body: dict[str, Any] = json.loads(await reader.readexactly(int(headers["content-length"])))
    return int(first.split(" ")[1]), body
