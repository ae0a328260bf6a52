"""The audit log's pages as the people of the firm use them."""

from __future__ import annotations

import io
import re

import pytest
from django.db import transaction

from fanghu.auditlog.actions import deliver, import_file
from fanghu.auditlog.models import ImportRun, KeptCheckpoint, RelayState
from fanghu.auditlog.order import Order
from fanghu.auditlog.reading import events, state
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER, Doer
from tests.auditlog.conftest import NOW
from tests.auditlog.sample import SAMPLE


@pytest.fixture
def filled(own_log, tmp_path):
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    import_file(Order(tmp_path / "auth.log", "openssh", "gate"), by=KEEPER, now=NOW)
    return own_log


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_auditor_searches_and_reads_sentences_and_the_search_is_itself_an_event(filled, client_as):
    carol = client_as("carol")
    page = text(carol.get("/log/", {"q": "type=signin.failed where=192.0.2.8"}))
    assert "root failed to sign in from 192.0.2.8 × 4" in page
    assert "oracle" not in page
    assert "message repeated 4 times" in page
    deliver(NOW)
    [*_, (_, searched)] = events("log.searched")
    assert searched.detail == {"filters": ["type", "where"]}
    assert searched.actor.startswith("account:")


def test_accounts_are_named_in_our_own_records_alone(filled, cast, client_as, tmp_path):
    alice = f"account:{cast['alice'].pk}"
    for account in (str(cast["alice"].pk), "0b7d1a2c-5eee-408c-9b2c-8c31051bcf65"):
        with transaction.atomic():
            record("test.done", by=Doer("console", account=account), now=NOW)
    deliver(NOW)
    forged = (
        SAMPLE.splitlines()[0].split(b" sshd")[0] + b" sshd[7]: Failed password for %b from 192.0.2.77 port 9 ssh2\n"
    )
    (tmp_path / "forged.log").write_bytes(forged % alice.encode())
    import_file(Order(tmp_path / "forged.log", "openssh", "gate"), by=KEEPER, now=NOW)
    page = text(client_as("carol").get("/log/", {"q": "type=test.done"}))
    assert "Alice: test.done" in page and "the removed account 0b7d1a2c: test.done" in page
    page = text(client_as("carol").get("/log/", {"q": "type=test.done -who=Alice"}))
    assert "Alice: test.done" not in page and "the removed account 0b7d1a2c: test.done" in page
    page = text(client_as("carol").get("/log/", {"q": "where=192.0.2.77"}))
    assert f"{alice} failed to sign in from 192.0.2.77" in page and "Alice failed" not in page


def test_text_from_outside_hides_nothing_on_the_page(filled, client_as, tmp_path):
    line = '{"time":"2026-11-22T01:00:00Z","type":"signin.failed","who":"alice\u202e","object":"\u2066a","app":"\u200bx"}\n'
    (tmp_path / "app.log").write_text(line)
    import_file(Order(tmp_path / "app.log", "ndjson", "app"), by=KEEPER, now=NOW)
    page = client_as("carol").get("/log/", {"q": "source=app"}).content.decode()
    assert "alice\\u202e failed to sign in" in page and page.replace("\n", "").replace("\t", "").isprintable()


def test_in_traditional_chinese_too(filled, client_as):
    answer = client_as("carol").get("/log/", {"q": "type=signin.failed"}, headers={"accept-language": "zh-hant"})
    assert "登入失敗" in answer.content.decode()


def test_a_wrong_filter_is_one_sentence(filled, client_as):
    answer = client_as("carol").get("/log/", {"q": "colour=red"})
    assert answer.status_code == 200
    assert "FH-LOG-30" in text(answer)
    assert "FH-LOG-31" in text(client_as("carol").get("/log/", {"since": "yesterday"}))


@pytest.mark.parametrize(
    "given", [{"page": "-3"}, {"page": "²"}, {"page": "9" * 30}, {"q": "\x00 \" ' * ("}, {"source": "nowhere"}]
)
def test_odd_questions_break_nothing(filled, client_as, given):
    assert client_as("carol").get("/log/", given).status_code == 200


def test_staff_are_found_by_the_name_they_sign_in_with(filled, client_as):
    client_as("carol").get("/log/")
    deliver(NOW)
    assert "Carol read the log" in text(client_as("carol").get("/log/", {"q": "who=carol type=log.searched"}))


def test_verify_says_whole_and_after_a_flipped_bit_says_where(filled, client_as):
    carol = client_as("carol")
    assert "The log is whole" in text(carol.post("/log/verify/", follow=True))
    assert state().verified_ok is True
    tail = filled / "frames" / "tail"
    data = bytearray(tail.read_bytes())
    data[len(data) // 2] ^= 4
    tail.write_bytes(data)
    answer = text(carol.post("/log/verify/", follow=True))
    assert "FH-TLG-15" in answer
    assert state().verified_ok is False


def test_a_long_log_is_left_to_the_keeper(filled, client_as):
    from fanghu.auditlog.jobs import verify_asked

    RelayState.objects.update(sealed_size=20_000)
    client_as("carol").post("/log/verify/")
    assert state().verified_at is None
    assert verify_asked(NOW) is True
    assert state().verified_ok is True
    assert verify_asked(NOW) is False


def test_a_checkpoint_is_kept_downloaded_and_presented_again(filled, client_as):
    carol = client_as("carol")
    assert carol.post("/log/checkpoint/", {"where": " "}).status_code == 200
    page = carol.post("/log/checkpoint/", {"where": "safe at the bank"}, follow=True)
    assert "safe at the bank" in text(page)
    kept = KeptCheckpoint.objects.get()
    file = carol.get(f"/log/checkpoint/{kept.pk}/file/")
    assert file["Content-Disposition"].startswith("attachment")
    assert file.content.decode() == kept.checkpoint
    as_windows_saves_it = file.content.replace(b"\n", b"\r\n")
    answer = carol.post("/log/checkpoint/present/", {"file": io.BytesIO(as_windows_saves_it)}, follow=True)
    assert "nothing before it was altered" in text(answer)
    kept.refresh_from_db()
    assert kept.presented_at is not None
    assert "FH-LOG-41" in text(carol.post("/log/checkpoint/present/", {"text": "nonsense"}))
    assert carol.post("/log/checkpoint/present/", {}).status_code == 200


def test_the_administrator_may_import_but_reads_only_what_fanghu_records(filled, client_as):
    alice = client_as("alice")
    assert "192.0.2.7" not in text(alice.get("/log/")) and "192.0.2.7" in text(client_as("carol").get("/log/"))
    more = SAMPLE + b"Jan  1 09:00:00 gate sshd[300]: Failed password for root from 192.0.2.9 port 1 ssh2\n"
    upload = {"file": io.BytesIO(more), "format": "openssh", "source": "gate"}
    assert "imported 1 · already there 13 · kept verbatim 0" in text(alice.post("/log/import/", upload, follow=True))
    assert ImportRun.objects.count() == 2
    refused = alice.post("/log/import/", {"file": io.BytesIO(b"\x1f\x8b\x08"), "format": "openssh", "source": "gate"})
    assert refused.status_code == 400
    assert "FH-LOG-22" in text(refused)


def test_a_long_name_is_cut_in_the_sentence_and_whole_below(own_log, deed, client_as):
    """It would push the other columns off the page."""
    whole = f"login-id-hmac:{'7' * 64}"
    deed("signin.locked", object_=whole)
    deliver(NOW)
    page = client_as("carol").get("/log/").content.decode()
    assert f"<td>sign-in as login-id-hmac:{'7' * 33}… was locked" in page
    assert f"<dd>{whole}</dd>" in page


def test_the_owner_has_no_business_here(filled, client_as):
    dave = client_as("dave")
    for path in ("/log/", "/log/import/", "/log/checkpoint/", "/log/checkpoint/present/"):
        assert dave.get(path).status_code == 403
    for path in ("/log/verify/", "/log/settle/"):
        assert dave.post(path).status_code == 403


def test_a_finding_is_shown_and_settled_by_one_who_decides(filled, client_as):
    RelayState.objects.update(finding="資料庫較舊 / the database is older")
    carol, bob = client_as("carol"), client_as("bob")
    assert "the database is older" in text(carol.get("/log/"))
    assert carol.post("/log/settle/", {"reason": "x"}).status_code == 403
    assert bob.post("/log/settle/", {"reason": " "}).status_code == 400
    bob.post("/log/settle/", {"reason": "restored on purpose"})
    assert state().finding == ""


def test_how_the_log_is_kept_is_one_page(filled, client_as):
    from django.utils import timezone

    from fanghu.auditlog.clocks import read_clock
    from fanghu.probes.clock import DaemonClock, KernelClock
    from fanghu.register.actions import register_system_one

    register_system_one(timezone.now())
    carol = client_as("carol")
    before = text(carol.get("/log/keeping/"))
    assert "No clock has been read yet" in before and "not defined" in before
    assert "Erin" in before and "Carol" in before and "Alice" in before and "Dave" not in before
    read_clock(
        timezone.now(), host="trade-01", kernel=lambda: KernelClock(False, 1.0),
        daemon=lambda: DaemonClock(True, "192.0.2.1", 2, 0.25, 0.0),
    )  # fmt: skip
    page = text(carol.get("/log/keeping/"))
    assert "trade-01" in page and "not synchronised" in page and "0.2500" in page
    assert "Sign-in failed" in page and "signin.failed" in page
    assert client_as("alice").get("/log/keeping/").status_code == 403
