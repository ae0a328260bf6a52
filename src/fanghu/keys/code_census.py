"""Which cryptographic algorithms a program's own source calls, read from the source that runs; no Django.

What a library does inside itself is not seen here; the mechanisms that use one testify for it (``<app>/algorithms.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fanghu.keys.facts import Use

HASHES = {
    "md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "sha3_256": "SHA3-256", "sha3_384": "SHA3-384", "sha3_512": "SHA3-512", "blake2b": "BLAKE2b", "blake2s": "BLAKE2s",
}  # fmt: skip
AEADS = {"AESGCM": "AES-GCM", "AESCCM": "AES-CCM", "ChaCha20Poly1305": "ChaCha20-Poly1305"}
SIGNERS = {"Ed25519PrivateKey": "Ed25519", "Ed448PrivateKey": "Ed448", "X25519PrivateKey": "X25519"}
CURVES = {"SECP256R1": "ECDSA P-256", "SECP384R1": "ECDSA P-384", "SECP521R1": "ECDSA P-521"}
MAKERS = {"rsa": "RSA", "dsa": "DSA"}
TESTIFIED = frozenset({"allauth", "argon2", "django", "fido2", "ssl"})
"""Libraries with cryptography inside whose algorithms a mechanism testifies for."""
STRANGERS = frozenset({
    "Crypto", "Cryptodome", "M2Crypto", "OpenSSL", "authlib", "bcrypt", "crypt", "ecdsa", "gnupg", "jose", "joserfc", "jwt",
    "nacl", "passlib", "pyrage", "scrypt", "tink",
})  # fmt: skip
"""Libraries with cryptography inside that nobody testifies for yet."""


@dataclass(slots=True)
class _Module(ast.NodeVisitor):
    """What one module calls."""

    name: str
    found: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    imported: dict[str, str] = field(default_factory=dict)

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self._stranger(each.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._stranger(node.module or "")
        for each in node.names:
            if node.module == "hashlib" and each.name in HASHES:
                self.imported[each.asname or each.name] = HASHES[each.name]
            known = AEADS.get(each.name) or SIGNERS.get(each.name)
            if (node.module or "").startswith("cryptography") and known:
                self.found.add(known)
        self.found.update(self.imported.values())

    def visit_Call(self, node: ast.Call) -> None:
        """``hmac.new`` and its like name the hash by an argument; ``rsa.generate_private_key`` the algorithm by itself."""
        called = ast.unparse(node.func)
        if called in {"hmac.new", "hmac.digest"}:
            named = [*node.args[2:3], *(word.value for word in node.keywords if word.arg in {"digestmod", "digest"})]
            self._keyed(self._hash(named[0]) if named else "")
            for each in [*node.args[:2], *node.args[3:]]:
                self.visit(each)
            return
        if called in {"hashlib.new", "hashlib.file_digest", "hashlib.pbkdf2_hmac"}:
            place = 1 if called.endswith("file_digest") else 0
            given = self._hash(node.args[place]) if len(node.args) > place else ""
            self._note(f"PBKDF2-{given}" if called.endswith("pbkdf2_hmac") and given else given)
        module, _dot, function = called.rpartition(".")
        if function == "generate_private_key" and module in MAKERS:
            self.found.add(MAKERS[module])
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            if node.value.id == "hashlib" and node.attr in HASHES:
                self.found.add(HASHES[node.attr])
            elif node.value.id == "hashlib" and node.attr == "scrypt":
                self.found.add("scrypt")
            elif node.value.id == "ec" and node.attr in CURVES:
                self.found.add(CURVES[node.attr])
            elif node.value.id == "hashes" and node.attr.lower() in HASHES:
                self.found.add(HASHES[node.attr.lower()])
        self.generic_visit(node)

    def _hash(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return HASHES.get(str(node.value).lower().replace("-", ""), "")
        if isinstance(node, ast.Attribute):
            return HASHES.get(node.attr, "")
        return self.imported.get(node.id, "") if isinstance(node, ast.Name) else ""

    def _keyed(self, hashed: str) -> None:
        self._note(f"HMAC-{hashed}" if hashed else "")

    def _note(self, algorithm: str) -> None:
        if algorithm:
            self.found.add(algorithm)
        else:
            self.unread.add(self.name)

    def _stranger(self, module: str) -> None:
        if module.partition(".")[0] in STRANGERS:
            self.unread.add(f"{self.name} ({module.partition('.')[0]})")


def census(root: Path, package: str) -> tuple[list[Use], frozenset[str]]:
    """The algorithms that the modules under ``root`` (of ``package``) call, and what could not be read of them."""
    uses, unread = [], set[str]()
    for path, module in _modules(root, package):
        found, missed = _read(path, path.stat().st_mtime_ns, module)
        uses += [Use(algorithm, 0, module) for algorithm in found]
        unread |= missed
    return uses, frozenset(unread)


def _modules(root: Path, package: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*.py")):
        if path.stem == "algorithms":  # those only look at what others use
            continue
        yield path, ".".join([package, *path.relative_to(root).with_suffix("").parts]).removesuffix(".__init__")


@cache
def _read(path: Path, changed: int, module: str) -> tuple[frozenset[str], frozenset[str]]:
    """One module, read again only when its file has changed."""
    reader = _Module(module)
    try:
        reader.visit(ast.parse(path.read_text("utf-8")))
    except (SyntaxError, ValueError):
        return frozenset(), frozenset({module})
    return frozenset(reader.found), frozenset(reader.unread)
