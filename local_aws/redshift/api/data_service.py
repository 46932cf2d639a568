"""The redshift-data API as MiniStack sees it; what it needs is imported at its first request."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from local_aws.redshift.api.json_service import Answer
from local_aws.settings import CloudSettings

_settings: list[CloudSettings] = []
_loaded: list[ModuleType] = []
_lock = threading.Lock()


def use(settings: CloudSettings) -> None:
    """Tell where results are kept; to be called before anything else."""
    _settings[:] = [settings]


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Answer:
    """Answer a request, as MiniStack hands it to a service."""
    del method, path, query  # the protocol puts everything into headers and body
    data = await asyncio.to_thread(_data)
    answer: Answer = await data.handle_request(headers, body)
    return answer


def owner_of(statement: str) -> str | None:
    """Return the `aws:userid` of who submitted a statement; None when there is none."""
    if not _loaded:
        return None
    owner: str | None = _loaded[0].owner_of(statement)
    return owner


def get_state() -> dict[str, Any] | None:
    """Return what survives a stop; None, which keeps what was saved, when nothing was asked."""
    return _data().get_state() if _loaded else None


def load_persisted_state(state: dict[str, Any]) -> None:
    """Take what `get_state` returned before the stop."""
    _data().load_persisted_state(state)


def reset() -> None:
    """Forget all statements."""
    _data().reset()


def _data() -> ModuleType:
    with _lock:
        if not _loaded:
            data = importlib.import_module("local_aws.redshift.api.data")
            data.use(_settings[0])
            _loaded.append(data)
        return _loaded[0]
