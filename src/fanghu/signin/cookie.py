"""Django's session store, with the cookie's key kept only as a hash: a read database opens no session."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.crypto import get_random_string


def hashed(key: str) -> str:
    """160 bits of SHA-256 (hex) of a session key; the key itself has 165 random bits."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Rows are found by the hash of the cookie's key."""

    def _get_session_from_db(self) -> Any:
        row = None
        if self.session_key is not None:
            row = self.model.objects.filter(
                session_key=hashed(self.session_key), expire_date__gt=timezone.now()
            ).first()
        if row is None:
            self._session_key = None
        return row

    _begun = False

    def create(self) -> None:
        """Choose a key of 165 random bits, which needs no look whether it is taken; its row is written once, by ``save``."""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self._begun = self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the row; a session just begun must not be there yet."""
        if self.session_key is None:
            self.create()
        super().save(must_create=must_create or self._begun)
        self._begun = False

    def exists(self, session_key: str) -> bool:
        """Whether a row for this key stands."""
        return bool(super().exists(hashed(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row to save, under the hash."""
        row = super().create_model_instance(data)
        row.session_key = hashed(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Remove the row of this key, or of the store's own."""
        key = session_key if session_key is not None else self.session_key
        if key is not None:
            super().delete(hashed(key))
