"""Who did the deeds of a day: the persons behind actors, and whether a reviewer is one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model

from fanghu.auditlog.names import accounts_of
from fanghu.events.doer import Doer, claimed_by

DAY = timedelta(days=1)


def persons_of(actors: Iterable[str], day: date) -> set[str]:
    """Ids of the persons behind accounts: the holders, and whoever had a lent one checked out that day."""
    accounts = [account for account in accounts_of(actors).values() if account]
    persons = {str(account.person_id) for account in accounts if account.person_id}
    lent = [account for account in accounts if account.lent]
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
