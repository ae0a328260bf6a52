"""The certificate by which this machine sends to itself."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from fanghu.faults import Fault
from fanghu.keys.authority import ensure_certificate
from fanghu.keys.client_certificate import issue

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_it_is_a_clients_of_the_local_authority_and_short_lived(tmp_path: Path) -> None:
    authority = x509.load_pem_x509_certificate(ensure_certificate(tmp_path, [], NOW).authority.read_bytes())
    made = issue(tmp_path, "canary", tmp_path / "drill", NOW)
    found = x509.load_pem_x509_certificate(made.chain.read_bytes())
    found.verify_directly_issued_by(authority)
    assert found.fingerprint(hashes.SHA256()).hex() == made.fingerprint
    assert found.not_valid_after_utc == NOW + timedelta(hours=1)
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH], "no server may show it"
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700


def test_without_an_authority_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="FH-TLS-02"):
        issue(tmp_path, "canary", tmp_path / "drill", NOW)
    assert not (tmp_path / "drill").exists()
