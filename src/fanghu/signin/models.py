"""Locks, sign-in attempts' counters, ledger sessions and the enrolment link."""

import uuid

from django.db import models

from fanghu.events.governed import Governed


class FailureCount(Governed):
    """Failures since the last success or lock end, by the keyed hash of the entered login id (known or not).

    ``tries`` are all failures since the last success, whatever locks came between; ``tries_before`` those before it.
    """

    FREE = frozenset({"last_failed_at", "in_flight", "in_flight_since", "tries", "tries_before"})
    WHERE = models.Q(canary_run="", failures__gt=0)

    id_hash = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveSmallIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)
    in_flight = models.PositiveSmallIntegerField(default=0)
    in_flight_since = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    tries_before = models.PositiveIntegerField(default=0)
    canary_run = models.CharField(max_length=36, blank=True, default="")


class Lock(Governed):
    """One lock as a row: from, until, reason, how it ended (6.5). Never a sliding window."""

    FREE = frozenset({"account"})
    WHERE = models.Q(canary_run="")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id_hash = models.CharField(max_length=64, db_index=True)
    account = models.ForeignKey("accounts.Account", models.SET_NULL, null=True, related_name="locks")
    reason = models.CharField(max_length=60)
    from_at = models.DateTimeField()
    until = models.DateTimeField()
    failures = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)
    canary_run = models.CharField(max_length=36, blank=True, default="")


class LedgerSession(models.Model):
    """One signed-in session; the cookie's key is stored hashed. Ended rows stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="ledger_sessions")
    place = models.CharField(max_length=64)
    agent = models.CharField(max_length=200, blank=True)
    methods = models.JSONField(default=list)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True)


class EnrolmentLink(Governed):
    """A one-time link, stored hashed: first administrator, or a lost factor recovered on the machine."""

    WHERE = models.Q(purpose="again")  # the first one dies of itself, once there is an administrator

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20)
    account = models.ForeignKey("accounts.Account", models.CASCADE, null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SourceCount(models.Model):
    """Attempts of one source (an IPv4 address, an IPv6 /64) in its present window, those given back left out (6.8)."""

    source = models.CharField(primary_key=True, max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()


class SpentProof(models.Model):
    """A proof of work that was used, by its salt: none is taken twice (6.8)."""

    salt = models.CharField(primary_key=True, max_length=32)
    purpose = models.CharField(max_length=10)
    id_hash = models.CharField(max_length=64, blank=True)
    spent_at = models.DateTimeField(db_index=True)


class MailedCode(models.Model):
    """A code on its way to the holder of a login id, for sign-in without script; ``account`` is None for an unknown id."""

    account = models.ForeignKey("accounts.Account", models.CASCADE, null=True)
    sealed = models.TextField()
    made_at = models.DateTimeField(db_index=True)
