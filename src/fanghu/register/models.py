"""The firm, its people, its systems, and what other lists know of them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fanghu.events.governed import Governed


class Firm(Governed):
    """The one firm (primary key 1). None means not yet described: the strictest scope is assumed."""

    class Kind(models.TextChoices):
        """Kinds of futures business (article 1)."""

        FUTURES_FIRM = "futures_firm", _("futures firm")
        LEVERAGE_DEALER = "leverage_dealer", _("leverage dealer")
        FUTURES_SERVICE = "futures_service", _("futures service enterprise")

    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, null=True)
    has_ciso = models.BooleanField(null=True)
    tier = models.PositiveSmallIntegerField(null=True)
    class_evidence = models.CharField(max_length=300, blank=True)
    class_evidence_date = models.DateField(null=True)
    foreign_group = models.BooleanField(null=True)
    internet_ordering = models.BooleanField(null=True)
    transfers_abroad = models.BooleanField(null=True)
    changed_at = models.DateTimeField(null=True)


class Person(Governed):
    """A human being who works for or with the firm; approvals compare persons, not accounts."""

    class Kind(models.TextChoices):
        """Staff of the firm, or of a vendor."""

        STAFF = "staff", _("staff")
        VENDOR = "vendor", _("vendor")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAFF)
    department = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    employed_from = models.DateField(null=True, blank=True)
    employed_until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class System(Governed):
    """An information system (資通系統) and every fact that a duty's scope needs; None means unknown (strictest)."""

    class Kind(models.TextChoices):
        """Kinds; the first five are named by article 2 as core and cannot be non-core."""

        TRADING = "trading", _("trading")
        QUOTES = "quotes", _("quotes")
        RISK_CONTROL = "risk_control", _("mid-office risk control")
        SETTLEMENT = "settlement", _("after-hours settlement")
        ACCOUNTS = "accounts", pgettext_lazy("system kind", "accounts")
        SECURITY = "security", _("security management")
        CUSTOMER = "customer", _("customer relations")
        OFFICE = "office", _("office and administration")
        OTHER = "other", _("other")

    ALWAYS_CORE = (Kind.TRADING, Kind.QUOTES, Kind.RISK_CONTROL, Kind.SETTLEMENT, Kind.ACCOUNTS)

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    is_core = models.BooleanField(default=True)
    not_core_reason = models.CharField(max_length=300, blank=True)
    e_trading_channels = models.JSONField(null=True, blank=True)
    serves_outside = models.BooleanField(null=True)
    internet_facing = models.BooleanField(null=True)
    personal_data = models.BooleanField(null=True)
    uses_passwords = models.BooleanField(null=True)
    has_customer_accounts = models.BooleanField(null=True)
    outsourced_development = models.BooleanField(null=True)
    admin_over_internet = models.BooleanField(null=True)
    remote_access = models.BooleanField(null=True)
    environments = models.JSONField(default=list, blank=True)
    hosts = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="systems")
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """Listed core first, then by slug."""

        ordering = ["-is_core", "slug"]
        constraints = [
            models.CheckConstraint(
                name="named_kinds_are_core",
                condition=models.Q(is_core=True)
                | ~models.Q(kind__in=["trading", "quotes", "risk_control", "settlement", "accounts"]),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ImportedList(models.Model):
    """A list from elsewhere (directory, inventory, scan) whose host or system names are compared with the register."""

    name = models.CharField(max_length=120)
    file_hash = models.CharField(max_length=64)
    names = models.JSONField(default=list)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")


class OfficialText(models.Model):
    """The firm's own copy of the official text, by edition and clause item (``6.5``, ``10.1.1``)."""

    edition = models.CharField(max_length=20)
    clause = models.CharField(max_length=12)
    text = models.TextField()
    file_hash = models.CharField(max_length=64)
    imported_at = models.DateTimeField()

    class Meta:
        """One text per clause and edition."""

        constraints = [models.UniqueConstraint(fields=["edition", "clause"], name="one_text_per_clause")]


class DefinedValue(Governed):
    """A version of what the firm defined: written when a second person approves it, never changed after."""

    key = models.CharField(max_length=60)
    subject = models.CharField(max_length=70)
    value = models.JSONField()
    version = models.PositiveIntegerField()
    approval = models.ForeignKey("approvals.Approval", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    effective_from = models.DateTimeField()

    class Meta:
        """Versions count up for each key and subject."""

        constraints = [models.UniqueConstraint(fields=["key", "subject", "version"], name="one_value_per_version")]
