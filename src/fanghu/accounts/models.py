"""Account, the user model: one holder each, one realm, one kind."""

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from fanghu.accounts.runs import run_is_open
from fanghu.auditlog.given import systems_given
from fanghu.events.governed import Governed, GovernedQuerySet
from fanghu.shell.rights import Right, Role, rights_of

NO_CANARY = models.Q(account__canary_run="")


class AccountManager(BaseUserManager.from_queryset(GovernedQuerySet)):  # type: ignore[misc]
    """Looks accounts up by login id; accounts are only made by ``accounts.actions``."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account with this login id (case-insensitive ids are stored lower-case)."""
        return self.get(login_id=(username or "").strip().lower())


class Account(Governed, AbstractBaseUser):
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
    lent = models.BooleanField(default=False)
    """Nobody's own: used only while a person has it checked out; ``person`` answers for it (6.1)."""

    last_login = None  # last_used_at says it; Django would write its own in a commit of its own
    FREE = frozenset({"last_used_at"})
    WHERE = models.Q(canary_run="")
    objects: ClassVar[Any] = AccountManager()
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
        """Every right its roles give, and the log's pages to whoever was given a system's log (4.10).

        A canary has them only while its run is open.
        """
        if self.canary_run and not run_is_open(self.canary_run):
            return frozenset()
        held = rights_of(self.role_names)
        return held if Right.LOG_READ in held or not systems_given(self) else held | {Right.LOG_READ}

    @cached_property
    def acting_person_id(self) -> uuid.UUID | None:
        """Whose deeds these are: the holder's, or whoever has a lent account checked out."""
        if not self.lent:
            return self.person_id
        return self.check_outs.filter(from_at__isnull=False, ended_at=None).values_list("person_id", flat=True).first()


class AccountRole(Governed):
    """A role held by an account."""

    WHERE = NO_CANARY

    account = models.ForeignKey(Account, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    granted_at = models.DateTimeField()
    granted_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        """Each role once."""

        constraints = [models.UniqueConstraint(fields=["account", "role"], name="role_once")]


class PasswordRecord(Governed):
    """A password an account has had, as its hash, for the history rule (6.7)."""

    WHERE = NO_CANARY

    account = models.ForeignKey(Account, models.CASCADE, related_name="passwords")
    password = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    forced = models.BooleanField(default=False)


class CheckOut(Governed):
    """A lent account given to one person for a time (6.1): granted, taken (``from_at``), ended."""

    WHERE = NO_CANARY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="check_outs")
    person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    hours = models.PositiveSmallIntegerField()
    granted_at = models.DateTimeField()
    approval = models.CharField(max_length=36, blank=True)
    from_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        """One person at a time, and a person unless the account is a drill's canary."""

        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(from_at__isnull=False, ended_at=None),
                name="one_check_out_at_a_time",
            )
        ]


class StraySignIn(Governed):
    """A sign-in of the log that no holder and no check-out explains, until a person settles it with a reason (6.1)."""

    log_index = models.BigIntegerField(unique=True)
    event = models.CharField(max_length=32)
    account = models.CharField(max_length=80)
    place = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    why = models.CharField(max_length=20)
    run = models.CharField(max_length=36, blank=True, db_index=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    WHERE = models.Q(run="")


class SignInReading(models.Model):
    """How far the log has been read for sign-ins (primary key 1), and the canaries alive there (id to kind and run)."""

    position = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    sign_ins = models.BigIntegerField(default=0)
    canaries = models.JSONField(default=dict)
