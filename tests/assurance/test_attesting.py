"""Documents: given, approved by a second person, standing, refused where something is measured, ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fanghu.approvals import actions as approvals
from fanghu.assurance import actions, attesting, reading, relieving
from fanghu.assurance.documents import LARGEST, Kept, keep, path_of
from fanghu.assurance.models import Attestation, ChangedSubject
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from fanghu.testimony import FIRM, Subject
from tests.assurance.conftest import FANGHU, NOW, OFFICE, TRADING, doer, later, say
from tests.assurance.mechanism.facts import Locks

pytestmark = pytest.mark.usefixtures("systems")


@pytest.fixture
def document(settings: Any, tmp_path: Path) -> Kept:
    settings.HOME = tmp_path
    return keep("../報告.pdf", [b"%PDF ", b"shown"])


def ask(cast: Any, document: Kept, duty: str = "7.13", subjects: Any = (OFFICE,), **over: Any) -> Any:
    values: dict[str, Any] = {"starts": date(2026, 11, 1), "ends": date(2027, 10, 31), "claim": "met", **over}
    return attesting.attest(
        duty, list(subjects), "The contract lists every phase.", document, values["starts"], values["ends"],
        claim=values["claim"], by=doer(cast["erin"]), now=values.get("now", NOW),
    )  # fmt: skip


def grant(approval: Any, account: Any, now: Any = NOW) -> Any:
    return approvals.decide(approval.pk, True, "seen", by=doer(account), now=now)


def verdict(duty: str, subject: Subject, at: Any = NOW) -> reading.Cell:
    actions.judge([subject], by=KEEPER, now=at)
    (cell,) = reading.cells(None, at, subject=subject, duties=[duty])
    return cell


def test_one_document_stands_for_two_systems_after_a_second_person(cast: Any, document: Kept, mechanism: Any) -> None:
    approval = ask(cast, document, subjects=[OFFICE, TRADING])
    assert verdict("7.13", OFFICE).verdict == "unknown"
    with pytest.raises(Fault):
        grant(approval, cast["erin"])
    grant(approval, cast["bob"])
    assert set(ChangedSubject.objects.values_list("subject", flat=True)) == {"system:office", "system:trading"}
    for subject in (OFFICE, TRADING):
        cell = verdict("7.13", subject)
        assert (cell.verdict, cell.proof, cell.target_proof) == ("met", ("attested",), ("attested",))
    assert "報告.pdf" in cell.because[0]
    assert verdict("7.13", FANGHU).verdict == "unknown"


def test_it_expires_at_the_end_of_its_day_in_taipei_even_if_nobody_judges(
    cast: Any, document: Kept, mechanism: Any
) -> None:
    grant(ask(cast, document, ends=date(2026, 11, 23)), cast["bob"])
    cell = verdict("7.13", OFFICE)
    assert cell.fresh_until.isoformat() == "2026-11-24T00:00:00+08:00" or cell.fresh_until == later(hours=14)
    assert reading.cells(None, later(hours=14, seconds=1), subject=OFFICE, duties=["7.13"])[0].verdict == "unknown"
    assert verdict("7.13", OFFICE, later(hours=15)).code == "attestation_expired"
    assert [row.duty for row in reading.expiring(NOW)] == ["7.13"]


def test_where_a_provider_stands_no_document_can_even_while_it_is_stopped(
    cast: Any, document: Kept, mechanism: Any
) -> None:
    say(mechanism, Locks, OFFICE)
    with pytest.raises(Fault, match="FH-ASR-21"):
        ask(cast, document, "6.5")
    assert verdict("6.5", OFFICE).code == "no_facts"


def test_a_document_given_before_the_provider_no_longer_stands(cast: Any, document: Kept, mechanism: Any) -> None:
    grant(ask(cast, document, "6.5"), cast["bob"])
    assert verdict("6.5", OFFICE).verdict == "met"
    say(mechanism, Locks, OFFICE, read_at=later(hours=1))
    assert verdict("6.5", OFFICE, later(hours=1)).verdict == "unknown"


def test_an_honest_gap_is_not_met(cast: Any, document: Kept, mechanism: Any) -> None:
    grant(ask(cast, document, claim="not_met"), cast["bob"])
    assert verdict("7.13", OFFICE).code == "attested_gap"


def test_a_revision_replaces_once_it_takes_effect(cast: Any, document: Kept, mechanism: Any) -> None:
    grant(ask(cast, document), cast["bob"])
    newer = keep("v2.pdf", [b"v2"])
    grant(ask(cast, newer, starts=date(2026, 12, 1), ends=date(2027, 11, 30), claim="not_met"), cast["bob"])
    assert Attestation.objects.filter(state="standing").count() == 2
    assert verdict("7.13", OFFICE).verdict == "met"
    assert verdict("7.13", OFFICE, later(days=10)).verdict == "not_met"
    grant(ask(cast, document, now=later(days=11)), cast["bob"], later(days=11))
    assert sorted(Attestation.objects.values_list("state", "revision")) == [
        ("replaced", 1), ("replaced", 2), ("standing", 3)
    ]  # fmt: skip


def test_a_file_changed_on_the_disk_lets_the_request_lapse(cast: Any, document: Kept, mechanism: Any) -> None:
    approval = ask(cast, document)
    path_of(document.hash).write_bytes(b"%PDF other")
    assert grant(approval, cast["bob"]).state == "lapsed"
    assert Attestation.objects.get().state == "refused"


def test_a_document_gone_from_the_disk_proves_nothing(cast: Any, document: Kept, mechanism: Any) -> None:
    grant(ask(cast, document), cast["bob"])
    path_of(document.hash).unlink()
    assert verdict("7.13", OFFICE).code == "document_missing"


def test_withdrawn_it_is_unknown_again(cast: Any, document: Kept, mechanism: Any) -> None:
    grant(ask(cast, document), cast["bob"])
    row = Attestation.objects.get()
    with pytest.raises(Fault, match="FH-ASR-27"):
        attesting.withdraw(str(row.pk), "  ", by=doer(cast["erin"]), now=NOW)
    attesting.withdraw(str(row.pk), "The contract ended.", by=doer(cast["erin"]), now=NOW)
    assert verdict("7.13", OFFICE).verdict == "unknown"
    with pytest.raises(Fault, match="FH-ASR-26"):
        attesting.withdraw(str(row.pk), "again", by=doer(cast["erin"]), now=NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subjects": ()}, "FH-ASR-20"),
        ({"subjects": (FIRM,)}, "FH-ASR-22"),
        ({"duty": "5.8"}, "FH-ASR-22"),
        ({"starts": date(2027, 1, 2), "ends": date(2027, 1, 1)}, "FH-ASR-23"),
        ({"starts": date(2026, 1, 1), "ends": date(2026, 11, 22)}, "FH-ASR-23"),
        ({"starts": date(2026, 11, 1), "ends": date(2027, 11, 2)}, "FH-ASR-24"),
        ({"claim": "perfect"}, "FH-ASR-25"),
        ({"duty": "3.99"}, "FH-ASR-01"),
    ],
)
def test_what_cannot_stand_is_refused(
    cast: Any, document: Kept, mechanism: Any, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Fault, match=code):
        ask(cast, document, **change)
    assert not Attestation.objects.exists()


def test_documents_are_kept_by_hash_and_bounded(document: Kept) -> None:
    assert (document.name, document.size) == ("報告.pdf", 10)
    assert path_of(document.hash).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Fault, match="FH-ASR-12"):
        keep("empty", [])
    with pytest.raises(Fault, match="FH-ASR-11"):
        keep("big", (b"\0" * 2**20 for _ in range(LARGEST // 2**20 + 1)))
    assert [path.name for path in path_of(document.hash).parent.parent.glob("**/.draft*")] == []


def test_a_tightened_number_is_loosened_only_by_two(cast: Any, document: Kept, mechanism: Any) -> None:
    with pytest.raises(Fault, match="FH-LAW-14"):
        actions.tighten("6.5", "max_failures", 4, by=doer(cast["erin"]), now=NOW)
    actions.tighten("6.5", "max_failures", 1, by=doer(cast["erin"]), now=NOW)
    with pytest.raises(Fault, match="FH-LAW-14"):
        actions.tighten("6.5", "max_failures", 2, by=doer(cast["erin"]), now=NOW)
    say(mechanism, Locks(3))
    assert verdict("6.5", FANGHU).verdict == "not_met"
    approval = relieving.ask_loosening("6.5", "max_failures", by=doer(cast["erin"]), now=NOW)
    assert verdict("6.5", FANGHU, later(seconds=1)).verdict == "not_met"
    grant(approval, cast["bob"])
    assert verdict("6.5", FANGHU, later(seconds=2)).verdict == "met"


def relief(cast: Any, document: Kept, kind: str = "physical_substitute", duty: str = "8.1", until: Any = None) -> Any:
    return relieving.ask_relief(
        duty, OFFICE, kind, {}, "A sealed conduit.", "The line runs inside one room.", document,
        until or date(2027, 5, 1), by=doer(cast["erin"]), now=NOW,
    )  # fmt: skip


def test_relief_lies_beside_the_verdict_and_ends(cast: Any, document: Kept, mechanism: Any) -> None:
    approval = relief(cast, document)
    assert verdict("8.1", OFFICE).relief is None
    grant(approval, cast["bob"])
    cell = verdict("8.1", OFFICE)
    assert (cell.verdict, cell.relief and cell.relief.until) == ("unknown", "2027-05-01")
    after_end = reading.cells(None, later(days=200), subject=OFFICE, duties=["8.1"])[0]
    assert after_end.relief is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "same_group"}, "FH-ASR-30"),
        ({"kind": "foreign_standard", "duty": "6.5"}, "FH-ASR-31"),
        ({"until": date(2027, 11, 24)}, "FH-ASR-33"),
        ({"until": date(2026, 11, 22)}, "FH-ASR-33"),
    ],
)
def test_relief_that_is_not_open_is_refused(cast: Any, document: Kept, mechanism: Any, change: Any, code: str) -> None:
    with pytest.raises(Fault, match=code):
        relief(cast, document, **change)
