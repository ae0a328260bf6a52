"""Names of machines that imported logs mention, for the comparison with the register."""

from collections.abc import Callable, Iterable

from fanghu.auditlog.seen_hosts import hosts
from fanghu.register.known import Known


def in_logs() -> Iterable[Known]:
    """Every host in imported logs."""
    return [Known(host.name, f"log:{host.source}", host.seen_at) for host in hosts()]


KNOWN: list[Callable[[], Iterable[Known]]] = [in_logs]
