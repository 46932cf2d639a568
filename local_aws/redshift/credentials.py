"""Temporary database credentials, as GetCredentials hands them out."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Credentials:
    """User, password, and when they end (seconds since the epoch)."""

    user: str
    password: str
    expires: float


class CredentialStore:
    """The temporary credentials of one namespace that have not ended."""

    def __init__(self) -> None:
        self._issued: list[Credentials] = []
        self._lock = threading.Lock()

    def issue(self, user: str, seconds: float) -> Credentials:
        """Return new credentials of this database user."""
        issued = Credentials(user, secrets.token_urlsafe(24), time.time() + seconds)
        with self._lock:
            self._issued = [*self._valid(), issued]
        return issued

    def accepts(self, user: str, password: str) -> bool:
        """Return whether these are credentials that have not ended."""
        with self._lock:
            return any(
                known.user == user and hmac.compare_digest(known.password, password)
                for known in self._valid()
            )

    def _valid(self) -> list[Credentials]:
        now = time.time()
        return [known for known in self._issued if known.expires > now]
