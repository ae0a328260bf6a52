"""What pages of other apps may show of the register."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from fanghu.register.models import OfficialText, Person, System


def official_text(clause: str, edition: str | None = None) -> str | None:
    """The firm's copy of the official text of a clause or item; None when it was not imported."""
    found = OfficialText.objects.filter(edition=edition or settings.FANGHU_EDITION, clause=clause)
    return found.values_list("text", flat=True).first()


def official_text_state(edition: str | None = None) -> tuple[int, datetime | None]:
    """How many clauses and items are kept, and since when."""
    found = OfficialText.objects.filter(edition=edition or settings.FANGHU_EDITION)
    return found.count(), found.values_list("imported_at", flat=True).first()


def system(slug: str) -> System | None:
    """One system with its owner."""
    return System.objects.select_related("owner").filter(slug=slug).first()


def system_names() -> dict[str, str]:
    """Names of all systems by slug, retired ones too."""
    return dict(System.objects.values_list("slug", "name"))


def people() -> list[Person]:
    """Everybody, by number."""
    return list(Person.objects.order_by("number"))
