"""Which algorithms this program's mechanisms use: asked of every app's ``algorithms.py``, and of the key folder itself.

An app whose mechanism rests on an algorithm lists in ``USES`` a function for it that looks (at a key, a stored value, a
library's answer) and says what it saw; one that fails makes the mechanism unread, never sound.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.apps import apps
from django.conf import settings
from django.core.signing import Signer as DjangoSigner

import fanghu
from fanghu.keys.code_census import census
from fanghu.keys.facts import Use
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_keys import signing
from fanghu.probes.tls import key_of, signature_of

log = logging.getLogger(__name__)
Look = Callable[[datetime], Iterable[Use]]
KEYED = ("alarm-webhook", "django", "hmac-", "proof-of-work", "refusals")
"""Key files whose secret goes into HMAC; those named ``seal-…`` seal."""


def uses_of_all_mechanisms(now: datetime) -> tuple[list[Use], frozenset[str]]:
    """Every use that the mechanisms see, and the names of those that could not look."""
    found, unread = census(Path(next(iter(fanghu.__path__))), "fanghu")
    missed = set(unread)
    for app in apps.get_app_configs():
        name = f"{app.name}.algorithms"
        if not app.name.startswith("fanghu.") or importlib.util.find_spec(name) is None:
            continue
        for mechanism, look in getattr(importlib.import_module(name), "USES", {}).items():
            try:
                found += look(now)
            except Exception:  # what cannot be looked at is said to be so
                log.exception("the algorithms of %s could not be read", mechanism)
                missed.add(mechanism)
    return found, frozenset(missed)


def key_files(_now: datetime) -> Iterable[Use]:
    """The secrets in the key folder with their sizes; ValueError for one that no mechanism is known for."""
    for path in sorted(settings.CUSTODY.folder.glob("*.key")):
        bits = path.stat().st_size * 8
        if path.name.startswith("log-signing"):
            continue
        if path.stem.startswith("seal-"):
            yield Use("AES-GCM", bits, f"key {path.stem}")
        elif path.stem.startswith(KEYED):
            yield Use("HMAC-SHA-256", bits, f"key {path.stem}")
        else:
            raise ValueError(f"nobody says what the key {path.name} is for")


def log_key(_now: datetime) -> Iterable[Use]:
    """The keys that sign the checkpoints of the logs kept here, once there are any."""
    own = LogPlaces(settings.HOME)
    for places in {own, *LogPlaces.all(settings.HOME)}:
        if places.private_key.exists():
            yield Use("Ed25519", len(signing(places).private) * 8, f"log key {places.name}".strip())


def certificates(_now: datetime) -> Iterable[Use]:
    """The keys and certificates the server is started with."""
    folder = settings.HOME / "tls"
    for path in sorted(folder.glob("*.pem")):
        for certificate in x509.load_pem_x509_certificates(path.read_bytes()):
            yield Use(*key_of(certificate.public_key()), f"certificate {path.stem}")
            yield Use(signature_of(certificate), 0, f"certificate {path.stem}")
    for path in sorted(folder.glob("*.key")):
        key = load_pem_private_key(path.read_bytes(), None)
        yield Use(*key_of(key.public_key()), f"key {path.stem}")


def signed_values(_now: datetime) -> Iterable[Use]:
    """What Django signs with."""
    yield Use(f"HMAC-{DjangoSigner().algorithm.upper().replace('SHA', 'SHA-')}", 0, "signed values")


USES: dict[str, Look] = {
    "key files": key_files,
    "log key": log_key,
    "certificates": certificates,
    "signed values": signed_values,
}
