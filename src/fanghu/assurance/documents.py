"""Attested documents, kept as files by their SHA-256 under ``FANGHU_HOME/evidence/ab/`` (0600), never changed."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html

from fanghu.faults import Exit, Fault

LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as kept: its name as given (no path), SHA-256 (hex), size in bytes."""

    name: str
    hash: str
    size: int


def folder() -> Path:
    """Where the documents lie."""
    return Path(settings.HOME) / "evidence"


def path_of(hash_: str) -> Path:
    """The file of the document with this SHA-256."""
    if len(hash_) != 64 or not set(hash_) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in hex")
    return folder() / hash_[:2] / hash_


def is_kept(hash_: str, size: int) -> bool:
    """Whether the document is there with its full size (its content is compared when it is served)."""
    try:
        return path_of(hash_).stat().st_size == size
    except OSError:
        return False


def is_whole(hash_: str) -> bool:
    """Whether the document is there and still has its hash."""
    try:
        with path_of(hash_).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == hash_
    except OSError:
        return False


def keep(name: str, chunks: Iterable[bytes]) -> Kept:
    """Write the document, streamed, and return what is kept; the same content twice is kept once.

    Faults: FH-ASR-11 too large, FH-ASR-12 empty, FH-ASR-13 the disk is full.
    """
    top = folder()
    draft = top / f".draft-{secrets.token_hex(8)}"
    digest, size = hashlib.sha256(), 0
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > LARGEST:
                    raise Fault(
                        "FH-ASR-11",
                        "The document is larger than 20 MB; attach a smaller file.",
                        "文件超過 20 MB；請改附較小的檔案。",
                        exit_code=Exit.NO,
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise Fault(
                "FH-ASR-12",
                "The document is empty; attach the file that proves the duty.",
                "文件是空的；請附上足以證明的檔案。",
                exit_code=Exit.NO,
            )
        path = path_of(digest.hexdigest())
        path.parent.mkdir(mode=0o700, exist_ok=True)
        draft.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Fault(
                "FH-ASR-13",
                "The disk is full, so the document was not kept; free space and try again.",
                "磁碟已滿，文件未儲存；請釋出空間後再試。",
            ) from None
        raise
    finally:
        draft.unlink(missing_ok=True)
    return Kept(plain_name(name), digest.hexdigest(), size)


def plain_name(name: str) -> str:
    """A file's name without path and control characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:200] or "document"


def link(name: str, hash_: str) -> str:
    """A link to download the document, as safe HTML, for the approver who must see what is signed."""
    return format_html('<a href="{}">{}</a>', reverse("document", args=[hash_]), name)
