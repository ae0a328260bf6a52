"""Which ways a canary is sent by (4.2)."""

from __future__ import annotations

import pytest

from fanghu.intake.canaries.ways import open_ways
from fanghu.intake.plan import Listeners

SET = Listeners(http="127.0.0.1:1", syslog_tls="192.0.2.1:6514", syslog_udp="127.0.0.1:2")


@pytest.mark.parametrize(
    ("declared", "listen", "certificates", "ways"),
    [
        ([["otlp"]], None, False, ["otlp"]),
        ([["http"], ["follow"]], None, False, ["https", "file"]),
        ([["http"]], SET, True, ["https", "certificate"]),
        ([["syslog"]], SET, True, ["tls", "udp"]),
        ([["syslog"]], Listeners(), False, ["tls"]),
        ([["syslog"]], Listeners(syslog_tls="[::1]:6514", syslog_tcp="127.0.0.1:8514"), False, ["tcp"]),
        ([["journal", "import"]], None, False, ["journal"]),
        ([["import"]], None, False, ["https", "otlp", "tls", "tcp", "udp", "file"]),
        ([], None, False, ["https", "otlp", "tls", "tcp", "udp", "file"]),
    ],
)
def test_what_the_firm_opened_is_tried(
    declared: list[list[str]], listen: Listeners | None, certificates: bool, ways: list[str]
) -> None:
    """A source whose listeners are all closed is tried all the same; without a live source all that can be opened is."""
    assert open_ways(declared, listen, certificates=certificates) == ways
