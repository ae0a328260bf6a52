"""Forms of sources, of their tokens, and of where the intake listens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.faults import Fault
from fanghu.intake.records import LABELS, LISTENERS, WAYS
from fanghu.register.reading import system_names

HINTS = {
    "name": _("What its records are called in the log, such as orders-ssh."),
    "format": _(
        "What syslog brings is read as syslog, whatever is chosen here; where its programs write JSON, choose that format."
    ),
    "ways": _("Only the ways ticked here are open to it."),
    "addresses": _("One a line: an address or a network such as 192.0.2.0/24."),
    "hosts": _("One a line; empty for any."),
    "paths": _("One a line, from / on; for logs that lie on this machine."),
    "journal": _("Such as _SYSTEMD_UNIT=sshd.service; empty where journald is not read."),
    "certificates": _("One a line: the fingerprint of each certificate that may send in its name."),
    "every_minutes": _("After so many minutes without a record an alarm is raised. A day has 1,440."),
    "hours_from": _("HH:MM in Taipei, where it only speaks in certain hours; both empty for around the clock."),
    "most_per_second": _("0 for no limit; what comes faster is sent back to be sent again."),
    "reason": _("Needed where less would be let in or missed later: a second person decides on it."),
    "listen": _(
        "Address and port; empty to close it. Other machines reach it only at an address that is not loopback."
    ),
    "clients": _("Certificates in PEM form; only needed where sources show client certificates."),
}


class _Lines(forms.CharField):
    """Several values, one a line."""

    def __init__(self, **given: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=5_000, **given)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]


class _Refusable(forms.Form):
    def refused(self, fault: Fault) -> None:
        """Show why an action refused, at the form's head."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")


def _text(name: str, **more: Any) -> Any:
    return forms.CharField(label=LABELS[name], required=False, help_text=HINTS.get(name, ""), **more)


class SourceForm(_Refusable):
    """A source."""

    name = forms.CharField(label=LABELS["name"], max_length=60, help_text=HINTS["name"])
    system = forms.ChoiceField(label=LABELS["system"])
    format = forms.ChoiceField(
        label=LABELS["format"],
        choices=[(each.name, _(each.label)) for each in FORMATS.values()],
        help_text=HINTS["format"],
    )
    ways = forms.MultipleChoiceField(
        label=LABELS["ways"], choices=list(WAYS.items()), widget=forms.CheckboxSelectMultiple, help_text=HINTS["ways"]
    )
    every_minutes = forms.IntegerField(
        label=_("A record is expected at least every (minutes)"), initial=1_440, help_text=HINTS["every_minutes"]
    )
    hours_from = _text("hours_from", max_length=5)
    hours_until = _text("hours_until", max_length=5)
    addresses = _Lines(label=LABELS["addresses"], help_text=HINTS["addresses"])
    hosts = _Lines(label=LABELS["hosts"], help_text=HINTS["hosts"])
    certificates = _Lines(label=LABELS["certificates"], help_text=HINTS["certificates"])
    paths = _Lines(label=LABELS["paths"], help_text=HINTS["paths"])
    journal = _text("journal", max_length=200)
    zone = forms.CharField(label=LABELS["zone"], initial="Asia/Taipei", max_length=40)
    most_per_second = forms.IntegerField(
        label=LABELS["most_per_second"],
        initial=0,
        min_value=0,
        max_value=10_000_000,
        help_text=HINTS["most_per_second"],
    )

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = sorted(system_names().items())  # type: ignore[attr-defined]
        if not new:
            del self.fields["name"]
            self.fields["reason"] = forms.CharField(
                label=_("Reason"), max_length=500, required=False, help_text=HINTS["reason"],
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """The values by field, without name and reason."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"name", "reason"}}
        given["every_seconds"] = given.pop("every_minutes") * 60
        return given


class TokenForm(_Refusable):
    """A token of a source."""

    label = forms.CharField(label=_("For"), max_length=60, help_text=_("Which machine or program uses it."))
    days = forms.IntegerField(label=_("Ends after, days"), initial=365, min_value=1, max_value=365)

    def expires_at(self) -> datetime:
        """When it ends."""
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class ListenForm(_Refusable):
    """Where the intake listens."""

    http = forms.CharField(label=LABELS["http"], required=False, max_length=80, help_text=HINTS["listen"])
    syslog_tls = forms.CharField(label=LABELS["syslog_tls"], required=False, max_length=80)
    syslog_tcp = forms.CharField(label=LABELS["syslog_tcp"], required=False, max_length=80)
    syslog_udp = forms.CharField(label=LABELS["syslog_udp"], required=False, max_length=80)
    clients = forms.CharField(
        label=LABELS["clients"], required=False, max_length=20_000, help_text=HINTS["clients"],
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False, help_text=HINTS["reason"])

    def values(self) -> dict[str, str]:
        """The values by field, without the reason."""
        return {name: self.cleaned_data[name].replace("\r\n", "\n") for name in LISTENERS}
