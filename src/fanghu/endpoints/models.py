"""Addresses and data flows of systems as declared, and what the newest probe of each address saw."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fanghu.events.governed import Governed


class Endpoint(Governed):
    """An address at which a system answers over a network. ``own`` ones follow what this program runs with."""

    FREE: ClassVar[frozenset[str]] = frozenset({"asked_at"})

    class Protocol(models.TextChoices):
        """What is spoken there; the last one knows no encryption."""

        HTTPS = "https", "HTTPS"
        TLS = "tls", _("another protocol inside TLS")
        POSTGRESQL = "postgresql", "PostgreSQL"
        SMTP = "smtp", "SMTP (STARTTLS)"
        LDAP = "ldap", "LDAP (StartTLS)"
        CLEAR = "clear", _("without encryption")

    class Purpose(models.TextChoices):
        """What it is for."""

        SIGN_IN = "sign_in", _("people sign in")
        SERVICE = "service", _("programs call it")
        ADMINISTRATION = "administration", pgettext_lazy("endpoint", "administration")
        DATABASE = "database", _("database")
        DIRECTORY = "directory", _("directory")
        MAIL = "mail", _("mail")

    system = models.ForeignKey("register.System", models.CASCADE, related_name="endpoints")
    protocol = models.CharField(max_length=12, choices=Protocol)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    path = models.CharField(max_length=200, blank=True, default="/")
    purpose = models.CharField(max_length=16, choices=Purpose)
    authenticates = models.BooleanField(default=True)
    outside = models.BooleanField(default=False)
    clear_port = models.PositiveIntegerField(null=True, blank=True)
    authority_pem = models.TextField(blank=True)
    own = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        """One row for each address of a system."""

        ordering = ["system__slug", "host", "port"]
        constraints = [models.UniqueConstraint(fields=["system", "host", "port"], name="one_row_per_address")]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """``host:port``, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class EndpointProbe(Governed):
    """What the newest probe of an endpoint saw (``fanghu.probes.endpoint.EndpointSeen``), or why it saw nothing."""

    endpoint: Any = models.OneToOneField(Endpoint, models.CASCADE, related_name="probe")
    at = models.DateTimeField()
    reached = models.BooleanField()
    why_not = models.CharField(max_length=200, blank=True)
    seen = models.JSONField(null=True)


class Flow(Governed):
    """Data that a system sends or receives, as declared; ``endpoint`` is the address whose probe shows its protection."""

    class Data(models.TextChoices):
        """What the data are; the first two must be encrypted on any network."""

        PERSONAL = "personal", _("personal data")
        SENSITIVE = "sensitive", _("sensitive data")
        OTHER = "other", _("neither")

    class Network(models.TextChoices):
        """What it crosses."""

        INTERNET = "internet", _("the internet")
        INTRANET = "intranet", _("the internal network")
        MACHINE = "machine", _("nothing: it stays on one machine")

    class Protection(models.TextChoices):
        """How it is said to be protected."""

        TLS = "tls", "TLS"
        OTHER = "other", _("another encryption")
        NONE = "none", _("none")

    system = models.ForeignKey("register.System", models.CASCADE, related_name="flows")
    name = models.CharField(max_length=120)
    peer = models.CharField(max_length=120)
    data = models.CharField(max_length=10, choices=Data)
    network = models.CharField(max_length=10, choices=Network)
    protection = models.CharField(max_length=6, choices=Protection)
    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, blank=True, related_name="flows")
    own = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        """Named once in a system."""

        ordering = ["system__slug", "name"]
        constraints = [models.UniqueConstraint(fields=["system", "name"], name="one_row_per_flow")]

    def __str__(self) -> str:
        return self.name
