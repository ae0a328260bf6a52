"""Marks on subjects whose evidence changed, so that the keeper judges them again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fanghu.assurance.models import ChangedSubject
from fanghu.testimony import Subject


def mark_changed(subjects: Iterable[Subject], *, now: datetime) -> None:
    """Ask for ``subjects`` to be judged again soon; part of another deed, so without an event of its own."""
    ChangedSubject.objects.bulk_create(ChangedSubject(subject=str(subject), at=now) for subject in subjects)
