"""The TLS cipher suites we can name (IANA registry, read 2026-11), and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass

_REGISTRY = """
0001 RSA_WITH_NULL_MD5            0002 RSA_WITH_NULL_SHA              003B RSA_WITH_NULL_SHA256
0003 RSA_EXPORT_WITH_RC4_40_MD5   0004 RSA_WITH_RC4_128_MD5           0005 RSA_WITH_RC4_128_SHA
0006 RSA_EXPORT_WITH_RC2_CBC_40_MD5   0007 RSA_WITH_IDEA_CBC_SHA      0008 RSA_EXPORT_WITH_DES40_CBC_SHA
0009 RSA_WITH_DES_CBC_SHA         000A RSA_WITH_3DES_EDE_CBC_SHA      0096 RSA_WITH_SEED_CBC_SHA
0014 DHE_RSA_EXPORT_WITH_DES40_CBC_SHA 0015 DHE_RSA_WITH_DES_CBC_SHA  0016 DHE_RSA_WITH_3DES_EDE_CBC_SHA
0017 DH_anon_EXPORT_WITH_RC4_40_MD5 0018 DH_anon_WITH_RC4_128_MD5     001A DH_anon_WITH_DES_CBC_SHA
001B DH_anon_WITH_3DES_EDE_CBC_SHA 0034 DH_anon_WITH_AES_128_CBC_SHA  003A DH_anon_WITH_AES_256_CBC_SHA
006C DH_anon_WITH_AES_128_CBC_SHA256 006D DH_anon_WITH_AES_256_CBC_SHA256
00A6 DH_anon_WITH_AES_128_GCM_SHA256 00A7 DH_anon_WITH_AES_256_GCM_SHA384
C006 ECDHE_ECDSA_WITH_NULL_SHA    C007 ECDHE_ECDSA_WITH_RC4_128_SHA   C008 ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA
C010 ECDHE_RSA_WITH_NULL_SHA      C011 ECDHE_RSA_WITH_RC4_128_SHA     C012 ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
C015 ECDH_anon_WITH_NULL_SHA      C016 ECDH_anon_WITH_RC4_128_SHA     C017 ECDH_anon_WITH_3DES_EDE_CBC_SHA
C018 ECDH_anon_WITH_AES_128_CBC_SHA C019 ECDH_anon_WITH_AES_256_CBC_SHA
002F RSA_WITH_AES_128_CBC_SHA     0035 RSA_WITH_AES_256_CBC_SHA       003C RSA_WITH_AES_128_CBC_SHA256
003D RSA_WITH_AES_256_CBC_SHA256  009C RSA_WITH_AES_128_GCM_SHA256    009D RSA_WITH_AES_256_GCM_SHA384
0041 RSA_WITH_CAMELLIA_128_CBC_SHA 0084 RSA_WITH_CAMELLIA_256_CBC_SHA
C09C RSA_WITH_AES_128_CCM         C09D RSA_WITH_AES_256_CCM
0033 DHE_RSA_WITH_AES_128_CBC_SHA 0039 DHE_RSA_WITH_AES_256_CBC_SHA   0067 DHE_RSA_WITH_AES_128_CBC_SHA256
006B DHE_RSA_WITH_AES_256_CBC_SHA256 009E DHE_RSA_WITH_AES_128_GCM_SHA256 009F DHE_RSA_WITH_AES_256_GCM_SHA384
C009 ECDHE_ECDSA_WITH_AES_128_CBC_SHA C00A ECDHE_ECDSA_WITH_AES_256_CBC_SHA
C023 ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 C024 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
C013 ECDHE_RSA_WITH_AES_128_CBC_SHA C014 ECDHE_RSA_WITH_AES_256_CBC_SHA
C027 ECDHE_RSA_WITH_AES_128_CBC_SHA256 C028 ECDHE_RSA_WITH_AES_256_CBC_SHA384
C02B ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 C02C ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
C02F ECDHE_RSA_WITH_AES_128_GCM_SHA256 C030 ECDHE_RSA_WITH_AES_256_GCM_SHA384
C0AC ECDHE_ECDSA_WITH_AES_128_CCM C0AD ECDHE_ECDSA_WITH_AES_256_CCM
CCA8 ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 CCA9 ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
CCAA DHE_RSA_WITH_CHACHA20_POLY1305_SHA256
1301 AES_128_GCM_SHA256 1302 AES_256_GCM_SHA384 1303 CHACHA20_POLY1305_SHA256 1304 AES_128_CCM_SHA256
"""
_WORDS = _REGISTRY.split()
SUITES: dict[int, str] = {int(code, 16): f"TLS_{name}" for code, name in zip(_WORDS[::2], _WORDS[1::2], strict=True)}
GROUPS: dict[int, str] = {
    0x0017: "P-256", 0x0018: "P-384", 0x0019: "P-521", 0x001D: "X25519", 0x001E: "X448", 0x11EC: "X25519MLKEM768",
    0x0100: "FFDHE-2048", 0x0101: "FFDHE-3072", 0x0102: "FFDHE-4096",
}  # fmt: skip
"""Key exchanges a TLS 1.3 server can choose (RFC 8446 section 4.2.7; the last named is a hybrid with ML-KEM)."""
BROKEN = ("NULL", "anon", "EXPORT", "RC4", "RC2", "DES", "IDEA", "MD5")
"""A suite with one of these protects nothing today (RFC 7465, RFC 8429, RFC 9325)."""
_HASHES = {"MD5": "MD5", "SHA": "SHA-1", "SHA256": "SHA-256", "SHA384": "SHA-384"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a suite is made of; ``exchange`` and ``proof`` are "" where TLS 1.3 settles them apart from it."""

    exchange: str
    proof: str
    cipher: str
    hash: str


def name_of(suite: int) -> str:
    """The suite's IANA name, or its number where we know none."""
    return SUITES.get(suite, f"0x{suite:04X}")


def is_broken(name: str) -> bool:
    """Whether a suite of this name protects nothing."""
    return any(part in name for part in BROKEN)


def parts_of(name: str) -> Parts:
    """Take a suite's IANA name apart: ``TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`` uses ECDHE, RSA, AES-128-GCM, SHA-256."""
    before, _with, after = name.removeprefix("TLS_").rpartition("_WITH_")
    words = after.split("_")
    hashed = _HASHES.get(words[-1], "")
    cipher = "-".join(words[:-1] if hashed else words).replace("CHACHA20", "ChaCha20").replace("POLY", "Poly")
    cipher = {"3DES-EDE-CBC": "3DES"}.get(cipher, cipher)
    agreed, _mark, proof = before.partition("_")
    if agreed == "RSA":  # the client encrypts the secret to the server's key
        return Parts("RSA key transport", "RSA", cipher, hashed)
    return Parts(agreed, proof, cipher, hashed)
