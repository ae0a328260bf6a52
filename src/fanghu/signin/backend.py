"""Placeholder import target until the lock ledger stands."""
from django.contrib.auth.backends import ModelBackend


class LedgerBackend(ModelBackend):
    """Checks a password only when no lock stands."""
