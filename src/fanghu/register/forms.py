"""Forms of the register; their rules are those of imports (``plan.check``)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from fanghu.register import cells
from fanghu.register.cells import Read
from fanghu.register.columns import Table
from fanghu.register.models import Firm, Person, System
from fanghu.register.plan import check
from fanghu.register.problems import CellFault, sentences

CHANNELS = [
    ("internet", _("internet")),
    ("mobile", _("mobile device")),
    ("voice", _("voice")),
    ("api", _("programming interface (API)")),
    ("line", _("leased line")),
    ("none", _("none: not an e-trading system")),
]
ENVIRONMENTS = [
    ("production", _("production")),
    ("standby", _("standby")),
    ("test", _("test")),
    ("development", _("development")),
]
TIERS = [("", _("not known yet")), *[(str(n), str(n)) for n in range(1, 6)], ("0", _("none assigned"))]


def sentence(problem: CellFault) -> str:
    """The sentence of a fault in the language of the page, with its code."""
    en, zh_hant = sentences(problem.code, **problem.values_)
    return f"{zh_hant if (get_language() or 'zh').startswith('zh') else en} ({problem.code})"


class ReadField(forms.CharField):
    """A text field read by one of the readers that imports use."""

    def __init__(self, read: Read, **options: Any) -> None:
        super().__init__(strip=True, **options)
        self.read = read

    def clean(self, value: Any) -> Any:
        """The value as the reader gives it."""
        text = super().clean(value)
        try:
            return self.read(text)
        except CellFault as problem:
            raise forms.ValidationError(sentence(problem)) from None

    def prepare_value(self, value: Any) -> Any:
        """Lists one item a line, dates ISO 8601."""
        if isinstance(value, list):
            return "\n".join(str(item) for item in value)
        return value.isoformat() if hasattr(value, "isoformat") else value


def three_state(label: Any, **options: Any) -> forms.TypedChoiceField:
    """Yes, no, or not known yet (None, judged as the strictest)."""
    choices = [("", _("not known yet")), ("True", _("yes")), ("False", _("no"))]
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=lambda text: text == "True", empty_value=None, required=False, **options
    )


class Checked(forms.Form):
    """A form whose cleaned record keeps the rules of its table."""

    table: Table = "systems"

    def record(self) -> dict[str, Any]:
        """The values by column key."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}

    def known_people(self) -> set[str]:
        """Numbers of all people."""
        return set(Person.objects.values_list("number", flat=True))

    def clean(self) -> dict[str, Any]:
        """Add each broken rule to its field."""
        cleaned = super().clean() or {}
        if not self.errors:
            for name, problem in check(self.table, self.record(), self.known_people(), timezone.localdate()):
                self.add_error(name if name in self.fields else None, sentence(problem))
        return self.cleaned_data or cleaned


class FirmForm(forms.Form):
    """What the firm is."""

    name = ReadField(cells.plain_text(200), label=_("Name of the firm"), required=False)
    kind = forms.ChoiceField(label=_("Kind of business"), choices=Firm.Kind.choices, widget=forms.RadioSelect)
    has_ciso = three_state(
        _("A chief information security officer is assigned (internal-control rules, article 36-2)"),
        help_text=_("Only for futures firms; with tiers 1 to 3 it makes class 1."),
    )
    tier = forms.TypedChoiceField(
        label=_("Graded-protection tier"), choices=TIERS, coerce=int, empty_value=None, required=False
    )
    class_evidence = ReadField(
        cells.plain_text(300),
        label=_("Evidence"),
        required=False,
        help_text=_("The document that says so: letter number, minutes, notice."),
    )
    class_evidence_date = ReadField(
        cells.day, label=_("Date of the evidence"), required=False, help_text=_("2026-11-22 or 115/11/22")
    )
    foreign_group = three_state(_("Subsidiary or branch of a foreign group"))
    internet_ordering = three_state(_("Offers internet ordering"))
    transfers_abroad = three_state(_("Transfers customers' data abroad"))
    reason = ReadField(
        cells.plain_text(1000),
        label=_("Reason"),
        required=False,
        help_text=_("Needed when the change narrows which duties apply; a second person decides it."),
    )


class SystemForm(Checked):
    """One system with every fact that scopes need."""

    slug = ReadField(
        cells.slug,
        label=pgettext_lazy("system", "Code"),
        help_text=_("Lower-case letters, digits and hyphens; it never changes."),
    )
    name = ReadField(cells.plain_text(120), label=_("Name"))
    kind = forms.ChoiceField(label=_("Kind"), choices=System.Kind.choices)
    is_core = forms.TypedChoiceField(
        label=_("Core system"),
        choices=[("True", _("yes")), ("False", _("no"))],
        coerce=lambda text: text == "True",
        initial="True",
        help_text=_("Trading, quotes, risk control, settlement and accounts are always core."),
    )
    not_core_reason = ReadField(cells.plain_text(300), label=_("Why it is not core"), required=False)
    e_trading_channels = forms.MultipleChoiceField(
        label=_("E-trading channels"),
        choices=CHANNELS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Nothing ticked means not known yet."),
    )
    serves_outside = three_state(_("Serves the outside"))
    internet_facing = three_state(_("Internet-facing"))
    personal_data = three_state(_("Holds personal data"))
    uses_passwords = three_state(_("Uses passwords"))
    has_customer_accounts = three_state(_("Has customer accounts"))
    outsourced_development = three_state(_("Outsourced development"))
    admin_over_internet = three_state(_("Administered over the internet"))
    remote_access = three_state(_("Remote access"))
    environments = forms.MultipleChoiceField(
        label=_("Environments"), choices=ENVIRONMENTS, widget=forms.CheckboxSelectMultiple, required=False
    )
    hosts = ReadField(
        cells.hosts,
        label=_("Hosts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Host names or addresses, one a line."),
    )
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    reason = ReadField(
        cells.plain_text(1000),
        label=_("Reason"),
        required=False,
        help_text=_("Needed when a change alters which duties apply; a second person decides it."),
    )

    def __init__(self, *args: Any, fixed_slug: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = dict(Person.objects.order_by("number").values_list("number", "name"))
        self.fixed_slug = fixed_slug
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [("", "—"), *[(number, f"{name} ({number})") for number, name in self.people.items()]]
        if fixed_slug:
            del self.fields["slug"]

    def known_people(self) -> set[str]:
        """Numbers of all people, read once."""
        return set(self.people)

    def record(self) -> dict[str, Any]:
        """The values by column key, channels as stored."""
        record = super().record()
        if self.fixed_slug:
            record["slug"] = self.fixed_slug
        channels = record.get("e_trading_channels")
        record["e_trading_channels"] = None if not channels else [code for code in channels if code != "none"]
        if record.get("is_core"):
            record["not_core_reason"] = ""
        return record

    @staticmethod
    def shown(record: dict[str, Any]) -> dict[str, Any]:
        """A record as the form's initial values."""
        channels = record["e_trading_channels"]
        return {**record, "e_trading_channels": ["none"] if channels == [] else channels or []}


class PersonForm(Checked):
    """One person."""

    table: Table = "people"
    number = ReadField(cells.plain_text(40), label=_("Number"))
    name = ReadField(cells.plain_text(100), label=_("Name"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Person.Kind.choices)
    department = ReadField(cells.plain_text(100), label=_("Department"), required=False)
    title = ReadField(cells.plain_text(100), label=_("Job title"), required=False)
    email = ReadField(cells.email, label=_("E-mail"), required=False)
    employed_from = ReadField(
        cells.day, label=_("Employed from"), required=False, help_text=_("2026-11-22 or 115/11/22")
    )
    employed_until = ReadField(cells.day, label=_("Employed until"), required=False)


class RetireForm(forms.Form):
    """From when a system is out of use, and why."""

    on = ReadField(cells.day, label=_("Out of use since"), help_text=_("2026-11-22 or 115/11/22"))
    reason = ReadField(cells.plain_text(1000), label=_("Reason"))


class ReasonForm(forms.Form):
    """Why."""

    reason = ReadField(cells.plain_text(1000), label=_("Reason"))


class UploadForm(forms.Form):
    """A table to check."""

    table = forms.ChoiceField(
        label=_("What the file holds"),
        choices=[("systems", _("systems")), ("people", _("people"))],
        widget=forms.RadioSelect,
        initial="systems",
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_(".csv (UTF-8 or Big5) or .xlsx, 5 MB and 5,000 rows at most."),
        allow_empty_file=True,
    )


class ConfirmForm(forms.Form):
    """Confirm exactly the plan that was shown."""

    digest = forms.CharField(widget=forms.HiddenInput)
    reason = ReadField(
        cells.plain_text(1000),
        label=_("Reason"),
        required=False,
        help_text=_("The second person who decides the changes of scope will read it."),
    )


class ListForm(forms.Form):
    """A list of names from elsewhere."""

    name = ReadField(cells.plain_text(120), label=_("Where the list comes from"))
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_(".txt, .csv or .xlsx; host or system names in the first column."),
    )


class TextFileForm(forms.Form):
    """The firm's copy of the official text."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("The regulation as plain text (UTF-8 or Big5), 2 MB at most."),
        allow_empty_file=True,
    )
