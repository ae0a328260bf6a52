"""The certificate authority that an address names, as the file that TLS wants."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def trusting(pem: str) -> Iterator[Path | None]:
    """A file with these certificates for the length of the block; None where there are none."""
    if not pem.strip():
        yield None
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        yield Path(file.name)
