"""8.3: weak algorithms and short keys where the mechanisms keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings as django_settings

from tests.honesty.planting import House, Plant, tried
from tests.honesty.served import changed, served, stage
from tests.probes.front import weak

DUTY = "8.3"


@pytest.fixture
def house(house: House, settings: Any) -> Iterator[House]:
    with served(house, settings) as open_house:
        yield open_house


def short_key(house: House) -> None:
    django_settings.CUSTODY.seal("totp", b"x", bound_to="y")
    house.file(django_settings.CUSTODY.folder / "seal-totp.key", b"8 bytes!")


def unknown_key(house: House) -> None:
    path = django_settings.CUSTODY.folder / "mystery.key"
    path.write_bytes(b"x" * 32)
    house.undo.append(path.unlink)


def short_certificate_key(house: House) -> None:
    key = rsa.generate_private_key(65537, 1024)
    house.file(house.home / "tls" / "server.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


PLANTS = [
    Plant("the key that seals second factors has 64 bits", short_key, "short_key"),
    Plant("the server's key is RSA with 1024 bits", short_certificate_key, "short_key"),
    Plant("TLS 1.0 is offered again", lambda house: changed(house, context=weak(stage(house).held)), "broken"),
    Plant(
        "a password is stored as MD5 by hand",
        lambda house: house.by_hand("UPDATE accounts_account SET password = %s WHERE login_id = %s", "md5$a$b", "bob"),
        "broken",
    ),
    Plant("a key lies in the key folder that no mechanism accounts for", unknown_key, "unread"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
