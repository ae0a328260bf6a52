"""``fanghu log``: what scripts rely on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

import fanghu.cli.__main__ as command
from fanghu.auditlog.actions import deliver
from fanghu.auditlog.checkpoints import keep_checkpoint
from fanghu.auditlog.models import KeptCheckpoint
from fanghu.auditlog.reading import events, state
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit
from tests.auditlog.conftest import NOW
from tests.auditlog.evtx_file import HEADER, Event, evtx_file
from tests.auditlog.sample import FAILED, SAMPLE


@pytest.fixture
def fanghu(own_log, monkeypatch, tmp_path, capsys):
    """``fanghu("log", "key")`` returns exit code, standard output and standard error."""
    monkeypatch.setenv("FANGHU_HOME", str(tmp_path))
    monkeypatch.setattr(command, "GROUPS", ("log",))

    def run(*words) -> tuple[int, str, str]:
        try:
            code = command.main([str(word) for word in words])
        except SystemExit as end:
            code = end.code
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "auth.log"
    path.write_bytes(SAMPLE)
    return path


def test_import_search_verify_in_a_row(fanghu, file, own_log):
    code, out, _ = fanghu("log", "import", file, "--format", "openssh", "--source", "gate")
    assert (code, out.splitlines()[0]) == (0, "imported 10 · already there 0 · kept verbatim 3")
    assert "assumed: timezone Asia/Taipei, year 2025" in out
    code, out, _ = fanghu("log", "import", file, "--format", "openssh", "--source", "gate", "--output", "json")
    assert (json.loads(out)["imported"], json.loads(out)["already_there"]) == (0, 13)
    code, out, _ = fanghu("log", "search", "type=signin.failed")
    rows = [json.loads(line) for line in out.splitlines()]
    assert sum(row["n"] for row in rows) == FAILED
    assert {row["where"] for row in rows} == {"192.0.2.7", "192.0.2.8"}
    code, out, _ = fanghu(
        "log",
        "search",
        "--type",
        "signin.failed",
        "--who",
        "root",
        "--from",
        "2026-01-01",
        "--limit",
        "1",
        "--format",
        "json",
    )
    assert [row["who"] for row in json.loads(out)] == ["root"]
    assert fanghu("log", "verify", own_log)[0] == Exit.YES
    assert state().pending == 0  # the command returns only when its events are sealed
    assert [event.detail["filters"] for _, event in events("log.searched")] == [["type"], ["from", "type", "who"]]


HIDING = "wei\u202e\x1b[2J\x9b\r\n2026-11-22 09:00:00  fanghu  signin.succeeded  success  erin"


def test_nothing_from_outside_steers_the_terminal_or_makes_lines_of_its_own(fanghu, own_log, tmp_path):
    said = {"time": "2026-11-22T01:00:00Z", "type": "signin.failed", "who": HIDING, "where": HIDING, "object": HIDING,
            "host": HIDING, "app": HIDING, "session": HIDING}  # fmt: skip
    raw = json.dumps(said, ensure_ascii=False)
    (tmp_path / "app.log").write_text(raw + "\n")
    assert fanghu("log", "import", tmp_path / "app.log", "--format", "ndjson", "--source", "app")[0] == Exit.YES
    _, out, _ = fanghu("log", "search", "source=app", "--format", "text")
    assert len(out.splitlines()) == 1 and out.rstrip("\n").isprintable()
    for shape in ("ndjson", "json"):
        _, out, _ = fanghu("log", "search", "source=app", "--format", shape)
        assert out.replace("\n", "").isprintable()
        [row] = json.loads(out) if shape == "json" else map(json.loads, out.splitlines())
        assert row["raw"] == raw and row["who"] == HIDING.encode("unicode_escape").decode()
    _, out, _ = fanghu("log", "search", 'who="' + row["who"] + '"')
    assert json.loads(out)["id"] == row["id"], "it is found by what is shown"
    for shape in ("csv", "ndjson", "proved"):
        fanghu("log", "export", "source=app", "--format", shape, "--output", tmp_path / shape)
        assert all(line.removeprefix("\ufeff").isprintable() for line in (tmp_path / shape).read_text().splitlines())
    assert fanghu("log", "verify-export", tmp_path / "proved")[0] == Exit.YES


def test_nor_does_a_folder_or_an_export_that_somebody_else_made(fanghu, own_log, tmp_path):
    (own_log / "frames" / "\x1b[2Jthe log is whole").write_bytes(b"")
    for shape in ("text", "json"):
        code, out, _ = fanghu("log", "verify", own_log, "--format", shape)
        assert code == Exit.NO and out.replace("\n", "").isprintable()
    fanghu("log", "export", "--output", tmp_path / "proved")
    *lines, last = (tmp_path / "proved").read_text().splitlines()
    forged = json.dumps({"checkpoints": {"a\n9 records are proved": "x", **json.loads(last)["checkpoints"]}})
    (tmp_path / "forged").write_text("\n".join([*lines, forged]) + "\n")
    code, out, _ = fanghu("log", "verify-export", tmp_path / "forged")
    assert code == Exit.NO and not any(line.startswith("9 records") for line in out.splitlines())


def test_what_is_not_looked_for(fanghu, own_log, tmp_path):
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    assert fanghu("log", "import", tmp_path / "auth.log", "--format", "openssh", "--source", "gate")[0] == Exit.YES

    def who(*asked: str) -> set[str]:
        return {json.loads(line)["who"] for line in fanghu("log", "search", *asked)[1].splitlines()}

    everybody = who("type=signin.*")
    assert {"root", "oracle"} < everybody
    assert who("type=signin.*", "--without", "who=root", "--without", "who=or*") == everybody - {"root", "oracle"}
    assert who("type=signin.* -who=root -who=oracle") == everybody - {"root", "oracle"}
    code, out, err = fanghu("log", "search", "--without", "root")
    assert (code, out) == (Exit.USAGE, "") and "give KEY=VALUE, such as who=root, not root" in err
    assert [event.detail["filters"] for _, event in events("log.searched")] == [["type"], *[["-who", "type"]] * 2]


@pytest.mark.parametrize("limit", ["0", "-5", "ten", "1.5"])
def test_a_limit_that_is_none_is_refused(fanghu, limit):
    code, out, err = fanghu("log", "search", f"--limit={limit}")
    assert (code, out) == (Exit.USAGE, "") and "give a whole number from 1" in err


def test_a_broken_event_log_of_windows_is_imported_with_what_is_missing_named(fanghu, tmp_path):
    path = tmp_path / "Security.evtx"
    content = evtx_file(
        [Event(number, 4634, NOW, {"TargetUserName": "alice"}) for number in range(70, 76)], per_chunk=3
    )
    path.write_bytes(content[:HEADER] + b"overwritten" + content[HEADER + 11 :])
    code, out, _ = fanghu("log", "import", path, "--format", "windows", "--source", "dc01")
    assert (code, out.splitlines()) == (0, [
        "imported 3 · already there 0 · kept verbatim 1",
        "could not be read, and kept as it is: 1 / 無法讀取而原樣保留",
        "  unread no-chunk chunk 0 offset 4096",
    ])  # fmt: skip
    _, out, _ = fanghu("log", "import", path, "--format", "windows", "--source", "dc01", "--output", "json")
    said = json.loads(out)
    assert (said["already_there"], said["unread"]) == (4, 1)
    assert said["unread_parts"] == ["unread no-chunk chunk 0 offset 4096"]
    assert fanghu("log", "import", path, "--format", "plain", "--source", "dc01")[0] == Exit.USAGE


def test_verify_says_no_yes_and_cannot_tell(fanghu, own_log, deed, tmp_path):
    deed()
    deliver(NOW)
    elsewhere = tmp_path / "copy"
    shutil.copytree(own_log, elsewhere)
    shutil.copy(tmp_path / "log-key.pub", tmp_path / "usb.pub")
    assert fanghu("log", "verify", elsewhere, "--key", tmp_path / "usb.pub")[0] == Exit.YES
    code, out, _ = fanghu("log", "verify", elsewhere, "--format", "json")
    assert (code, json.loads(out)["ok"], json.loads(out)["size"]) == (0, True, 1)
    (elsewhere / "frames" / "tail").write_bytes(b"")
    code, out, _ = fanghu("log", "verify", elsewhere, "--format", "json")
    assert (code, json.loads(out)["ok"]) == (1, False)
    assert json.loads(out)["problems"][0]["zh-Hant"]
    (tmp_path / "empty").mkdir()
    assert fanghu("log", "verify", tmp_path / "empty")[0] == Exit.CANNOT
    assert fanghu("log", "verify", tmp_path / "nowhere")[0] == Exit.CANNOT
    (own_log / "key.pub").write_bytes((tmp_path / "log-key.pub").read_bytes())
    code, _, err = fanghu("log", "verify", own_log, "--key", own_log / "key.pub")
    assert (code, "FH-KEY-12" in err) == (Exit.CANNOT, True)
    (own_log / "key.pub").unlink()
    (tmp_path / "log-key.pub").unlink()
    code, _, err = fanghu("log", "verify", own_log)
    assert (code, "FH-KEY-13" in err) == (Exit.CANNOT, True)


def test_verify_since_a_kept_checkpoint(fanghu, own_log, deed, tmp_path):
    deed()
    deliver(NOW)
    _, out, _ = fanghu("log", "checkpoint")
    (tmp_path / "kept.txt").write_text(out)
    deed()
    deliver(NOW)
    assert fanghu("log", "verify", own_log, "--since", tmp_path / "kept.txt")[0] == Exit.YES
    newer = fanghu("log", "checkpoint")[1]
    (tmp_path / "newer.txt").write_text(newer)
    shutil.rmtree(own_log)
    from fanghu.auditlog.actions import open_log

    open_log(NOW)
    assert fanghu("log", "verify", own_log)[0] == Exit.YES
    assert fanghu("log", "verify", own_log, "--since", tmp_path / "newer.txt")[0] == Exit.NO
    assert fanghu("log", "verify", own_log, "--since", tmp_path / "none.txt")[0] == Exit.CANNOT


def test_verify_needs_neither_django_nor_settings(fanghu, own_log, deed, tmp_path):
    deed()
    deliver(NOW)
    program = (
        "import sys, fanghu.cli.__main__ as m; m.GROUPS = ('log',); code = m.main(sys.argv[1:]);"
        "print([name for name in sys.modules if name == 'django' or name == 'fanghu.settings']); sys.exit(code)"
    )
    env = {**os.environ, "FANGHU_HOME": str(tmp_path / "elsewhere")}
    done = subprocess.run(
        [sys.executable, "-c", program, "log", "verify", str(own_log), "--key", str(tmp_path / "log-key.pub")],
        env={**env, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert not (tmp_path / "elsewhere").exists()


def test_prove_holds_by_a_verifier_of_the_test_itself(fanghu, own_log, deed):
    import base64
    from hashlib import sha256

    for _ in range(5):
        id_ = deed()
    deliver(NOW)
    first = json.loads(fanghu("log", "prove", id_)[1])["index"]
    assert first in range(5)
    _, out, _ = fanghu("log", "prove", 3)
    proof = json.loads(out)
    entry = base64.b64decode(proof["entry"])
    node, index, last = sha256(b"\0" + entry).digest(), proof["index"], proof["size"] - 1
    for sibling in map(bytes.fromhex, proof["proof"]):  # RFC 6962, 2.1.1
        if index & 1 or index == last:
            node = sha256(b"\1" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    assert node.hex() == proof["root"]
    assert fanghu("log", "prove", 99)[0] == Exit.NO
    assert fanghu("log", "prove", "f" * 32)[0] == Exit.NO
    assert [told.object for _index, told in events("log.served")] == [f"own/entry/{first}", "own/entry/3"]


def test_what_belongs_to_one_log_is_refused_for_all_and_a_log_that_is_none_is_named(fanghu, own_log, deed, tmp_path):
    """A key of one log would call every other log broken."""
    deed()
    deliver(NOW)
    _, key, _ = fanghu("log", "key")
    (tmp_path / "pinned.pub").write_text(key)
    for name in ("--key", "--since", "--witness"):
        code, _, err = fanghu("log", "verify", "--all", name, tmp_path / "pinned.pub")
        assert (code, err.split()[0]) == (Exit.USAGE, "FH-LOG-59")
    for words in (("key",), ("archive", "--to", tmp_path / "there")):
        code, _, err = fanghu("log", *words, "--log", "nothing")
        assert (code, err.split()[0]) == (Exit.USAGE, "FH-LOG-39")
    code, _, err = fanghu("log", "restore", "--from", tmp_path, "--as-of", "yesterday")
    assert code == Exit.USAGE and "is not a time" in err


def test_wrong_usage_is_64_and_a_wrong_file_one_sentence(fanghu, file, tmp_path):
    assert fanghu("log", "import")[0] == Exit.USAGE
    assert fanghu("log", "import", file, "--format", "vms", "--source", "x")[0] == Exit.USAGE
    assert fanghu("log", "search", "colour=red")[0] == Exit.USAGE
    assert fanghu("log", "search", "--from", "soon")[0] == Exit.USAGE
    code, _, err = fanghu("log", "import", tmp_path, "--format", "openssh", "--source", "x")
    assert (code, len(err.splitlines())) == (Exit.CANNOT, 1)
    assert err.startswith("FH-LOG-21 ")


def test_the_key_printed_is_the_one_that_signs(fanghu, tmp_path, own_log):
    _, out, _ = fanghu("log", "key")
    assert out == (tmp_path / "log-key.pub").read_text()
    keep_checkpoint("safe", account=None, by=KEEPER, now=NOW)
    assert out.split("+")[0] in KeptCheckpoint.objects.get().checkpoint


def test_before_the_first_start_it_is_one_sentence_and_no_log_is_made(file, tmp_path):
    home = tmp_path / "never-started"
    env = {**os.environ, "FANGHU_HOME": str(home), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "fanghu.settings"}
    for words in (
        ["import", str(file), "--format", "openssh", "--source", "x"],
        ["search", "x"],
        ["checkpoint"],
        ["key"],
        ["prove", "0"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "fanghu.cli", "log", *words],
            env={**env, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == Exit.CANNOT
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("FH-")
    assert not (home / "log").exists()
