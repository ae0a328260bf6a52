"""Who did the deeds of a day: the persons behind actors, and whether a reviewer is one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from fanghu.events.doer import Doer, claimed_by

ACCOUNT = "account:"
DAY = timedelta(days=1)


def accounts_of(actors: Iterable[str]) -> dict[str, Any]:
    """Accounts of this console by the actor that records name; one query."""
    ids: dict[UUID, str] = {}
    for actor in actors:
        if actor.startswith(ACCOUNT):
            try:
                ids[UUID(actor.removeprefix(ACCOUNT))] = actor
            except ValueError:
                continue
    found = get_user_model().objects.in_bulk(list(ids)) if ids else {}
    return {ids[pk]: account for pk, account in found.items()}


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """How pages name actors; others stand as the record names them."""
    actors = set(actors)
    names = {actor: account.display_name or account.login_id for actor, account in accounts_of(actors).items()}
    told = _("the command line, as %(account)s (claimed)")
    claims = {actor: told % {"account": account} for actor in actors if (account := claimed_by(actor))}
    return {"cli": _("the command line"), "": _("somebody not named"), **claims, **names}


def persons_of(actors: Iterable[str], day: date) -> set[str]:
    """Ids of the persons behind accounts: the holders, and whoever had a lent one checked out that day."""
    accounts = accounts_of(actors)
    persons = {str(account.person_id) for account in accounts.values() if account.person_id}
    lent = [account for account in accounts.values() if account.lent]
    begins = datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))
    for account in lent:
        taken = account.check_outs.filter(from_at__lt=begins + DAY).exclude(ended_at__lt=begins)
        persons.update(str(person) for person in taken.values_list("person_id", flat=True) if person)
    return persons


def is_actor(by: Doer, actors: Iterable[str], day: date) -> bool:
    """Whether the reviewer did any of it: under this account, another of the same person, or by the same name elsewhere,
    be it only claimed at the command line.
    """
    actors = set(actors)
    if by.name in actors or by.person in persons_of(actors, day):
        return True
    logins = get_user_model().objects.filter(person_id=by.person).values_list("login_id", flat=True)
    return bool({(claimed_by(actor) or actor).lower() for actor in actors} & {login.lower() for login in logins})
