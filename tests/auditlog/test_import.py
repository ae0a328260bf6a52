"""Importing a log: all of it, once, and saying so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from fanghu.auditlog.actions import import_file, index, places
from fanghu.auditlog.models import ImportRun
from fanghu.auditlog.order import Order
from fanghu.auditlog.query import parse
from fanghu.auditlog.reading import events, state
from fanghu.auditlog.seen_hosts import hosts
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit, Fault
from tests.auditlog.conftest import NOW, KilledError, dying
from tests.auditlog.parsers.test_openssh import REAL
from tests.auditlog.sample import FAILED, SAMPLE

ROOT = Path(__file__).resolve().parents[2]


def bring(path: Path, **more) -> tuple[int, int, int]:
    run = import_file(Order(path, "openssh", more.pop("source", "gate"), **more), by=KEEPER, now=NOW)
    return run.imported, run.already, run.verbatim


def lines_in(folder: Path) -> list[bytes]:
    log = SealedLog(folder)
    return [entry.entry.raw for entry in log.records(0, log.size) if entry.kind == "import"]


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "auth.log"
    path.write_bytes(SAMPLE)
    return path


def test_every_line_is_kept_byte_for_byte_with_what_it_says(own_log, file):
    assert bring(file) == (10, 0, 3)
    assert lines_in(own_log) == SAMPLE.splitlines()
    base = index()
    assert base.count(parse("type=signin.failed")) == (4, FAILED)
    [hit] = base.find(parse("type=signin.succeeded"))
    [found] = SealedLog(own_log).records_at([hit])
    assert (found.actor, found.place, found.host, found.outcome) == ("wang", "2001:db8::5", "gate", "success")
    assert found.time == "2026-01-01T00:01:00+08:00"
    assert found.entry.envelope.assumed == ["timezone", "year"]
    assert found.entry.envelope.place.port == 50001


def test_again_adds_nothing_and_a_grown_file_only_what_grew(own_log, file):
    bring(file)
    size = state().size
    assert bring(file) == (0, 13, 0)
    with file.open("ab") as grown:
        grown.write(
            b"Jan  1 10:00:00 gate sshd[9]: Failed password for root from 192.0.2.8 port 1 ssh2"
        )  # not ended yet
    assert bring(file) == (1, 13, 0)
    with file.open("ab") as grown:
        grown.write(b"\r\n")
    assert bring(file) == (0, 14, 0)
    assert len(lines_in(own_log)) == 14
    assert state().size == size + 1 + 3  # one line, three more log.imported
    assert bring(file, source="other") == (11, 0, 3)


def test_equal_lines_are_different_attempts(own_log, tmp_path):
    line = b"Dec 10 06:55:46 gate sshd[1]: Failed password for root from 10.0.0.1 port 22 ssh2\n"
    path = tmp_path / "same.log"
    path.write_bytes(line * 5_000)  # across chunks
    assert bring(path) == (5_000, 0, 0)
    path.write_bytes(line * 5_003)
    assert bring(path) == (3, 5_000, 0)


def test_a_year_later_the_same_file_still_adds_nothing(own_log, file):
    bring(file)
    run = import_file(Order(file, "openssh", "gate"), by=KEEPER, now=NOW.replace(year=2028))
    assert (run.imported, run.already, run.verbatim) == (0, 13, 0)


def test_year_and_zone_given_are_not_assumed(own_log, file):
    bring(file, year=2019, zone="UTC")
    [hit] = index().find(parse("type=signin.succeeded"))
    [found] = SealedLog(own_log).records_at([hit])
    assert found.time == "2020-01-01T00:01:00+00:00"
    assert found.entry.envelope.assumed == []
    assert ImportRun.objects.get().assumed == {}


def test_one_event_tells_of_the_run_and_hosts_become_known(own_log, file):
    bring(file)
    [(_, event)] = events("log.imported")
    assert event.object == "source:gate"
    assert event.detail["imported"] == 10
    assert event.detail["kept_verbatim"] == 3
    assert len(event.detail["file_sha256"]) == 64
    assert [(host.name, host.source) for host in hosts()] == [("gate", "gate")]


@pytest.mark.parametrize("step", ["before append", "after append", "after seal"])
def test_an_import_killed_at_any_step_is_made_whole_by_importing_again(own_log, file, step):
    with suppress(KilledError):
        import_file(Order(file, "openssh", "gate"), by=KEEPER, now=NOW, open_=lambda: dying(step))
    counts = bring(file)
    assert sum(counts) == 13
    assert sorted(lines_in(own_log)) == sorted(SAMPLE.splitlines())
    assert state().finding == ""


def test_an_index_that_was_lost_is_no_reason_to_add_anything_twice(own_log, file):
    bring(file)
    index().drop()
    assert bring(file) == (0, 13, 0)
    places().index.write_bytes(b"this is no database at all, not even nearly " * 50)
    assert bring(file) == (0, 13, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x1f\x8b\x08\x00", "FH-LOG-22"), (b"PK\x03\x04", "FH-LOG-22"), (SAMPLE + b"\x00\x01\n", "FH-LOG-23"),
        ("Dec 10 06:55:46 gate sshd[1]: x\n".encode("utf-16"), "FH-LOG-23"), (SAMPLE + b"x" * 70_000 + b"\n", "FH-LOG-24"),
    ],
)  # fmt: skip
def test_an_unfit_file_is_refused_whole(own_log, tmp_path, content, code):
    path = tmp_path / "bad.log"
    path.write_bytes(content)
    with pytest.raises(Fault, match=code):
        bring(path)
    assert lines_in(own_log) == []
    assert not ImportRun.objects.exists()


def test_wrong_orders_are_one_sentence(own_log, file, tmp_path):
    for order, code in (
        (Order(tmp_path / "none.log", "openssh", "gate"), "FH-LOG-20"),
        (Order(tmp_path, "openssh", "gate"), "FH-LOG-21"),
        (Order(Path("/dev/null"), "openssh", "gate"), "FH-LOG-21"),
        (Order(file, "vms", "gate"), "FH-LOG-25"),
        (Order(file, "openssh", "gate", zone="Mars/Olympus"), "FH-LOG-26"),
        (Order(file, "openssh", "gate", zone="../../etc/passwd"), "FH-LOG-26"),
        (Order(file, "openssh", "fanghu"), "FH-LOG-27"),
        (Order(file, "openssh", "a b"), "FH-LOG-27"),
        (Order(file, "openssh", "gate", year=26), "FH-LOG-28"),
    ):
        with pytest.raises(Fault, match=code):
            import_file(order, by=KEEPER, now=NOW)


def test_an_empty_file_is_imported_as_nothing(own_log, tmp_path):
    (tmp_path / "empty.log").write_bytes(b"\n\n")
    assert bring(tmp_path / "empty.log") == (0, 0, 0)


@pytest.mark.skipif(not REAL.exists(), reason="the real log lies beside the project, not in it")
def test_the_real_log(own_log):
    assert bring(REAL, source="labsz") == (2_000, 0, 0)
    assert bring(REAL, source="labsz") == (0, 2_000, 0)
    assert index().count(parse("type=signin.failed"))[1] == 532
    assert index().count(parse("type=signin.succeeded who=fztu"))[1] == 1


KILLED = """
import os, signal, sys
import django; django.setup()
from django.core.management import call_command
from datetime import UTC, datetime
from pathlib import Path
from fanghu.auditlog.actions import import_file
from fanghu.auditlog.order import Order
from fanghu.events.doer import KEEPER
if sys.argv[2] == "0":
    call_command("migrate", verbosity=0)
left = [int(sys.argv[2])]
def after(tally):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
run = import_file(Order(Path(sys.argv[1]), "openssh", "gate"), by=KEEPER, now=datetime.now(UTC), after_chunk=after)
print(run.imported, run.already, run.verbatim)
"""


def test_kill_nine_midway_and_import_again(tmp_path):
    """For real: another process, SIGKILL after the first and then after the third chunk, and a whole import after."""
    path = tmp_path / "long.log"
    path.write_bytes(
        b"".join(
            b"Dec 10 %02d:%02d:%02d gate sshd[%d]: Failed password for root from 10.0.0.1 port 22 ssh2\n"
            % (n // 3600, n // 60 % 60, n % 60, n)
            for n in range(14_000)
        )
    )
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "FANGHU_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "DATABASE_URL": "",
           "DJANGO_SETTINGS_MODULE": "fanghu.settings"}  # fmt: skip

    def run(file: Path, die_after: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", KILLED, str(file), str(die_after)],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    (tmp_path / "none.log").write_bytes(b"")
    assert run(tmp_path / "none.log", 0).stdout.split() == ["0", "0", "0"]
    assert run(path, 1).returncode == -9
    assert run(path, 3).returncode == -9
    whole = run(path, -1)
    imported, already, verbatim = (int(word) for word in whole.stdout.split())
    assert (imported + already, verbatim) == (14_000, 0)
    assert already >= 12_000
    assert len(lines_in(home / "log")) == 14_000
    checked = subprocess.run(
        [sys.executable, "-c", "import sys, fanghu.cli.__main__ as m; m.GROUPS = ('log',); sys.exit(m.main(sys.argv[1:]))",
         "log", "verify", str(home / "log"), "--format", "json"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == Exit.YES
    assert json.loads(checked.stdout)["ok"] is True
