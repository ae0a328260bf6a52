"""The first steps after the first run, each with whether it is done; pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: what to do, where, and whether it is done."""

    title: str
    why: str
    url: str
    done: bool


def first_steps(*, systems: int, imported: bool, attested: bool) -> list[FirstStep]:
    """The way from an empty board to proof; empty once every step is done."""
    steps = [
        FirstStep(
            _("Import the systems"), _("Fanghu itself is registered; add the firm's own from a spreadsheet."),
            reverse("register_import"), systems > 1,
        ),
        FirstStep(
            _("Import a log"), _("Sign-in records of your machines are sealed and searched."),
            reverse("log_import"), imported,
        ),
        FirstStep(
            _("Attest a first duty"), _("Where nothing measures yet, an approved document speaks, until it expires."),
            reverse("clauses"), attested,
        ),
    ]  # fmt: skip
    return [] if all(step.done for step in steps) else steps
