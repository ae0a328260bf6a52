"""By which ways alarms go out: mail to the persons responsible, the firm's webhook, a drill's own catcher."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model

from fanghu.alarms.definitions import WEBHOOK
from fanghu.alarms.models import Catcher
from fanghu.register.definitions import defined
from fanghu.shell.rights import Role
from fanghu.testimony import FIRM, Subject


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a webhook leads; ``inside``: the firm says that it may lead to this machine itself."""

    url: str
    inside: bool


def routes(run: str = "") -> list[str]:
    """The ways that stand open now; of a drill's run only its own catcher."""
    if run:
        return ["webhook"] if Catcher.objects.filter(run=run).exists() else []
    return [*(["mail"] if settings.EMAIL_HOST else []), *(["webhook"] if hook() else [])]


def hook(run: str = "") -> Hook | None:
    """The firm's webhook as a second person approved it, or the catcher of a drill's run."""
    if run:
        caught = Catcher.objects.filter(run=run).first()
        return Hook(caught.url, True) if caught else None
    found = defined(WEBHOOK, [FIRM]).get(FIRM)
    if found is None or not found.value["url"]:
        return None
    return Hook(str(found.value["url"]), bool(found.value["inside"]))


def recipients(subject: str) -> list[str]:
    """Mail addresses of the security officers and of the owner of the system that an alarm is about."""
    officers = get_user_model().objects.filter(state="active", canary_run="", roles__role=Role.OFFICER)
    found = set(officers.values_list("person__email", flat=True))
    about = Subject.parse(subject)
    if about.kind == "system":
        systems = apps.get_model("register", "System").objects.filter(slug=about.slug)
        found |= set(systems.values_list("owner__email", flat=True))
    return sorted(filter(None, found))
