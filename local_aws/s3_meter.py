"""Count what S3 served to an access key, for the bytes that a query is said to have scanned."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

from ministack.core.router import extract_access_key_id
from ministack.services import s3

from local_aws.patching import wrap

_HANDLE_REQUEST_PIN = "0856144f19e7"
_METADATA_FOLDER = "/metadata/"  # Iceberg's: Athena does not count it as scanned data


@dataclass
class Meter:
    """What was served so far.

    Attributes
    ----------
    requests : GET requests of objects that were answered with data.
    bytes : bytes of their answers.
    data_bytes : the part of `bytes` that is not a table's metadata.
    """

    requests: int = 0
    bytes: int = 0
    data_bytes: int = 0


_meters: dict[str, Meter] = {}
_lock = threading.Lock()


def start(key_id: str) -> None:
    """Count what is served to requests signed with the access key `key_id`, from zero."""
    with _lock:
        _meters[key_id] = Meter()


def stop(key_id: str) -> dict[str, int]:
    """Stop counting for `key_id` and return `requests`, `bytes` and `data_bytes`.

    Raises
    ------
    KeyError : no count was started for this key.
    """
    with _lock:
        return asdict(_meters.pop(key_id))


def install() -> None:
    """Put the meter around MiniStack's S3."""
    wrap(s3, "handle_request", _metered, pin=_HANDLE_REQUEST_PIN)


def _metered(serve: Any) -> Any:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any, **options: Any
    ) -> Any:
        answer = await serve(method, path, headers, body, query, **options)
        if method == "GET" and _meters:
            _count(extract_access_key_id(headers, query), path, answer)
        return answer

    return handle_request


def _count(key_id: str, path: str, answer: tuple[int, dict[str, str], bytes]) -> None:
    status, _, served = answer
    is_object = path.count("/") > 1 and not path.endswith("/")
    if status not in {200, 206} or not is_object:
        return
    with _lock:
        meter = _meters.get(key_id)
        if meter is None:
            return
        meter.requests += 1
        meter.bytes += len(served)
        if _METADATA_FOLDER not in path:
            meter.data_bytes += len(served)
