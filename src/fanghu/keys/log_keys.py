"""The key that signs the log's checkpoints, and its public half pinned outside the log's folder; no Django.

Form of both files: the text keys of C2SP signed-note (and of Go's ``note`` package), so other tools read them.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces
from fanghu.tlog import rotation
from fanghu.tlog.damage import BadNote, LogBusy
from fanghu.tlog.note import PLAIN, Signer, Verifier, key_id, new_key
from fanghu.tlog.rotation import Succession


class RotationUnderWay(LogBusy):
    """A new key is being put in place; nobody writes to the log until it is."""

    def __init__(self) -> None:
        Fault.__init__(
            self,
            "FH-KEY-14",
            "The log's key is being changed; if nobody is doing so now, finish it with `fanghu log rotate-key`, or with "
            "`fanghu log new-origin` where the old key was lost.",
            "稽核紀錄的金鑰正在更換；若目前無人進行，請以 `fanghu log rotate-key` 完成；若舊金鑰已遺失，則用 `fanghu log new-origin`。",
            exit_code=Exit.BUSY,
        )


def make(places: LogPlaces) -> Signer:
    """The signing key; made, with its public file, when there is neither a key nor a log.

    Raises Fault FH-KEY-10 when a log stands but its key is gone, FH-KEY-11 when the two key files do not match;
    RotationUnderWay, which is a LogBusy.
    """
    if places.next_key.exists():
        raise RotationUnderWay
    if not places.private_key.exists():
        if (places.folder / "checkpoint").exists() or places.public_key.exists():
            raise Fault(
                "FH-KEY-10",
                "The log's signing key is missing; restore the keys folder that belongs to this data folder.",
                "找不到稽核紀錄的簽章金鑰；請還原屬於此資料夾的 keys 資料夾。",
            )
        name = f"fanghu/log/{secrets.token_hex(4)}"
        private, _public = new_key(name)
        _write(places.private_key, private_text(Signer(name, private)), 0o600)
    signer = signing(places)
    if not places.public_key.exists():
        _write(places.public_key, str(signer.verifier), 0o644)
    if pinned(places.public_key) != signer.verifier:
        raise Fault(
            "FH-KEY-11",
            f"The log's signing key does not match {places.public_key.name}; restore the two files that belong together.",
            f"稽核紀錄的簽章金鑰與 {places.public_key.name} 不相符；請還原同一組的兩個檔案。",
        )
    return signer


def signing(places: LogPlaces) -> Signer:
    """The signing key as it lies in its file; Fault FH-KEY-10 when it is missing or spoilt."""
    return read(places.private_key)


def read(path: Path) -> Signer:
    """The signing key in ``path``; Fault FH-KEY-10 when it is missing or spoilt."""
    try:
        text = path.read_text().strip()
        _private, _key, name, digest, encoded = text.split("+", 4)
        raw = base64.b64decode(encoded, validate=True)
        signer = Signer(name, raw[1:])
        if len(raw) == 33 and digest == key_id(name, PLAIN, signer.verifier.public).hex():
            return signer
    except (OSError, ValueError, binascii.Error):
        pass
    raise Fault(
        "FH-KEY-10",
        "The log's signing key is missing or spoilt; restore the keys folder that belongs to this data folder.",
        "稽核紀錄的簽章金鑰遺失或損毀；請還原屬於此資料夾的 keys 資料夾。",
    )


def pinned(path: Path, *, log: Path | None = None) -> Verifier:
    """The verifier key in ``path``; Fault FH-KEY-12 when it lies in the ``log`` folder it is to judge, or is unreadable.

    A key found beside the log proves nothing: whoever rewrote the log wrote it too.
    """
    if log is not None and path.resolve().is_relative_to(log.resolve()):
        raise Fault(
            "FH-KEY-12",
            "The key lies in the log's own folder, which proves nothing; give a copy you kept elsewhere with --key.",
            "金鑰就在日誌資料夾裡，不足以證明任何事；請以 --key 指定另行保存的金鑰。",
        )
    try:
        return Verifier.parse(path.read_text())
    except (OSError, UnicodeDecodeError, BadNote):
        raise Fault(
            "FH-KEY-13",
            f"There is no verifier key in {path}; give the key file that `fanghu log key` printed with --key.",
            f"{path} 中沒有驗證金鑰；請以 --key 指定 `fanghu log key` 所列印的金鑰檔。",
        ) from None


def statements(path: Path) -> list[bytes]:
    """The rotations kept beside a verifier key: for ``log-key.pub`` those in ``log-key.rotations``."""
    try:
        return rotation.parted(path.with_suffix(".rotations").read_bytes())
    except OSError:
        return []


def trusted(path: Path, *, log: Path | None = None) -> Succession:
    """Whom to trust who pinned the key in ``path``, before or after rotations kept beside it.

    Faults as of `pinned`; FH-KEY-15 when the rotations do not lead to or from that key.
    """
    key = pinned(path, log=log)
    try:
        return rotation.follow_from(key, statements(path))
    except (BadNote, UnicodeDecodeError):
        beside = path.with_suffix(".rotations")
        raise Fault(
            "FH-KEY-15",
            f"The rotations in {beside} are not of the key in {path}; fetch both again, from the same log.",
            f"{beside} 中的輪替聲明不屬於 {path} 的金鑰；請重新取得同一日誌的兩個檔案。",
        ) from None


def private_text(signer: Signer) -> str:
    """How a signing key is kept."""
    encoded = base64.b64encode(bytes([PLAIN]) + signer.private).decode()
    return f"PRIVATE+KEY+{signer.name}+{key_id(signer.name, PLAIN, signer.verifier.public).hex()}+{encoded}"


def _write(path: Path, text: str, mode: int) -> None:
    """Write once, whole or not at all; a file another process made first stands."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(handle, text.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
