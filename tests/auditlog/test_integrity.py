"""What the log testifies about itself, and that tampering does not stay hidden."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta

import pytest

from fanghu.auditlog.actions import deliver, import_file, places
from fanghu.auditlog.checkpoints import keep_checkpoint, present_checkpoint
from fanghu.auditlog.collectors import PROVIDERS
from fanghu.auditlog.facts import LogFields, LogIntegrity
from fanghu.auditlog.models import KeptCheckpoint
from fanghu.auditlog.order import Order
from fanghu.auditlog.reading import checkpoint_text, state
from fanghu.auditlog.tampering import UNTOUCHED, try_on_copy, try_rewriting
from fanghu.auditlog.verification import verify
from fanghu.events.doer import KEEPER
from fanghu.keys import log_keys
from fanghu.testimony import FIRM, Scope, Subject
from fanghu.tlog.verify import verify_folder
from tests.auditlog.conftest import NOW
from tests.auditlog.sample import SAMPLE

ONE, GATE = Subject.system("fanghu"), Subject.system("gate")


def told(kind, *subjects):
    return PROVIDERS[kind](Scope(NOW, frozenset(subjects)))


@pytest.fixture
def filled(own_log, deed, tmp_path):
    for number in range(300):
        deed(object_=f"thing:{number}")
    deliver(NOW)
    return own_log


def test_every_kind_of_tampering_is_found_and_the_log_is_left_alone(filled, tmp_path):
    before = {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()}
    keys = [log_keys.pinned(places().public_key)]
    work = tmp_path / "work"
    work.mkdir()
    for seed in range(15):
        outcomes = try_on_copy(filled, keys, random.Random(seed), work)
        assert outcomes[0] == (UNTOUCHED, True)
        assert len(outcomes) == 17  # thrice each of four kinds of files, one added, two records, another key
        assert [str(done) for done, found in outcomes if not found] == [], seed
    assert {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()} == before
    assert not list(work.iterdir())


def test_a_verifier_that_sees_nothing_would_fail_the_try(filled, tmp_path):
    """With a key that did not sign the log nothing verifies, and the untouched copy gives that away."""
    other = log_keys.Verifier.parse(log_keys.new_key("fanghu/log/other")[1])
    assert try_on_copy(filled, [other], random.Random(1), tmp_path / "w")[0] == (UNTOUCHED, False)


def test_root_can_rewrite_and_sign_again_and_only_a_kept_checkpoint_finds_it(filled, tmp_path, deed):
    kept = checkpoint_text().encode()
    deed()
    deliver(NOW)
    _what, found = try_rewriting(filled, log_keys.signing(places()), tmp_path, kept)
    assert found


def test_the_facts_of_4_11_from_first_start_to_a_log_put_back(own_log, deed, tmp_path):
    [testimony] = told(LogIntegrity, ONE, GATE, FIRM).values()
    assert testimony.facts is None
    assert "first entry" in str(testimony.why_none)
    deed()
    deliver(NOW)
    facts = told(LogIntegrity, ONE)[ONE].facts
    assert (facts.verified_at, facts.kept_at, facts.finding) == (None, None, "")
    verify(by=KEEPER, now=NOW)
    deliver(NOW)
    keep_checkpoint("safe", account=None, by=KEEPER, now=NOW + timedelta(hours=1))
    facts = told(LogIntegrity, ONE)[ONE].facts
    assert (facts.verified_ok, facts.verified_at, facts.kept_where, facts.kept_consistent) == (True, NOW, "safe", True)
    assert facts.finding == ""
    assert state().kept_fresh(NOW + timedelta(days=7))
    assert not state().kept_fresh(NOW + timedelta(days=9))
    assert facts.size >= facts.verified_size == 1
    kept = KeptCheckpoint.objects.get()
    shutil.rmtree(own_log)  # somebody puts a log of the same key in its place
    from fanghu.auditlog.vault import opened

    with opened(places(), create=True) as vault:
        vault.seal(NOW)
    facts = told(LogIntegrity, ONE)[ONE].facts
    assert (facts.kept_consistent, facts.size < facts.verified_size) == (False, True)
    holds, size = present_checkpoint(kept.checkpoint.encode(), by=KEEPER, now=NOW)
    assert (holds, size) == (False, kept.size)
    assert "does not extend" in state().finding
    assert not verify_folder(own_log, keys=[log_keys.pinned(places().public_key)], since=kept.checkpoint.encode()).ok


def test_the_facts_of_4_5_count_what_is_missing(own_log, deed, tmp_path):
    from fanghu.register.models import System

    System.objects.create(slug="gate", name="Gate", kind="other", created_at=NOW, changed_at=NOW)
    mail = System.objects.create(slug="mail", name="Mail", kind="office", hosts=["mx1"], created_at=NOW, changed_at=NOW)
    assert told(LogFields, GATE) == {}
    assert told(LogFields, ONE)[ONE].facts.records == 0
    deed()
    deliver(NOW)
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    import_file(Order(tmp_path / "auth.log", "openssh", "gate"), by=KEEPER, now=NOW)
    for host in (b"mx1", b"unregistered"):  # a source under another name is the system's that owns its host
        (tmp_path / "mail.log").write_bytes(b"Dec 10 06:55:46 %s sshd[1]: Server listening on :: port 22.\n" % host)
        import_file(Order(tmp_path / "mail.log", "openssh", f"relay-{host.decode()}"), by=KEEPER, now=NOW)
    assert told(LogFields, Subject.system(mail.slug))[Subject.system("mail")].facts.records == 1
    facts = told(LogFields, ONE, GATE)
    own, gate = facts[ONE].facts, facts[GATE].facts
    assert (own.records, own.without_type, own.without_time, own.without_place, own.without_identity) == (4, 0, 0, 0, 0)
    assert own.confirmed_at is None and own.added_fields == ()
    assert (gate.records, gate.verbatim, gate.without_type, gate.without_time, gate.without_identity) == (
        13,
        3,
        3,
        3,
        3,
    )


def test_verification_stores_its_outcome_and_first_bad_place(filled):
    assert verify(by=KEEPER, now=NOW).ok
    deliver(NOW)
    some = next(path for path in (filled / "frames").iterdir() if path.name != "tail")
    data = bytearray(some.read_bytes())
    data[40] ^= 1
    some.write_bytes(data)
    report = verify(by=KEEPER, now=NOW)
    assert not report.ok
    assert report.first_bad
    assert state().verified_ok is False
    assert state().troubled
