"""Forms of declared addresses and flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.endpoints.models import Endpoint, Flow
from fanghu.endpoints.records import LABELS
from fanghu.faults import Fault
from fanghu.register.reading import system_names

HINTS = {
    "host": _("A name or an IP address as the firm reaches it; the probe connects there and nowhere else."),
    "path": _("For HTTPS: the page where people sign in, or any page."),
    "clear_port": _("Where HTTP is also answered, such as 80; it must refuse or only send on to https."),
    "authority_pem": _("Begins with -----BEGIN CERTIFICATE-----. Leave empty where a public authority signed."),
    "endpoint": _("Its probe shows that the flow is encrypted. Declare the address first."),
    "peer": _("A system, a firm or a machine."),
    "reason": _("A second person decides on it."),
}


class Declaration(forms.Form):
    """What both forms share: the system of a new row, or the reason for changing one."""

    kind = ""

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            names = sorted(system_names().items())
            self.fields["system"] = forms.ChoiceField(label=LABELS["system"], choices=names)
            self.order_fields(["system", *(name for name in self.fields if name != "system")])
        else:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text=HINTS["reason"]
            )

    def values(self) -> dict[str, Any]:
        """The values by field, without the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}

    def refused(self, fault: Fault) -> None:
        """Show why an action refused, at the form's head."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")


class EndpointForm(Declaration):
    """An address."""

    kind = "endpoint"
    protocol = forms.ChoiceField(label=LABELS["protocol"], choices=Endpoint.Protocol.choices)
    host = forms.CharField(label=LABELS["host"], max_length=253, help_text=HINTS["host"])
    port = forms.IntegerField(label=LABELS["port"], min_value=1, max_value=65_535)
    path = forms.CharField(label=LABELS["path"], max_length=200, initial="/", required=False, help_text=HINTS["path"])
    purpose = forms.ChoiceField(label=LABELS["purpose"], choices=Endpoint.Purpose.choices)
    authenticates = forms.BooleanField(label=LABELS["authenticates"], initial=True, required=False)
    outside = forms.BooleanField(label=LABELS["outside"], required=False)
    clear_port = forms.IntegerField(
        label=LABELS["clear_port"], min_value=1, max_value=65_535, required=False, help_text=HINTS["clear_port"]
    )
    authority_pem = forms.CharField(
        label=LABELS["authority_pem"], required=False, max_length=20_000, help_text=HINTS["authority_pem"],
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def clean_path(self) -> str:
        """An empty path is the first page."""
        return self.cleaned_data["path"] or "/"

    def clean_authority_pem(self) -> str:
        """Certificates in PEM, or nothing."""
        text = str(self.cleaned_data["authority_pem"]).replace("\r\n", "\n").strip()
        if text:
            try:
                x509.load_pem_x509_certificates(text.encode())
            except ValueError:
                raise forms.ValidationError(_("This is no certificate in PEM form; copy the whole file.")) from None
        return f"{text}\n" if text else ""


class FlowForm(Declaration):
    """A flow of data."""

    kind = "flow"
    name = forms.CharField(label=LABELS["name"], max_length=120)
    peer = forms.CharField(label=LABELS["peer"], max_length=120, help_text=HINTS["peer"])
    data = forms.ChoiceField(label=LABELS["data"], choices=Flow.Data.choices)  # type: ignore[assignment]
    network = forms.ChoiceField(label=LABELS["network"], choices=Flow.Network.choices)
    protection = forms.ChoiceField(label=LABELS["protection"], choices=Flow.Protection.choices)
    endpoint = forms.TypedChoiceField(
        label=LABELS["endpoint"], coerce=int, empty_value=None, required=False, help_text=HINTS["endpoint"]
    )

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, new=new, **kwargs)
        rows = Endpoint.objects.select_related("system")
        found = [("", "–"), *((str(row.pk), f"{row.system.slug} · {row.address}") for row in rows)]
        self.fields["endpoint"].choices = found  # type: ignore[attr-defined]


FORMS: Mapping[str, type[Declaration]] = {"endpoint": EndpointForm, "flow": FlowForm}
