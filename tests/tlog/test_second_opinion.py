"""A verifier written from docs/guide/log-format.md alone: it shares no code with the library it checks."""

from __future__ import annotations

import base64
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.tlog.stage import NOW, SIGNER, Stage, entries
from tests.tlog.test_merkle import naive_root


def split_bundle(data: bytes) -> list[bytes]:
    """Two bytes of length, then the entry, until the end."""
    found = []
    while data:
        (length,) = struct.unpack(">H", data[:2])
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


def read_entries(folder: Path) -> list[bytes]:
    """All entries, sealed or not."""
    found: list[bytes] = []
    for path in sorted((folder / "frames").glob("*.blocks")):
        data = path.read_bytes()
        while data:
            magic, first, count, raw, stored = struct.unpack(">4sQHII", data[:22])
            packed, crc = data[22 : 22 + stored], data[22 + stored : 26 + stored]
            assert (magic, first, count) == (b"FHB1", len(found), 256)
            assert zlib.crc32(data[: 22 + stored]) == int.from_bytes(crc, "big")
            bundle = zstandard.ZstdDecompressor().decompress(packed)
            assert len(bundle) == raw
            found += split_bundle(bundle)
            data = data[26 + stored :]
    data = (folder / "frames" / "tail").read_bytes()
    magic, first, salt, crc = struct.unpack(">8sQ8sI", data[:28])
    assert (magic, first, crc) == (b"FHTAIL01", len(found), zlib.crc32(data[:24]))
    data = data[28:]
    while data:
        magic, first, count, length, crc = struct.unpack(">4sQIII", data[:24])
        assert (magic, first, crc) == (b"FHT1", len(found), zlib.crc32(salt + data[:20]))
        bundle = data[24 : 24 + length]
        assert zlib.crc32(bundle, crc) == int.from_bytes(data[24 + length : 28 + length], "big")
        batch = split_bundle(bundle)
        assert len(batch) == count
        found += batch
        data = data[28 + length :]
    return found


def test_what_the_guide_says_is_what_lies_on_disk(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 500))
        writer.seal(NOW)
        writer.append(entries(500, 530))
        writer.append(entries(530, 600))
        writer.seal(NOW)
        writer.append(entries(600, 603))
    found = read_entries(stage.folder)
    assert found == entries(0, 603)

    text, _, lines = (stage.folder / "checkpoint").read_bytes().partition(b"\n\n")
    origin, size, root = (text + b"\n").decode().splitlines()
    assert (origin, size) == ("fanghu.example/log", "600")
    assert base64.b64decode(root) == naive_root(found[:600])

    name, digest, key = str(SIGNER.verifier).split("+", 2)
    public = base64.b64decode(key)
    assert digest == sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    plain, timed = (base64.b64decode(line.split(" ")[2]) for line in lines.decode().splitlines())
    assert plain[:4].hex() == digest
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(plain[4:], text + b"\n")
    assert timed[:4] == sha256(name.encode() + b"\n\x04" + public[1:]).digest()[:4]
    seconds = int.from_bytes(timed[4:12], "big")
    assert seconds == NOW.timestamp()
    signed = b"cosignature/v1\ntime %d\n" % seconds + text + b"\n"
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(timed[12:], signed)

    tile = (stage.folder / "tile/1/000.p/2").read_bytes()
    assert tile == naive_root(found[:256]) + naive_root(found[256:512])
