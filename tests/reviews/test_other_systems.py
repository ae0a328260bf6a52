"""Records of other systems: privileged kinds and sessions of root, in an import of old days and a log beside ours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps

from fanghu.auditlog.actions import import_file
from fanghu.auditlog.order import Order
from fanghu.auditlog.parsers import openssh
from fanghu.auditlog.record import entry_of_line
from fanghu.auditlog.vault import opened
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces
from fanghu.register.actions import register_system
from fanghu.reviews.actions import sign_day
from fanghu.reviews.collectors import admin_review
from fanghu.reviews.gathering import gather, misfits, unread
from fanghu.reviews.models import DayReview, DeedGroup
from fanghu.reviews.standing import core_systems, day_of, days_of, lines_of
from fanghu.testimony import Scope, Subject
from tests.reviews.conftest import FRIDAY, GATE, MONDAY, THURSDAY, TUESDAY, day

LINES = b"""\
Nov 10 02:15:00 gate sshd[1]: Accepted publickey for root from 192.0.2.5 port 50001 ssh2: ED25519 SHA256:abc
Nov 10 02:15:00 gate sshd[1]: pam_unix(sshd:session): session opened for user root by (uid=0)
Nov 10 02:15:09 gate sshd[2]: Failed password for root from 203.0.113.8 port 40113 ssh2
Nov 10 09:00:00 gate sshd[3]: Accepted publickey for wang from 192.0.2.6 port 50001 ssh2: ED25519 SHA256:abc
"""


def imported(house):
    register_system(GATE, by=house.by("erin"), now=THURSDAY)
    (house.home / "auth.log").write_bytes(LINES)
    import_file(Order(house.home / "auth.log", "openssh", "gate", year=2026), by=KEEPER, now=THURSDAY)
    gather(THURSDAY)


def test_old_days_that_hold_deeds_are_due_after_they_came_in(house):
    imported(house)
    assert unread() == 0
    days = days_of({"gate": core_systems()["gate"]}, MONDAY)["gate"]
    assert [each.day for each in days][:2] == [date(2026, 11, 10), day(THURSDAY)]
    assert days[0].due_on == day(THURSDAY) + timedelta(days=1)
    assert [(line.actor, line.type, line.times) for line in lines_of(days[0])] == [
        ("root", "session.opened", 1), ("root", "signin.succeeded", 1)
    ]  # fmt: skip
    assert not DeedGroup.objects.filter(actor="wang").exists()
    assert day_of("gate", date(2026, 11, 11), MONDAY) is None


def test_a_log_beside_ours_is_read_too_and_belongs_to_the_system_it_was_declared_for(house):
    imported(house)
    apps.get_model("intake", "Source").objects.create(
        name="gate-auth", system=apps.get_model("register", "System").objects.get(slug="gate"), format="openssh",
        declared_at=THURSDAY, changed_at=THURSDAY,
    )  # fmt: skip
    line = LINES.splitlines()[0].replace(b"Nov 10 02:15", b"Nov 19 09:15")
    entry = entry_of_line(b"1" * 16, line, openssh.read(line), FRIDAY, [], "gate-auth", "", FRIDAY)
    (house.home / "logs").mkdir()
    with opened(LogPlaces(house.home, "intake"), create=True) as vault:
        vault.append([entry])
        vault.seal(FRIDAY)
    assert unread() == 1
    gather(FRIDAY)
    held = day_of("gate", day(FRIDAY), MONDAY)
    assert [(part.log, part.source, part.records) for part in held.parts] == [("intake", "gate-auth", 1)]
    assert misfits() == 0


def test_who_sets_a_clock_ahead_is_reviewed_on_the_next_day_all_the_same(house):
    imported(house)
    line = b'{"time":"2099-01-01T00:00:00Z","type":"session.opened","outcome":"success","who":"root","host":"gate"}\n'
    (house.home / "ahead.log").write_bytes(line)
    import_file(Order(house.home / "ahead.log", "ndjson", "gate"), by=KEEPER, now=FRIDAY)
    gather(FRIDAY)
    held = day_of("gate", day(FRIDAY), MONDAY)
    assert held.records == 1 and held.waits and held.due_on == day(MONDAY)
    assert misfits() == 0


def test_the_same_name_elsewhere_is_the_same_person(house):
    imported(house)
    shown = day_of("gate", date(2026, 11, 10), TUESDAY)
    house.people["bob"].login_id = "root"
    house.people["bob"].save()
    with pytest.raises(Fault, match="FH-REV-03"):
        sign_day("gate", shown.day, shown.content_hash, by=house.by("bob"), now=TUESDAY)
    assert sign_day("gate", shown.day, shown.content_hash, by=house.by("erin"), now=TUESDAY).records == 2


def test_what_a_reviewer_did_that_came_after_the_sign_off_is_signed_by_another(house):
    imported(house)
    lent = house.people["bob"]
    lent.login_id = "postgres"  # a name that rules a database elsewhere
    lent.save()

    def own_deeds(now):
        return admin_review(Scope(now, frozenset({Subject.system("gate")})))[Subject.system("gate")].facts.own_deeds

    def shown():
        return day_of("gate", date(2026, 11, 10), TUESDAY)

    sign_day("gate", shown().day, shown().content_hash, by=house.by("bob"), now=TUESDAY)
    assert own_deeds(TUESDAY) == 0
    (house.home / "late.log").write_bytes(LINES.splitlines()[0].replace(b"for root", b"for postgres") + b"\n")
    import_file(Order(house.home / "late.log", "openssh", "gate", year=2026), by=KEEPER, now=TUESDAY)
    gather(TUESDAY)
    assert shown().state == "late" and own_deeds(TUESDAY) == 0
    with pytest.raises(Fault, match="FH-REV-03"):
        sign_day("gate", shown().day, shown().content_hash, by=house.by("bob"), now=TUESDAY)
    sign_day("gate", shown().day, shown().content_hash, by=house.by("erin"), now=TUESDAY)
    assert shown().state == "signed" and own_deeds(TUESDAY) == 0
    DayReview.objects.filter(part=2).update(signed_by=lent, signed_by_person=lent.person)
    assert own_deeds(TUESDAY) == 1


def test_a_log_without_an_entry_stops_nothing(house):
    (house.home / "logs").mkdir()
    with opened(LogPlaces(house.home, "intake"), create=True):
        pass
    assert gather(FRIDAY) == 0 and gather(FRIDAY) == 0
    assert (unread(), misfits()) == (0, 0)
