"""The local authority and the server's certificate."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from fanghu.faults import Fault
from fanghu.keys.authority import Certificate, ensure_certificate

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def chain_of(made: Certificate) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(made.chain.read_bytes())


def test_the_certificate_covers_this_machine_and_nothing_else(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["console.firm.example"], NOW)
    server, authority = chain_of(made)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    names = {str(name.value) for name in constraints.value.permitted_subtrees or ()}
    assert names == {"localhost", "console.firm.example", "127.0.0.1/32", "::1/128"}
    server.verify_directly_issued_by(authority)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_clients_verify_it_for_its_names_only(tmp_path: Path) -> None:
    server, authority = chain_of(ensure_certificate(tmp_path, [], NOW))
    policy = PolicyBuilder().store(Store([authority])).time(NOW)
    policy.build_server_verifier(x509.DNSName("localhost")).verify(server, [])
    with pytest.raises(VerificationError):
        policy.build_server_verifier(x509.DNSName("bank.example")).verify(server, [])


def test_it_is_kept_until_it_is_nearly_over_or_the_names_change(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, [], NOW)
    assert ensure_certificate(tmp_path, [], NOW + timedelta(days=300)).fingerprint == first.fingerprint
    assert ensure_certificate(tmp_path, [], NOW + timedelta(days=370)).fingerprint != first.fingerprint
    assert ensure_certificate(tmp_path, ["other.example"], NOW).fingerprint != first.fingerprint


def test_a_certificate_of_the_firms_own_is_left_alone(tmp_path: Path) -> None:
    elsewhere = ensure_certificate(tmp_path / "elsewhere", ["console.firm.example"], NOW)
    ensure_certificate(tmp_path, [], NOW)
    theirs = elsewhere.chain.read_bytes()
    (tmp_path / "tls" / "authority.pem").unlink()
    (tmp_path / "tls" / "server.pem").write_bytes(theirs)
    assert ensure_certificate(tmp_path, [], NOW).fingerprint == elsewhere.fingerprint


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, [], NOW)
    (tmp_path / "tls" / "server.pem").write_text("not a certificate")
    with pytest.raises(Fault, match="FH-TLS-01"):
        ensure_certificate(tmp_path, [], NOW)
