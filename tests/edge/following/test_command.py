"""``fanghu log follow``: hands a file to the intake that runs, until it is interrupted, and goes on later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.intake.plan import Source
from tests.edge.syslog.whole import ROOT, whole

SAID = b"Nov 22 14:02:33 gate sshd[42]: Failed password for root from 192.0.2.7 port 400%d ssh2"


def command(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "FANGHU_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "LANG": "C.UTF-8"}
    return subprocess.Popen(
        [sys.executable, "-m", "fanghu.cli", "log", "follow", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def interrupted(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    return process.returncode


def test_a_file_is_followed_until_the_interrupt_and_from_there_again(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_bytes(b"".join(SAID % number + b"\n" for number in range(3)))
    arguments = (str(log), "--format", "openssh", "--source", "gate")
    with whole(tmp_path / "home", Source("other", "plain", ["syslog"], addresses=["127.0.0.1"])) as intake:
        intake.at("tcp")
        first = command(intake.home, *arguments)
        assert len(intake.arrived("gate", 3)) == 3
        second = command(intake.home, *arguments)
        assert "FH-IN-32" in second.communicate(timeout=60)[1]
        assert interrupted(first) == 0
        with log.open("ab") as file:
            file.write(SAID % 3 + b"\n")
        third = command(intake.home, *arguments)
        assert intake.arrived("gate", 4) == [SAID % number for number in range(4)]
        assert interrupted(third) == 0
        assert {envelope_of(entry).type for entry in intake.entries("gate")} == {"signin.failed"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"--format": "runes"}, "FH-LOG-25"),
        ({"--source": "fanghu"}, "FH-LOG-27"),
        ({"--timezone": "Moon"}, "FH-LOG-26"),
        ({"file": "/nowhere/at/all.log"}, "FH-IN-30"),
        ({}, "FH-IN-31"),
    ],
)
def test_what_cannot_be_followed_is_said_with_a_code(tmp_path: Path, change: dict[str, str], code: str) -> None:
    given = {"file": str(tmp_path / "a.log"), "--format": "plain", "--source": "gate"} | change
    words = [given.pop("file"), *(word for pair in given.items() for word in pair)]
    process = command(tmp_path, *words)
    assert code in process.communicate(timeout=60)[1]
    assert process.returncode != 0
