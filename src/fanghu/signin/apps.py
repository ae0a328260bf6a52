"""Django's entry for this app."""

from typing import Any

from django.apps import AppConfig

LASTING = frozenset({"secret", "credential", "credential_id", "party"})


class SigninConfig(AppConfig):
    """The signin app."""

    name = "fanghu.signin"
    label = "signin"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for sessions and traces when accounts below say that they must go; govern who holds which factor."""
        from fanghu.accounts.signals import canaries_removed, sessions_must_end
        from fanghu.signin.attempts import forget_run
        from fanghu.signin.sessions import end_all, remove_of

        def end(account: Any, reason: str, now: Any, keep: str = "", **_signal: Any) -> int:
            return end_all(account, reason, now, keep=keep)

        def forget(run_id: str, accounts: list[Any], **_signal: Any) -> list[str]:
            remove_of(accounts)
            return forget_run(run_id, [account.login_id for account in accounts])

        sessions_must_end.connect(end, weak=False, dispatch_uid="signin.sessions")
        canaries_removed.connect(forget, weak=False, dispatch_uid="signin.traces")
        self._govern_factors()

    def _govern_factors(self) -> None:
        """Whose factor it is and what proves it; how often it was used changes without an event."""
        from allauth.mfa.models import Authenticator
        from django.db.models import Q

        from fanghu.events.governed import govern

        def lasting(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(
                {key: kept for key, kept in value.items() if key in LASTING} if isinstance(value, dict) else value
                for value in values
            )

        govern(Authenticator, free=frozenset({"last_used_at"}), where=Q(user__canary_run=""), shape=lasting)
