"""The seed of a second factor being set up: kept sealed in the session until its code confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import mark_safe

from fanghu.faults import Fault
from fanghu.signin.factor import new_seed, picture_of, seal_seed, unseal_seed

KEY = "fanghu.seed"


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed on its way to an authenticator app."""

    request: HttpRequest
    text: str
    login_id: str

    def shown(self) -> dict[str, Any]:
        """Context for the page: the picture, and the text in groups of four."""
        groups = [self.text[at : at + 4] for at in range(0, len(self.text), 4)]
        return {"picture": mark_safe(picture_of(self.text, self.login_id)), "seed": " ".join(groups)}

    def forget(self) -> None:
        """The factor stands: the seed leaves the session."""
        self.request.session.pop(KEY, None)


def seed_of(request: HttpRequest, account: Any) -> Seed:
    """The seed that this session is setting up for ``account``, made at the first look."""
    text = ""
    if KEY in request.session:
        try:
            text = unseal_seed(request.session[KEY], str(account.pk))
        except (Fault, ValueError):
            text = ""
    if not text:
        text = new_seed()
        request.session[KEY] = seal_seed(text, str(account.pk))
    return Seed(request, text, account.login_id)
