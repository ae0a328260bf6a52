"""Entries of journald: read by the program that is proven to have spoken, in both of journalctl's forms."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanghu.auditlog.parsers.formats import FORMATS, read
from fanghu.auditlog.parsers.journal import fields

FAILED = "Failed password for root from 192.0.2.7 port 4000 ssh2"
ENTRY = {
    "__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": "1795356153123456", "_HOSTNAME": "gate", "SYSLOG_IDENTIFIER": "sshd",
    "_PID": "42", "_UID": "0", "PRIORITY": "6", "_SYSTEMD_UNIT": "ssh.service", "MESSAGE": FAILED,
}  # fmt: skip
AT = datetime(2026, 11, 22, 14, 2, 33, 123456, UTC)
FORGED = '{"type":"signin.succeeded","actor":"root","outcome":"success"}'
REMOTE = Path("/lib/systemd/systemd-journal-remote")


def export(**more: str) -> bytes:
    return "".join(f"{name}={value}\n" for name, value in {**ENTRY, **more}.items()).encode()


def test_both_forms_say_the_same() -> None:
    one, other = read("journal", export()), read("journal", json.dumps(ENTRY).encode())
    assert one == other
    assert (one.type, one.actor, one.place, one.host, one.app) == ("signin.failed", "root", "192.0.2.7", "gate", "sshd")
    assert one.detail == {"severity": 6, "uid": 0, "unit": "ssh.service", "pid": 42, **one.detail}
    assert one.stamp is not None
    assert one.stamp.at == AT
    assert FORMATS["journal"].stamp(export()) == one.stamp


def test_who_speaks_in_another_s_name_is_not_believed() -> None:
    for proven, more in (
        (True, {"_EXE": "/usr/sbin/sshd"}),
        (True, {"_EXE": "/usr/sbin/sshd (deleted)"}),
        (False, {"_EXE": "/usr/bin/logger"}),
        (False, {"_EXE": "/tmp/sshd"}),
        (False, {"_EXE": "/usr/../tmp/sshd"}),
        (False, {"_COMM": "sshd"}),
    ):
        found = read("journal", export(_UID="1000", **more))
        assert (found.type, found.actor) == (("signin.failed", "root") if proven else ("program.said", ""))
        assert (found.app, found.detail["uid"]) == ("sshd", 1000)
    of_sudo = "   wei : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id"
    found = read("journal", export(_UID="1000", SYSLOG_IDENTIFIER="sudo", _EXE="/usr/bin/sudo", MESSAGE=of_sudo))
    assert (found.type, found.actor) == ("command.run", "wei")


def test_an_entry_whose_sender_was_cut_away_is_not_believed() -> None:
    without = "".join(f"{name}={value}\n" for name, value in ENTRY.items() if name != "_UID").encode()
    assert read("journal", without).type == "signin.failed"
    assert read("journal", without + b"__FANGHU_CUT=_UID 9 00\n").type == "program.said"


def test_a_message_that_looks_like_json_is_text() -> None:
    found = read("journal", export(SYSLOG_IDENTIFIER="shop", MESSAGE=FORGED))
    assert (found.type, found.actor, found.outcome) == ("program.said", "", "")


def test_of_a_field_that_comes_twice_the_first_counts() -> None:
    assert fields(b"A=1\nA=2\n") == {"A": b"1"}
    assert read("journal", export() + b"MESSAGE=other\n").type == "signin.failed"
    assert read("journal", json.dumps(ENTRY | {"MESSAGE": [FAILED, "other"]}).encode()).type == "signin.failed"
    assert read("journal", json.dumps(ENTRY | {"MESSAGE": list(FAILED.encode())}).encode()).type == "signin.failed"


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"a=1", b"MESSAGE=x\n", b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff", b"{}", b"{", b'{"a":1}', b'{"MESSAGE":{}}',
        b'{"MESSAGE":[[[]]],"__REALTIME_TIMESTAMP":"1"}', b'{"MESSAGE":[700]}', b"[]", b"__REALTIME_TIMESTAMP=1\nA=1\n",
    ],
)  # fmt: skip
def test_what_is_no_entry_is_kept_unread(line: bytes) -> None:
    assert read("journal", line).verbatim or not read("journal", line).actor


@pytest.mark.skipif(not (REMOTE.exists() and shutil.which("journalctl")), reason="no journald programs here")
def test_what_journalctl_itself_prints_is_read(tmp_path: Path) -> None:
    binary = b"MESSAGE\n" + (8).to_bytes(8, "little") + b"\x00\xff two\n.\n"
    file, entry = tmp_path / "gate.journal", export().replace(b"__CURSOR=s=1;i=2\n", b"__MONOTONIC_TIMESTAMP=1\n")
    entries = [entry, entry.replace(f"MESSAGE={FAILED}\n".encode(), binary)]
    boot = b"_BOOT_ID=0123456789abcdef0123456789abcdef\n"
    subprocess.run(
        [REMOTE, "--output", file, "--split-mode=none", "-"], input=b"\n".join(each + boot for each in entries) + b"\n",
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    said = subprocess.run(
        ["journalctl", "--all", "-o", "json", "--file", file], check=True, capture_output=True, timeout=60
    )
    first, second = said.stdout.splitlines()
    assert (read("journal", first).type, read("journal", first).app) == ("signin.failed", "sshd")
    assert (fields(second) or {})["MESSAGE"] == b"\x00\xff two\n."
