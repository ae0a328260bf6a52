"""Three months at the sample firm, told day by day through the product's own actions, each at its time."""

from __future__ import annotations

import random
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from fanghu.access.conditions import KEY as USE_KEY
from fanghu.access.conditions import SHIPPED
from fanghu.accounts import actions as accounts
from fanghu.accounts.password_changes import change_password
from fanghu.approvals import actions as approvals
from fanghu.assurance import actions as assurance
from fanghu.assurance import attesting, relieving
from fanghu.assurance.documents import keep
from fanghu.assurance.law import in_force
from fanghu.assurance.rules import latest_end
from fanghu.auditlog import actions as auditlog
from fanghu.auditlog import checkpoints
from fanghu.auditlog.order import Order
from fanghu.demo import reviewing, sending, sshd
from fanghu.demo.firm import CAST, FIRM, GAPS, INVENTORY, SHORT, SYSTEMS, USE, USE_DEFINED, WAVES, Player
from fanghu.events.doer import KEEPER, Doer
from fanghu.register import actions as register
from fanghu.register import imports
from fanghu.register.defining import ask_to_confirm_defaults, ask_to_define_all
from fanghu.regulation import Duty
from fanghu.signin.factor import new_seed, set_factor
from fanghu.testimony import Subject

TAIPEI = ZoneInfo("Asia/Taipei")
WEEKS = 13
OFFICE = "192.0.2.20"
SHORTEST = timedelta(days=25)


@dataclass(slots=True)
class Story:
    """What is remembered while the days go by; ``end`` is the day the story leads up to."""

    end: datetime
    rng: random.Random
    doers: dict[str, Doer] = field(default_factory=dict)
    papers: dict[str, set[str]] = field(default_factory=dict)
    waiting: list[tuple[datetime, str, str]] = field(default_factory=list)

    def days(self) -> Iterator[date]:
        """Every day of the story, Taipei's."""
        last = self.end.astimezone(TAIPEI).date()
        for back in range(WEEKS * 7, -1, -1):
            yield last - timedelta(days=back)

    def decide_later(self, approval: Any, who: str, at: datetime) -> None:
        """Let ``who`` approve when the story comes to ``at``."""
        self.waiting.append((at, str(approval.pk), who))

    def decide_due(self, now: datetime) -> None:
        """Approve what its second person has come to by now."""
        due = sorted(entry for entry in self.waiting if entry[0] <= now)
        self.waiting = [entry for entry in self.waiting if entry[0] > now]
        for at, approval, who in due:
            approvals.decide(approval, True, "", by=self.doers[who], now=at)
            auditlog.deliver(at)


def tell(end: datetime, *, said: Callable[[str], object] = id) -> None:
    """Tell the story up to ``end`` (now); ``said`` hears how far it is. Everything goes through actions and the log."""
    story = Story(end, random.Random(20_221_230))  # noqa: S311 - made-up data, the same every time
    days = list(story.days())
    for number, day in enumerate(days):
        _day(story, number, day)
        reviewing.review(story.doers, number, min(at(day, "17:40"), end))
        now = min(at(day, "23:30"), end)
        sending.send(story.doers, number, day, now)
        story.decide_due(now)
        assurance.judge(None, by=KEEPER, now=now)
        auditlog.deliver(now)
        if number % 7 == 0:
            said(f"{day}")
    auditlog.seal_now(wait=True)


def at(day: date, hour: str) -> datetime:
    """That hour of the day in Taipei, as UTC."""
    return datetime.combine(day, time.fromisoformat(hour), TAIPEI).astimezone(UTC)


def _day(story: Story, number: int, day: date) -> None:
    week, weekday = divmod(number, 7)
    if number == 0:
        _open(story, day)
    elif number == 1:
        _describe(story, day)
    elif number == 2:
        _register(story, day)
    for wave in WAVES:
        if (wave.week, 2) == (week, weekday):
            _papers(story, at(day, "10:30"), wave.articles, wave.share)
    if number == 10:
        _confirm_defaults(story, at(day, "10:00"))
    if number == 33:
        _conditions(story, at(day, "10:10"))
    if weekday == 6:
        _import_log(story, day)
    if number == 45:
        _new_passwords(story, at(day, "09:20"))
    if number == 60:
        _relief(story, at(day, "15:10"))
    if number in (30, 61, 89):
        erin = story.doers["erin"]
        checkpoints.keep_checkpoint("資安室保險櫃", account=erin.account, by=erin, now=at(day, "17:00"))
        auditlog.deliver(at(day, "17:00"))
    if number == WEEKS * 7 - 3:
        _left_waiting(story, at(day, "11:45"))


def _open(story: Story, day: date) -> None:
    """The first start, the administrator, and accounts for the others, each with a password and a factor of their own."""
    morning = at(day, "09:00")
    auditlog.open_log(morning)
    register.register_system_one(morning)
    for minutes, player in enumerate(CAST):
        _account(story, player, morning + timedelta(minutes=10 * (minutes + 1)))


def _account(story: Story, player: Player, now: datetime) -> None:
    maker = story.doers.get("alice", Doer("cli", place="machine"))
    record = {
        "number": player.number, "name": player.name, "department": player.department, "title": player.title
    }  # fmt: skip
    person = register.save_person(None, record, by=maker, now=now)
    account, _given = accounts.create_account(
        person=person.pk,
        name=player.name,
        login_id=player.login_id,
        kind="admin" if player.role == "administrator" else "named",
        roles=[player.role],
        valid_until=None,
        by=maker,
        now=now,
    )
    own = Doer("console", account=str(account.pk), person=str(account.person_id), place=OFFICE)
    story.doers[player.login_id] = own
    change_password(account.pk, _password(), by=own, now=now + timedelta(minutes=2), forced=True)
    _factor(account, own, now + timedelta(minutes=3))
    register.save_person(account.person_id, {"department": player.department, "title": player.title}, by=maker, now=now)


def _password() -> str:
    """A password that nobody knows: the cast comes in by links."""
    return f"{secrets.token_urlsafe(18)}-Aa7"


def _factor(account: Any, by: Doer, now: datetime) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    seed = new_seed()
    set_factor(account, seed, format_hotp_value(hotp_value(seed, int(now.timestamp()) // 30)), by=by, now=now)


def _new_passwords(story: Story, now: datetime) -> None:
    for minutes, doer in enumerate(story.doers.values()):
        then = now + timedelta(minutes=minutes)
        change_password(doer.account, _password(), by=doer, now=then)  # type: ignore[arg-type]
        auditlog.deliver(then)


def _describe(story: Story, day: date) -> None:
    saved = register.describe_firm(FIRM, "首次建檔", by=story.doers["erin"], now=at(day, "10:00"))
    auditlog.deliver(at(day, "10:00"))
    if saved.approval is not None:
        story.decide_later(saved.approval, "alice", at(day, "14:00"))


def _register(story: Story, day: date) -> None:
    erin = story.doers["erin"]
    for values in SYSTEMS:
        _system, saved = register.register_system({**values, "owner": "S-058"}, by=erin, now=at(day, "09:40"))
        if saved.approval is not None:
            story.decide_later(saved.approval, "alice", at(day, "16:00"))
    auditlog.deliver(at(day, "09:40"))
    change = {"admin_over_internet": False, "internet_facing": False, "remote_access": False}
    one = register.change_system("fanghu", change, "僅於內部網路管理。", by=erin, now=at(day, "09:50"))
    if one.approval is not None:
        story.decide_later(one.approval, "alice", at(day, "16:00"))
    auditlog.deliver(at(day, "09:50"))
    imports.import_list("資產清冊", INVENTORY, "0" * 64, by=erin, now=at(day, "13:30"))
    auditlog.deliver(at(day, "13:30"))


def _confirm_defaults(story: Story, now: datetime) -> None:
    asked = ask_to_confirm_defaults("採用出廠預設值。", by=story.doers["erin"], now=now)
    auditlog.deliver(now)
    story.decide_later(asked, "alice", now + timedelta(hours=5))


def _conditions(story: Story, now: datetime) -> None:
    """Conditions of use for most core systems; two of them still wait for theirs."""
    values = {(USE_KEY, f"system:{slug}"): {**SHIPPED, **USE} for slug in USE_DEFINED}
    asked = ask_to_define_all(values, "依各系統作業時間訂定。", by=story.doers["erin"], now=now)
    auditlog.deliver(now)
    story.decide_later(asked, "alice", now + timedelta(hours=26))


def _papers(story: Story, now: datetime, articles: tuple[str, ...], share: int) -> None:
    """Papers for the duties of some articles, on as many of the subjects as ``share`` of ten."""
    first = now.astimezone(TAIPEI).date()
    for duty in in_force(now).duties.values():
        if not duty.id.startswith(articles) or latest_end(first, duty.cadence) < first + SHORTEST:
            continue  # daily work is counted, not written down in a paper
        had = story.papers.setdefault(duty.id, set())
        subjects = [
            subject
            for subject in attesting.attestable(duty, now)
            if str(subject) not in had
            and str(subject) != "system:fanghu"
            and (story.rng.random() * 10 < share or (duty.id, subject.slug) in GAPS)
        ]
        gaps = [subject for subject in subjects if (duty.id, subject.slug) in GAPS]
        for gap in gaps:
            _paper(story, duty, [gap], now, GAPS[duty.id, gap.slug], "not_met")
        rest = [subject for subject in subjects if subject not in gaps]
        if rest:
            _paper(story, duty, rest, now, _statement(duty, now, len(rest)), "met")
        had.update(map(str, subjects))
    auditlog.deliver(now)


def _paper(story: Story, duty: Duty, subjects: list[Subject], now: datetime, statement: str, claim: str) -> None:
    first = now.astimezone(TAIPEI).date()
    last = min(first + timedelta(days=SHORT.get(duty.id, 300)), latest_end(first, duty.cadence))
    text = f"示範文件\n{duty.id} {duty.title.zh_hant}\n{statement}\n"
    document = keep(f"{duty.id}-{duty.title.zh_hant}.txt", [text.encode()])
    asked = attesting.attest(
        duty.id, subjects, statement, document, first, last, claim=claim, by=story.doers["erin"], now=now
    )
    if first < story.end.astimezone(TAIPEI).date() - timedelta(days=6):
        decider = story.rng.choice(["alice", "bob"])
        story.decide_later(asked, decider, now + timedelta(days=story.rng.randint(0, 2), hours=3))


def _statement(duty: Duty, now: datetime, count: int) -> str:
    year = now.astimezone(TAIPEI).year - 1911
    return f"{duty.title.zh_hant}：作業規範第 2 版，{year} 年 {now.month} 月核定，適用 {count} 項，附執行紀錄。"


def _import_log(story: Story, day: date) -> None:
    first = day - timedelta(days=6)
    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        path = Path(folder, f"sshd-{first:%Y%m%d}.log")
        path.write_text(sshd.week(first, story.rng), "utf-8")
        order = Order(path, "openssh", "webtrade", year=first.year)
        auditlog.import_file(order, by=story.doers["erin"], now=min(at(day, "23:00"), story.end))


def _relief(story: Story, now: datetime) -> None:
    """The line to the clearing house lies in a locked duct: physical protection in place of encryption (8.1)."""
    paper = keep("專線路徑圖與照片.txt", ["示範文件\n專線路徑圖、鎖管照片、核定簽呈\n".encode()])
    until = (now + timedelta(days=200)).astimezone(TAIPEI).date()
    asked = relieving.ask_relief(
        "8.1", Subject.system("settle"), "physical_substitute", {}, "專線全程於加鎖管道內，每月巡檢。",
        "結算專線設備不支援加密，預計明年汰換。", paper, until, by=story.doers["erin"], now=now,
    )  # fmt: skip
    auditlog.deliver(now)
    story.decide_later(asked, "alice", now + timedelta(days=1))


def _left_waiting(story: Story, now: datetime) -> None:
    """What still waits for its second person when the story ends."""
    today = timezone.localtime(now).date()
    register.retire_system("voicetrade", today, "併入網路下單系統。", by=story.doers["erin"], now=now)
    auditlog.deliver(now)
