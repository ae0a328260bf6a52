"""Which algorithms are in use is looked at, in source, keys and stored values; what nobody accounts for is said."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import fanghu
from fanghu.events.doer import KEEPER
from fanghu.keys.algorithm_list import algorithm_list
from fanghu.keys.algorithms import KEYED, certificates, key_files, uses_of_all_mechanisms
from fanghu.keys.code_census import census
from fanghu.keys.facts import Use, gathered
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_keys import make
from fanghu.signin.algorithms import passkeys
from fanghu.signin.passkeys import add_passkey, ask_new
from tests.signin.soft_key import SoftKey
from tests.signin.test_passkeys import PARTY

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SOURCE = Path(next(iter(fanghu.__path__)))


def found(tmp_path: Path, source: str) -> tuple[set[str], frozenset[str]]:
    """What the census sees in one module."""
    (tmp_path / "part.py").write_text(source, "utf-8")
    uses, unread = census(tmp_path, "sample")
    assert {use.where for use in uses} <= {"sample.part"}
    return {use.algorithm for use in uses}, unread


@pytest.mark.parametrize(
    ("source", "algorithms"),
    [
        ("import hashlib\nhashlib.md5(b'')", {"MD5"}),
        ("from hashlib import sha1\nsha1(b'')", {"SHA-1"}),
        ("import hmac, hashlib\nhmac.new(k, m, hashlib.sha1)", {"HMAC-SHA-1"}),
        ("import hmac\nhmac.digest(k, m, 'sha256')", {"HMAC-SHA-256"}),
        ("import hmac\nhmac.new(k, m, digestmod='md5')", {"HMAC-MD5"}),
        ("import hashlib\nhashlib.pbkdf2_hmac('sha1', p, s, 1)", {"PBKDF2-SHA-1"}),
        ("import hashlib\nhashlib.file_digest(f, 'sha256')", {"SHA-256"}),
        ("import hashlib\nhashlib.new('sha512')", {"SHA-512"}),
        ("from cryptography.hazmat.primitives.ciphers.aead import AESGCM", {"AES-GCM"}),
        ("from cryptography.hazmat.primitives.asymmetric import dsa\ndsa.generate_private_key(1024)", {"DSA"}),
        ("from cryptography.hazmat.primitives.asymmetric import ec\nec.generate_private_key(ec.SECP256R1())", {"ECDSA P-256"}),
        ("from cryptography.hazmat.primitives import hashes\nhashes.SHA1()", {"SHA-1"}),
        ("import hmac\nhmac.compare_digest(a, b)", set()),
    ],
)  # fmt: skip
def test_what_source_calls(tmp_path: Path, source: str, algorithms: set[str]) -> None:
    assert found(tmp_path, source) == (algorithms, frozenset())


@pytest.mark.parametrize(
    "source",
    ["import nacl.secret", "from Crypto.Cipher import DES", "import hmac\nhmac.new(k, m, chosen)", "import hashlib\nhashlib.new(name)", "def broken("],
)  # fmt: skip
def test_what_cannot_be_told_is_said(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source)[1]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert found(tmp_path, "import hashlib\nhashlib.sha256(b'')")[0] == {"SHA-256"}
    path = tmp_path / "part.py"
    path.write_text("import hashlib\nhashlib.md5(b'')", "utf-8")
    os.utime(path, ns=(1, 1))
    assert {use.algorithm for use in census(tmp_path, "sample")[0]} == {"MD5"}


def test_our_own_source_is_sound_and_wholly_read() -> None:
    uses, unread = census(SOURCE, "fanghu")
    assert not unread
    unsound = [use for use in uses if algorithm_list().standing(use.algorithm, use.bits, NOW.date()) != "sound"]
    assert not unsound


def test_every_secret_that_source_asks_for_is_accounted_for() -> None:
    """A new key in the key folder needs a word here of what it is for, or 8.3 is undetermined everywhere."""
    named = {
        name for path in SOURCE.rglob("*.py") for name in re.findall(r'\.secret\("([\w-]+)"', path.read_text("utf-8"))
    }
    assert named and all(name.startswith((*KEYED, "seal-")) for name in named)


def test_a_key_that_nobody_knows_is_said(settings: Any, db: None) -> None:
    path = settings.CUSTODY.folder / "mystery.key"
    path.write_bytes(b"x" * 16)
    try:
        with pytest.raises(ValueError, match=r"mystery\.key"):
            list(key_files(NOW))
        assert "key files" in uses_of_all_mechanisms(NOW)[1]
    finally:
        path.unlink()


def test_sizes_are_those_of_the_keys_themselves(settings: Any) -> None:
    path = settings.CUSTODY.folder / "seal-short.key"
    path.write_bytes(b"x" * 8)
    try:
        assert Use("AES-GCM", 64, "key seal-short") in list(key_files(NOW))
    finally:
        path.unlink()
    assert algorithm_list().standing("AES-GCM", 64, NOW.date()) == "short"


def test_a_weak_key_put_in_place_by_the_firm_is_seen(settings: Any) -> None:
    folder = settings.HOME / "tls"
    folder.mkdir(exist_ok=True)
    path = folder / "firm.key"
    key = rsa.generate_private_key(65537, 1024)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        assert Use("RSA", 1024, "key firm") in list(certificates(NOW))
    finally:
        path.unlink()


def test_every_mechanism_looks(settings: Any, cast: dict[str, Any]) -> None:
    """Stored passwords, codes, sealing, the log's key: each says what it saw."""
    make(LogPlaces(settings.HOME))
    settings.CUSTODY.seal("totp", b"x", bound_to="y")
    uses, unread = uses_of_all_mechanisms(NOW)
    assert not unread
    said = {(use.algorithm, use.where) for use in uses}
    assert {
        ("Argon2id", "stored passwords"), ("HMAC-SHA-1", "authenticator codes"), ("AES-GCM", "key seal-totp"),
        ("Ed25519", "log key"), ("HMAC-SHA-256", "signed values"),
    } <= said  # fmt: skip


def test_equal_uses_are_one_line() -> None:
    uses = [Use("SHA-256", 0, f"m{number}") for number in range(5)]
    assert gathered(uses) == (("SHA-256", 0, "m0 · m1 · m2 +2"),)


def test_a_passkey_says_what_it_signs_with(cast: dict[str, Any]) -> None:
    options, state = ask_new(cast["erin"], PARTY)
    assert add_passkey(cast["erin"], "key", SoftKey().made(options), state, PARTY, by=KEEPER, now=NOW)
    assert list(passkeys(NOW)) == [Use("ECDSA P-256", 0, "passkeys")]
