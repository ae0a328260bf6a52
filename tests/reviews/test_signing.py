"""Days are signed by somebody else, bound to what they hold, and asked for again when records come later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from fanghu.auditlog.actions import deliver
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.reviews import actions
from fanghu.reviews.gathering import altered_groups, gather, misfits
from fanghu.reviews.jobs import JOBS
from fanghu.reviews.models import DayReview, DeedGroup, Finding, LogReading, SourceDay
from fanghu.reviews.reading import to_do
from fanghu.reviews.standing import day_of, days_of, lines_of, sources_here
from tests.reviews.conftest import FRIDAY, MONDAY, SATURDAY, SUNDAY, THURSDAY, TUESDAY, day

HOUR = timedelta(hours=1)


def standing(moment, now):
    found = day_of("fanghu", day(moment), now)
    assert found is not None
    return found


def signs(house, moment, now, who="bob", **more):
    shown = standing(moment, now).content_hash
    return actions.sign_day("fanghu", day(moment), shown, by=house.by(who), now=now, **more)


def test_what_an_administrator_did_is_read_from_the_log_and_grouped(house, works):
    works(house, THURSDAY + HOUR)
    house.does("bob", "log.searched", THURSDAY + 2 * HOUR)
    held = standing(THURSDAY, FRIDAY)
    assert (held.records, held.state, held.due_on) == (3, "open", day(FRIDAY))
    lines = lines_of(held)
    assert [(line.type, line.kind, line.times) for line in lines] == [
        ("account.created", "account", 2), ("system.changed", "system", 1)
    ]  # fmt: skip
    assert lines[0].first_at == THURSDAY + HOUR and lines[0].last_at == THURSDAY + HOUR + timedelta(minutes=3)
    assert day_of("fanghu", day(THURSDAY), THURSDAY) is None, "a day that is not over is not signed"


def test_a_reviewer_signs_and_one_event_tells_what_it_binds_to(house, works):
    works(house, THURSDAY + HOUR)
    row = signs(house, THURSDAY, FRIDAY, note="CHG-12")
    assert (row.records, row.groups, row.part, row.due_on) == (3, 2, 1, day(FRIDAY))
    assert standing(THURSDAY, FRIDAY).state == "signed"
    told = [bytes(each.body) for each in OutboxEvent.objects.filter(sealed_at=None)]
    assert len(told) == 1 and b"review.day_signed" in told[0]
    assert row.content_hash.encode() in told[0] and row.logs[0][2].encode() in told[0]
    assert b"reviews.dayreview" in told[0], "the row's digest is sealed with the deed"
    with pytest.raises(Fault, match="FH-REV-04"):
        signs(house, THURSDAY, FRIDAY)


def test_who_did_it_does_not_review_it(house, works):
    works(house, THURSDAY + HOUR)
    for who in ("alice",):
        with pytest.raises(Fault, match="FH-REV-03"):
            signs(house, THURSDAY, FRIDAY, who)
    second = type(house.people["alice"]).objects.create(
        login_id="alice2", person=house.people["alice"].person, created_at=THURSDAY
    )
    other = Doer("console", account=str(second.pk), person=str(second.person_id))
    with pytest.raises(Fault, match="FH-REV-03"):
        actions.sign_day("fanghu", day(THURSDAY), standing(THURSDAY, FRIDAY).content_hash, by=other, now=FRIDAY)
    with pytest.raises(Fault, match="FH-REV-09"):
        actions.sign_day(
            "fanghu", day(THURSDAY), standing(THURSDAY, FRIDAY).content_hash, by=Doer("cli"), now=FRIDAY
        )  # fmt: skip
    assert not DayReview.objects.exists()


def test_a_sign_off_binds_to_what_the_page_showed(house, works):
    works(house, THURSDAY + HOUR)
    shown = standing(THURSDAY, FRIDAY).content_hash
    house.does("alice", "account.disabled", THURSDAY + 5 * HOUR, sealed=FRIDAY)
    with pytest.raises(Fault, match="FH-REV-02"):
        actions.sign_day("fanghu", day(THURSDAY), shown, by=house.by("bob"), now=FRIDAY)


def test_records_that_come_later_open_a_signed_day_again(house, works):
    works(house, THURSDAY + HOUR)
    signs(house, THURSDAY, FRIDAY)
    house.does("alice", "account.disabled", THURSDAY + 5 * HOUR, sealed=SUNDAY)
    held = standing(THURSDAY, MONDAY)
    assert (held.state, held.late, held.due_on) == ("late", 1, day(MONDAY)), "due after they came, not before"
    assert not held.overdue(day(MONDAY)) and held.overdue(day(TUESDAY))
    row = signs(house, THURSDAY, MONDAY)
    assert (row.part, row.late, row.records) == (2, 1, 4)
    assert standing(THURSDAY, MONDAY).state == "signed"


def test_days_without_a_deed_are_signed_in_one_go_and_no_other_day_is(house, works):
    works(house, FRIDAY)
    chosen = [("fanghu", day(SATURDAY)), ("fanghu", day(SUNDAY))]
    with pytest.raises(Fault, match="FH-REV-05"):
        actions.sign_empty([*chosen, ("fanghu", day(FRIDAY))], by=house.by("bob"), now=MONDAY)
    with pytest.raises(Fault, match="FH-REV-01"):
        actions.sign_empty([("fanghu", day(MONDAY))], by=house.by("bob"), now=MONDAY)
    with pytest.raises(Fault, match="FH-REV-01"):
        actions.sign_empty([("nowhere", day(SUNDAY))], by=house.by("bob"), now=MONDAY)
    assert not DayReview.objects.exists()
    assert actions.sign_empty(chosen, by=house.by("bob"), now=MONDAY) == 2
    states = [each.state for each in days_of(sources_here(), MONDAY)["fanghu"]]
    assert states == ["open", "open", "signed", "signed"]
    house.does("alice", "account.disabled", SUNDAY + HOUR, sealed=MONDAY)
    assert standing(SUNDAY, TUESDAY).state == "late"


def test_every_calendar_day_is_asked_for_and_weekends_roll_to_monday(house):
    found = days_of(sources_here(), TUESDAY)["fanghu"]
    assert [each.day for each in found] == [day(each) for each in (THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY)]
    assert [each.due_on for each in found] == [day(each) for each in (FRIDAY, MONDAY, MONDAY, MONDAY, TUESDAY)]
    assert [each.overdue(day(TUESDAY)) for each in found] == [True, True, True, True, False]
    [waiting] = to_do(TUESDAY)
    assert (waiting.days, waiting.overdue, waiting.oldest) == (5, 4, day(THURSDAY))


def test_a_finding_stays_open_until_somebody_says_what_was_done(house, works):
    works(house, THURSDAY + HOUR)
    signs(house, THURSDAY, FRIDAY, finding="No change request for account x")
    noted = Finding.objects.get()
    with pytest.raises(Fault, match="FH-REV-07"):
        actions.close_finding(noted.pk, " ", by=house.by("erin"), now=MONDAY)
    with pytest.raises(Fault, match="FH-REV-03"):  # who did what it is about
        actions.close_finding(noted.pk, "nothing wrong with it", by=house.by("alice"), now=MONDAY)
    actions.close_finding(noted.pk, "CHG-13 was filed late", by=house.by("erin"), now=MONDAY)
    with pytest.raises(Fault, match="FH-REV-08"):
        actions.close_finding(noted.pk, "again", by=house.by("erin"), now=MONDAY)
    actions.note_finding("fanghu", day(THURSDAY), "One more", by=house.by("bob"), now=MONDAY)
    assert [each.text for each in Finding.objects.filter(closed_at=None)] == ["One more"]
    with pytest.raises(Fault, match="FH-REV-06"):
        actions.note_finding("fanghu", day(THURSDAY), "", by=house.by("bob"), now=MONDAY)


def test_what_is_unlike_the_thirty_days_before_comes_first(house, works):
    works(house, THURSDAY + HOUR)
    works(house, FRIDAY + HOUR)
    house.does("alice", "account.disabled", FRIDAY + 10 * HOUR, object_="account:x")
    first, *rest = lines_of(standing(FRIDAY, MONDAY))
    assert (first.type, first.new) == ("account.disabled", {"type", "hour"})
    assert all(not line.new for line in rest)
    assert {frozenset(line.new) for line in lines_of(standing(THURSDAY, MONDAY))} == {frozenset({"actor"})}


def test_reading_stops_and_goes_on_without_counting_anything_twice(house, works):
    works(house, THURSDAY + HOUR)
    before = [(row.source, row.day, row.records, row.digest) for row in SourceDay.objects.all()]
    assert gather(FRIDAY) == 0
    LogReading.objects.all().delete()  # nothing stands for it any more: read anew
    while gather(FRIDAY, limit=2):
        pass
    assert [(row.source, row.day, row.records, row.digest) for row in SourceDay.objects.all()] == before
    assert misfits() == 0


def test_the_keeper_reads_on(house, works):
    works(house, THURSDAY + HOUR)
    LogReading.objects.all().delete()
    [job] = JOBS
    assert job.run(FRIDAY) == 0
    assert LogReading.objects.get().read_at == FRIDAY and standing(THURSDAY, FRIDAY).records == 3
    job.run(FRIDAY + HOUR)
    assert LogReading.objects.get().read_at == FRIDAY + HOUR, "looked again, and nothing was new"


@pytest.mark.parametrize("model", [SourceDay, LogReading])
def test_a_row_altered_by_hand_is_found_and_made_anew_from_the_log(house, works, model):
    works(house, THURSDAY + HOUR)
    model.objects.update(records=1)
    assert misfits() > 0
    house.does("alice", "account.disabled", THURSDAY + 5 * HOUR)
    assert misfits() == 0
    assert standing(THURSDAY, FRIDAY).records == 4


def test_a_deed_hidden_by_hand_is_found(house, works):
    works(house, THURSDAY + HOUR)
    wanted = [("fanghu", day(THURSDAY))]
    assert altered_groups(wanted) == 0
    DeedGroup.objects.filter(type="system.changed").update(type="log.searched")
    assert altered_groups(wanted) == 1
    DeedGroup.objects.all().delete()
    assert altered_groups(wanted) == 1


def test_who_is_an_administrator_is_told_by_the_log(house):
    from fanghu.accounts.actions import change_roles

    carol = house.people["carol"]
    house.does("carol", "log.searched", THURSDAY)
    change_roles(carol.pk, ["administrator"], by=house.by("alice"), now=THURSDAY + HOUR)
    house.does("carol", "person.changed", THURSDAY + 2 * HOUR)
    change_roles(carol.pk, ["auditor"], by=house.by("alice"), now=THURSDAY + 3 * HOUR)
    house.does("carol", "person.added", THURSDAY + 4 * HOUR)
    theirs = DeedGroup.objects.filter(actor=f"account:{carol.pk}")
    assert set(theirs.values_list("type", flat=True)) == {"person.changed"}


def test_the_command_line_is_grouped_by_whom_it_claims_and_held_against_them(house):
    for claimed, minutes in (("wei", 0), ("wei", 1), ("Bob", 2), ("", 3)):
        with transaction.atomic():
            record("account.created", by=Doer("cli", place="host uid 0", claimed=claimed), object_="account:x",
                   now=THURSDAY + timedelta(minutes=minutes))  # fmt: skip
    deliver(THURSDAY + HOUR)
    gather(THURSDAY + HOUR)
    lines = {line.actor: line.times for line in lines_of(standing(THURSDAY, FRIDAY))}
    assert lines == {"cli:wei": 2, "cli:Bob": 1, "cli": 1}
    with pytest.raises(Fault, match="FH-REV-03"):
        signs(house, THURSDAY, FRIDAY)  # bob's login id is claimed
    row = signs(house, THURSDAY, FRIDAY, "erin")
    assert row.records == 4
