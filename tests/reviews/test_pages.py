"""The pages of reviews as bob, carol and alice see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from fanghu.auditlog.actions import deliver, import_file, open_log
from fanghu.auditlog.order import Order
from fanghu.auditlog.reading import events
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER, Doer
from fanghu.register.actions import register_system, register_system_one
from fanghu.reviews.actions import sign_day
from fanghu.reviews.gathering import gather
from fanghu.reviews.models import DayReview, Finding, PeriodReview
from fanghu.reviews.standing import day_of, taipei_date
from tests.reviews.conftest import GATE, House

DAY = timedelta(days=1)


def noon(days: int) -> datetime:
    """Noon in Taipei so many days ago."""
    return datetime.combine(timezone.localdate() - days * DAY, time(4), UTC)


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def lately(cast, settings, tmp_path) -> House:
    """Three days until now; alice worked on the first."""
    settings.HOME = tmp_path
    begin = noon(3)
    open_log(begin)
    register_system_one(begin)
    house = House(cast, tmp_path)
    house.does("alice", "account.created", begin + timedelta(minutes=1), object_="account:x")
    return house


def test_what_another_system_sends_is_never_shown_as_an_account_of_ours(lately, client_as):
    alice, begin = f"account:{lately.people['alice'].pk}", noon(3)
    register_system(GATE, by=lately.by("erin"), now=begin)
    at = begin.astimezone(ZoneInfo("Asia/Taipei"))
    line = f"{at:%b} {at.day:>2} 12:00:00 gate sudo[1]: {alice} : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls\n"
    (lately.home / "auth.log").write_text(line)
    order = Order(lately.home / "auth.log", "linux-auth", "gate", year=at.year, zone="Asia/Taipei")
    import_file(order, by=KEEPER, now=begin + timedelta(hours=1))
    gather(timezone.now())
    page = text(client_as("bob").get(f"/reviews/gate/{taipei_date(begin)}/"))
    assert alice in page and "Alice" not in page


def test_bob_signs_a_day_and_the_empty_ones(lately, client_as):
    bob, now = client_as("bob"), timezone.now()
    first = taipei_date(noon(3))
    page = text(bob.get("/reviews/"))
    assert "2 days on which no administrator did anything" in page and "3 days to sign" in page
    address = f"/reviews/fanghu/{first}/"
    page = text(bob.get(address))
    assert "Account created" in page and "Alice" in page and "new person" in page and "127.0.0.1" in page
    hidden = re.search(r'name="content_hash" value="(\w{64})"', bob.get(address).content.decode())
    answer = bob.post(
        address + "sign/", {"content_hash": hidden[1], "note": "CHG-1", "finding": "ask alice"}, follow=True
    )
    assert "Signed" in text(answer) and "ask alice" in text(answer)
    empties = re.findall(r'name="day" value="([^"]+)"', bob.get("/reviews/").content.decode())
    assert "2 days signed as empty" in text(bob.post("/reviews/empty/", {"day": empties}, follow=True))
    assert DayReview.objects.count() == 3
    closing = bob.post(f"/reviews/findings/{Finding.objects.get().pk}/close/", {"closing": "asked"}, follow=True)
    assert "The finding is closed" in text(closing)
    noted = bob.post(address + "finding/", {"text": "later thought"}, follow=True)
    assert "later thought" in text(noted)
    deliver(now)
    assert [event.detail["filters"] for _index, event in events("log.searched")][0] == ["from", "source", "to"]


def test_a_day_signed_after_it_was_due_is_told_as_late_for_good(lately, client_as):
    bob, first = client_as("bob"), taipei_date(noon(3))
    assert "later than" not in text(bob.get("/reviews/"))
    standing = day_of("fanghu", first, timezone.now())
    late = timezone.now() + 20 * DAY
    sign_day("fanghu", first, standing.content_hash, by=lately.by("bob"), now=late)
    page = text(bob.get("/reviews/"))
    assert "1 day signed later than it was due" in page and "signed late" in page
    assert "signed late" in text(bob.get(f"/reviews/fanghu/{first}/"))
    assert "1 日逾期簽核" in text(bob.get("/reviews/", headers={"accept-language": "zh-TW"}))


def test_alice_may_not_look_and_carol_may_only_look(lately, client_as):
    first = taipei_date(noon(3))
    assert client_as("alice").get("/reviews/").status_code == 403
    carol = client_as("carol")
    page = carol.get(f"/reviews/fanghu/{first}/")
    assert page.status_code == 200 and "Sign this day" not in text(page)
    assert carol.post(f"/reviews/fanghu/{first}/sign/", {}).status_code == 403
    assert carol.post("/reviews/empty/", {}).status_code == 403
    assert carol.get("/reviews/period/").status_code == 200
    assert carol.post("/reviews/period/", {}).status_code == 403


def test_an_officer_who_is_an_administrator_too_is_told_so(lately, client_as):
    from fanghu.accounts.models import AccountRole

    AccountRole.objects.create(account=lately.people["erin"], role="administrator", granted_at=timezone.now())
    begin = noon(2)
    lately.does("erin", "firm.described", begin)
    page = text(client_as("erin").get(f"/reviews/fanghu/{taipei_date(begin)}/"))
    assert "somebody else must review it" in page and "Sign this day" not in page


def test_who_was_at_the_command_line_is_told_as_claimed(lately, client_as):
    begin = noon(2)
    with transaction.atomic():
        record("register.imported", by=Doer("cli", place="vm uid 0", claimed="wei"), now=begin)
    deliver(begin)
    gather(begin)
    told = "the command line, as wei (claimed)"
    page = text(client_as("bob").get(f"/reviews/fanghu/{taipei_date(begin)}/"))
    assert told in page and "vm uid 0" in page
    assert f"{told} imported into the register" in text(client_as("bob").get("/log/?q=type%3Dregister.imported"))


@pytest.mark.parametrize("address", ["fanghu/2026-13-01/", "fanghu/1999-01-01/", "nowhere/2026-11-01/", "fanghu/x/"])
def test_a_day_that_is_none_is_not_found(lately, client_as, address):
    assert client_as("bob").get(f"/reviews/{address}").status_code == 404


def test_what_changed_meanwhile_is_said_in_one_sentence(lately, client_as):
    first = taipei_date(noon(3))
    answer = client_as("bob").post(f"/reviews/fanghu/{first}/sign/", {"content_hash": "0" * 64})
    assert answer.status_code == 400 and "FH-REV-02" in text(answer)
    assert "FH-REV-04" in text(client_as("bob").post("/reviews/empty/", {}))


def test_the_periodic_review_is_signed_from_its_page(lately, client_as):
    bob, today = client_as("bob"), taipei_date(timezone.now())
    bob.get("/log/", {"q": "type=signin.failed"})
    deliver(timezone.now())
    given = {"systems": ["fanghu"], "since": today - 7 * DAY, "until": today, "looked_at": "failed sign-ins"}
    answer = bob.post("/reviews/period/", given, follow=True)
    assert "The periodic review is signed" in text(answer) and "1 search of the log" in text(answer)
    assert PeriodReview.objects.get().systems == ["fanghu"]
    late = {**given, "until": today + DAY}
    assert "FH-REV-11" in text(bob.post("/reviews/period/", late))


def test_who_may_not_sign_the_periodic_review_is_refused_and_that_is_told(lately, client_as):
    carol, today = client_as("carol"), timezone.localdate()
    given = {"systems": ["fanghu"], "since": today - 7 * DAY, "until": today, "looked_at": "failed sign-ins"}
    assert carol.get("/reviews/period/").status_code == 200
    answer = carol.post("/reviews/period/", given)
    assert answer.status_code == 403 and "FH-REV-13" in text(answer)
    assert not PeriodReview.objects.exists()
    deliver(timezone.now())
    assert [told.object for _index, told in events("access.refused")] == ["page:review_period"]


def test_my_work_names_what_waits_for_a_reviewer_only(lately, client_as):
    gather(timezone.now())
    assert "Reviews of the log that wait" in text(client_as("bob").get(reverse("my_work")))
    assert "Reviews of the log that wait" not in text(client_as("carol").get(reverse("my_work")))


def test_in_traditional_chinese(lately, client_as):
    first = taipei_date(noon(3))
    bob = client_as("bob")
    for address in ("/reviews/", f"/reviews/fanghu/{first}/", "/reviews/period/"):
        page = text(bob.get(address, headers={"accept-language": "zh-hant"}))
        assert "簽核" in page and "Sign" not in page
    assert day_of("fanghu", first, timezone.now()) is not None
