"""The algorithms by which passwords are kept, seen in the stored passwords themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fanghu.accounts.collectors import SYSTEM_ONE, stored_passwords
from fanghu.keys.algorithms import Look
from fanghu.keys.facts import Use
from fanghu.testimony import Scope

NAMES = {
    "argon2id": "Argon2id", "pbkdf2_sha256": "PBKDF2-SHA-256", "pbkdf2_sha1": "PBKDF2-SHA-1", "md5": "MD5",
}  # fmt: skip


def passwords(now: datetime) -> Iterable[Use]:
    """One use for each scheme found; another scheme goes by its own name."""
    facts = stored_passwords(Scope(now, frozenset({SYSTEM_ONE})))[SYSTEM_ONE].facts
    for scheme, _count in facts.census if facts else ():
        name = scheme.partition(" ")[0]
        yield Use(NAMES.get(name, name), 0, "stored passwords")


USES: dict[str, Look] = {"stored passwords": passwords}
