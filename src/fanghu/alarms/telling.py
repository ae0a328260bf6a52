"""Alarms on their way out: what is due is sent, tried again with growing pauses, and given up after a day."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from fanghu.alarms.models import Alarm, Telling
from fanghu.alarms.routes import hook, recipients
from fanghu.alarms.webhook import NotDelivered, send
from fanghu.alarms.words import cause_of, name_of, remedy_of
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER

log = logging.getLogger(__name__)
AT_ONCE = 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
TONGUES = ("zh-hant", "en")


def webhook_key() -> bytes:
    """What webhooks are signed with: kept in the key folder, printed by ``fanghu alarms webhook-key``."""
    return bytes(settings.CUSTODY.secret("hmac-alarm-webhook"))


def tell_due(now: datetime) -> int:
    """Send what is due; each is first put off to its next try, so that a crash repeats it later and never at once."""
    rows = Telling.objects.filter(told_at=None, given_up_at=None, due_at__lte=now).order_by("due_at", "pk")
    told = 0
    for row in list(rows.select_related("alarm")[:AT_ONCE]):
        pause = min(FIRST_PAUSE * 2**row.tries, LONGEST_PAUSE)
        taken = Telling.objects.filter(pk=row.pk, tries=row.tries, told_at=None, given_up_at=None)
        if not taken.update(tries=row.tries + 1, due_at=now + pause):
            continue
        try:
            WAYS[row.way](row, now)
        except NotDelivered as why:
            _put_off(row, str(why), now)
        else:
            _note_told(row, now)
            told += 1
    return told


def document(alarm: Alarm, about: str, at: datetime) -> bytes:
    """What a webhook gets: no names of people, no text of records."""
    said = {}
    for tongue in TONGUES:
        with override(tongue):
            said[tongue] = {"name": name_of(alarm.kind), "cause": cause_of(alarm.kind, alarm.params)}
    return json.dumps(
        {
            "alarm": alarm.pk, "state": about, "kind": alarm.kind, "key": alarm.key, "subject": alarm.subject,
            "since": at.isoformat(), "times": alarm.times, "said": said, "url": _url(alarm), "drill": bool(alarm.run),
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip


def _by_webhook(row: Telling, now: datetime) -> None:
    found = hook(row.alarm.run)
    if found is None:
        raise NotDelivered(gettext_noop("there is no webhook any more"))
    send(found.url, document(row.alarm, row.about, row.since), webhook_key(), now, inside=found.inside)


def _by_mail(row: Telling, now: datetime) -> None:
    to = recipients(row.alarm.subject)
    if not to:
        raise NotDelivered(gettext_noop("nobody responsible has a mail address"))
    subject, body = _letter(row)
    try:
        sent = EmailMessage(subject, body, None, bcc=to).send()
    except OSError as error:  # smtplib's errors are among them
        raise NotDelivered(gettext_noop("mail was not taken") + f": {type(error).__name__}") from None
    if not sent:
        raise NotDelivered(gettext_noop("mail was not taken"))


WAYS: dict[str, Callable[[Telling, datetime], None]] = {"mail": _by_mail, "webhook": _by_webhook}


def _letter(row: Telling) -> tuple[str, str]:
    alarm, parts, subjects = row.alarm, [], []
    for tongue in TONGUES:
        with override(tongue):
            name = name_of(alarm.kind)
            if row.about == Telling.About.ENDED:
                name = _("Over: {name}").format(name=name)
            subjects.append(name)
            parts.append("\n".join([name, cause_of(alarm.kind, alarm.params), remedy_of(alarm.kind), _url(alarm)]))
    return f"[Fanghu 防護] {' / '.join(subjects)}", "\n\n".join(parts) + "\n"


def _url(alarm: Alarm) -> str:
    return settings.BASE_URL.rstrip("/") + reverse("alarm", args=[alarm.pk])


@transaction.atomic
def _note_told(row: Telling, now: datetime) -> None:
    Telling.objects.filter(pk=row.pk).update(told_at=now, problem="")
    alarm = Alarm.objects.filter(pk=row.alarm_id).first()
    if alarm is None:
        return
    if row.about == Telling.About.RAISED and alarm.told_at is None:
        alarm.told_at = now
        alarm.save(update_fields=["told_at"])
    _record(row, now, "success")


@transaction.atomic
def _put_off(row: Telling, why: str, now: datetime) -> None:
    over = now - row.since >= GIVEN_UP_AFTER
    Telling.objects.filter(pk=row.pk).update(problem=why[:120], given_up_at=now if over else None)
    if over and Alarm.objects.filter(pk=row.alarm_id).exists():
        log.warning("alarm %s was not told by %s: %s", row.alarm_id, row.way, why)
        _record(row, now, "failure")


def _record(row: Telling, now: datetime, outcome: str) -> None:
    record(
        "alarm.told", by=KEEPER, now=now, object_=row.alarm.subject, outcome=outcome,  # type: ignore[arg-type]
        detail={"alarm": row.alarm_id, "kind": row.alarm.kind, "way": row.way, "about": row.about, "tries": row.tries + 1},
    )  # fmt: skip
