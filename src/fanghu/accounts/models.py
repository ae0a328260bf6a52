"""Account, the user model: one holder each, one realm, one kind."""

import uuid
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from fanghu.shell.rights import Right, Role, rights_of


class AccountManager(BaseUserManager["Account"]):
    """Looks accounts up by login id; accounts are only made by ``accounts.actions``."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account with this login id (case-insensitive ids are stored lower-case)."""
        return self.get(login_id=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """An account of this console (realm internal) or, later, of a customer (realm customer)."""

    class Realm(models.TextChoices):
        """Internal and customer accounts never mix."""

        INTERNAL = "internal", _("internal")
        CUSTOMER = "customer", _("customer")

    class Kind(models.TextChoices):
        """What the account is for."""

        NAMED = "named", _("named")
        ADMIN = "admin", _("administrator")
        SERVICE = "service", _("service")
        TEMPORARY = "temporary", _("temporary")
        EMERGENCY = "emergency", _("emergency")
        VENDOR = "vendor", _("vendor")
        CUSTOMER = "customer", _("customer")

    class State(models.TextChoices):
        """Where the account stands in its life."""

        REQUESTED = "requested", _("requested")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        DISABLED = "disabled", _("disabled")
        DELETED = "deleted", _("deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login_id = models.CharField(max_length=60, unique=True)
    realm = models.CharField(max_length=10, choices=Realm, default=Realm.INTERNAL)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.NAMED)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="accounts")
    display_name = models.CharField(max_length=100, blank=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    factor_reset_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    factor_reset_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    password_set_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=False)
    canary_run = models.CharField(max_length=36, blank=True, default="")

    objects = AccountManager()
    USERNAME_FIELD = "login_id"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]

    class Meta:
        """An internal account that is not a canary has a person."""

        constraints = [
            models.CheckConstraint(
                name="internal_account_has_person",
                condition=models.Q(person__isnull=False) | ~models.Q(canary_run="") | models.Q(realm="customer"),
            )
        ]

    def __str__(self) -> str:
        return self.login_id

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether Django may let it in at all; validity dates are judged by ``accounts.rules``."""
        return self.state == self.State.ACTIVE

    @property
    def is_administrator(self) -> bool:
        """Whether it holds the administrator role or is an administrator by kind (6.2)."""
        return self.kind == self.Kind.ADMIN or Role.ADMINISTRATOR in self.role_names

    @cached_property
    def role_names(self) -> frozenset[str]:
        """Names of the roles it holds."""
        return frozenset(self.roles.values_list("role", flat=True))

    @cached_property
    def rights(self) -> frozenset[Right]:
        """Every right its roles give."""
        return rights_of(self.role_names)


class AccountRole(models.Model):
    """A role held by an account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    granted_at = models.DateTimeField()
    granted_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        """Each role once."""

        constraints = [models.UniqueConstraint(fields=["account", "role"], name="role_once")]


class PasswordRecord(models.Model):
    """A password an account has had, as its hash, for the history rule (6.7)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="passwords")
    password = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    forced = models.BooleanField(default=False)
