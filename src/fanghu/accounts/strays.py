"""Every sign-in of the log is matched to a holder or a check-out; what neither explains raises an alarm (6.1).

The log is read on from where it was read to, in its own order. Canaries are explained by the log itself: made by a drill
before the sign-in, and not removed yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from fanghu.accounts.actions import Refused
from fanghu.accounts.models import Account, CheckOut, SignInReading, StraySignIn
from fanghu.accounts.rules import Holding, Span, Stray, why_stray
from fanghu.accounts.runs import run_is_open
from fanghu.auditlog.reading import events_between, state
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.schema import AuditEvent

SIGN_IN = "signin.succeeded"
TYPES = frozenset({SIGN_IN, "canary.made", "canary.removed"})
KINDS: Mapping[str, Literal["made", "bait"]] = {"made": "made", "bait": "bait"}
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in as the log has it; ``canary`` where a drill's account was ``made`` to sign in, or is its ``bait``."""

    index: int
    event: AuditEvent
    account: str
    canary: Literal["", "made", "bait"]


def look(now: datetime) -> int:
    """Read on to what is sealed; return how many strays were found. Safe to run again after a crash: it reads on then."""
    SignInReading.objects.get_or_create(pk=1)
    end, found = state().size, 0
    entries = events_between(SignInReading.objects.get(pk=1).position, end, TYPES)
    while True:
        chunk = list(islice(entries, CHUNK))
        found += _take(chunk, chunk[-1][0] + 1 if len(chunk) == CHUNK else end, now)
        if len(chunk) < CHUNK:
            return found


def _take(chunk: list[tuple[int, AuditEvent]], end: int, now: datetime) -> int:
    """Match one stretch of the log and move on, in one transaction."""
    with transaction.atomic():
        reading = SignInReading.objects.select_for_update().get(pk=1)
        fresh = [(index, event) for index, event in chunk if index >= reading.position]
        sign_ins = list(_sign_ins(fresh, reading.canaries))
        known = set(
            StraySignIn.objects.filter(log_index__in=[each.index for each in sign_ins]).values_list(
                "log_index", flat=True
            )
        )
        strays = [(each, why) for each, why in _unexplained(sign_ins) if each.index not in known]
        for sign_in, why in strays:
            _alarm(sign_in, why, now)
        reading.position, reading.read_at = max(end, reading.position), now
        reading.sign_ins += len(sign_ins)
        reading.save()
    return len(strays)


def _sign_ins(entries: Iterable[tuple[int, AuditEvent]], canaries: dict[str, str]) -> Iterator[SignIn]:
    """The sign-ins among ``entries``; ``canaries`` (id to kind and run) is kept up with those made and removed."""
    for index, event in entries:
        name = event.object.removeprefix("account:")
        if event.type == "canary.made" and event.run:
            canaries[name] = f"{'made' if event.detail.get('signs_in', True) else 'bait'} {event.run}"
        elif event.type == "canary.removed":
            for gone in [name for name, kept in canaries.items() if kept.endswith(f" {event.run}")]:
                del canaries[gone]
        elif event.type == SIGN_IN:
            kind, _space, run = canaries.get(name, "").partition(" ")
            yield SignIn(index, event, name, KINDS.get(kind, "") if run == event.run else "")


def _unexplained(sign_ins: list[SignIn]) -> Iterator[tuple[SignIn, Stray]]:
    held = _holdings({sign_in.account for sign_in in sign_ins if not sign_in.event.run})
    for sign_in in sign_ins:
        if sign_in.canary == "made":
            continue
        why: Stray | None
        if sign_in.event.run:  # it calls itself a canary, and no open run made it to sign in
            why = "canary"
        else:
            why = why_stray(sign_in.event.time, taipei_date(sign_in.event.time), held.get(sign_in.account))
        if why is not None:
            yield sign_in, why


def _holdings(names: set[str]) -> dict[str, Holding]:
    """Whose the accounts with these ids are; two queries."""
    ids = [UUID(name) for name in names if is_uuid(name)]
    spans: dict[UUID, list[Span]] = {}
    lent = CheckOut.objects.filter(account__in=ids, from_at__isnull=False)
    for account_id, begins, until, ended in lent.values_list("account_id", "from_at", "until", "ended_at"):
        if begins is not None and until is not None:
            spans.setdefault(account_id, []).append(Span(begins, min(until, ended) if ended else until))
    rows = Account.objects.filter(pk__in=ids, canary_run="").values_list(
        "pk", "lent", "person_id", "person__employed_until"
    )
    return {
        str(pk): Holding(is_lent, str(person or ""), works_until, spans.get(pk, ()))
        for pk, is_lent, person, works_until in rows
    }


def _alarm(sign_in: SignIn, why: Stray, now: datetime) -> None:
    """Write the stray down with its event; it waits for a person, or for its drill while that is under way."""
    event = sign_in.event
    run = event.run if sign_in.canary == "bait" else ""
    if not run or run_is_open(run):
        StraySignIn.objects.create(
            log_index=sign_in.index, event=event.id, account=sign_in.account, place=event.place, at=event.time,
            why=why, run=run, found_at=now,
        )  # fmt: skip
    record(
        "signin.stray",
        by=replace(KEEPER, run=run),
        now=now,
        object_=f"account:{sign_in.account}",
        outcome="failure",
        detail={"event": event.id, "entry": sign_in.index, "why": why},
    )


def settle(stray_id: int, reason: str, *, by: Doer, now: datetime) -> None:
    """A person says what a stray sign-in was; not whoever the account belongs to. Refused FH-ACC-30, FH-ACC-31."""
    if not reason.strip() or not by.person:
        raise Refused("FH-ACC-30", "Say what this sign-in was.", "請說明這次登入的原因。")
    with transaction.atomic():
        stray = StraySignIn.objects.select_for_update().filter(pk=stray_id, settled_at=None).first()
        if stray is None:
            raise Refused("FH-ACC-30", "This sign-in is settled already.", "這次登入已處理。")
        holder = Account.objects.filter(pk=stray.account).values_list("person_id", flat=True).first()
        if str(holder or "") == by.person:
            raise Refused(
                "FH-ACC-31",
                "Nobody settles a sign-in of their own account; ask another person.",
                "任何人不得處理自己帳號的登入；請由他人處理。",
            )
        stray.settled_at, stray.settled_by_person_id, stray.reason = now, UUID(by.person), reason.strip()[:300]
        stray.save()
        record(
            "stray.settled", by=by, now=now, object_=f"account:{stray.account}",
            detail={"event": stray.event, "reason": stray.reason},
        )  # fmt: skip


def taipei_date(at: datetime) -> date:
    """The date in Taipei."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def is_uuid(text: str) -> bool:
    """Whether the log's name of an account can be one of ours."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
