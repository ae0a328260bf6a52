"""4.11 of systems that send their events: their hosts say how they log; a change is an alarm until a person closes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fanghu.alarms import actions as alarms
from fanghu.alarms.models import Alarm
from fanghu.auditlog.actions import seal_now
from fanghu.auditlog.facts import LogIntegrity
from fanghu.auditlog.parsers import linux_auth
from fanghu.intake.host_configs import Hashed, differences, read_host_configs
from fanghu.intake.models import HostConfig, Source
from fanghu.intake.watching import watch
from fanghu.register.models import System
from fanghu.testimony import Subject
from tests.intake.conftest import HOUR, MINUTE, NOW, Says, doer
from tests.intake.test_host_clocks import line, sends
from tests.intake.test_pages import Sit
from tests.intake.test_systems_logs import said as told

__all__ = ["sends"]
ORDERS = Subject.system("orders")
AGENT, RULES = "/etc/rsyslog.conf", "/etc/audit/rules.d/audit.rules"


def tells(sends: Any, at: Any, source: str = "orders-syslog", host: str = "orders1", **files: str) -> int:
    """The host says its files' hashes; what is made of it some minutes later."""
    paths = {"agent": AGENT, "rules": RULES}
    lines = [line(host, f"{digit * 64}  {paths[name]}", at, "sha256sum") for name, digit in files.items()]
    sends(*lines, source=source, at=at)
    return read_host_configs(at + 6 * MINUTE)


def changed() -> list[Any]:
    return [alarm.params for alarm in Alarm.objects.filter(kind="source.config_changed", closed_at=None)]


def test_what_sha256sum_says_is_read() -> None:
    found = linux_auth.read(f"Nov 23 02:00:01 orders1 sha256sum: {'a' * 64}  {AGENT}".encode())
    assert (found.type, found.object, found.host) == ("config.hashed", AGENT, "orders1")
    assert linux_auth.read(b"Nov 23 02:00:01 orders1 sha256sum: /etc/x: No such file").type == "program.said"


@pytest.mark.parametrize(
    ("later", "found"),
    [
        ({AGENT: "a", RULES: "b"}, []),
        ({AGENT: "c", RULES: "b"}, [AGENT]),
        ({RULES: "b"}, [AGENT]),
        ({AGENT: "a", RULES: "b", "/etc/new": "d"}, ["/etc/new"]),
    ],
)
def test_what_changed_came_or_went(later: dict[str, str], found: list[str]) -> None:
    before = {path: Hashed(path, digest, NOW) for path, digest in ((AGENT, "a"), (RULES, "b"))}
    lines = [Hashed(path, digest, NOW + HOUR) for path, digest in later.items()]
    assert list(differences(before, lines)) == found
    assert not list(differences({}, lines)), "what is said first is taken as it is"


def test_a_change_and_its_undoing_between_two_looks_are_both_seen() -> None:
    before = {AGENT: Hashed(AGENT, "a", NOW)}
    lines = [Hashed(AGENT, digest, NOW + minutes * MINUTE) for minutes, digest in ((1, "b"), (2, "a"))]
    assert list(differences(before, lines)) == [AGENT, AGENT]


def test_a_change_is_an_alarm_and_4_11_is_not_met_until_a_person_has_closed_it(
    house: dict[str, Any], sends: Any, client_as: Sit
) -> None:
    assert tells(sends, NOW, agent="a", rules="b") == 0 == tells(sends, NOW + HOUR, agent="a", rules="b")
    assert not changed() and HostConfig.objects.count() == 2
    assert told_of() == 0
    assert tells(sends, NOW + 2 * HOUR, agent="a", rules="c") == 1
    assert [(each["host"], each["path"], each["count"]) for each in changed()] == [("orders1", RULES, 1)]
    assert read_host_configs(NOW + 2 * HOUR + 9 * MINUTE) == 0, "told once"
    assert told_of() == 1
    alarm = Alarm.objects.get()
    for deed in (alarms.act, alarms.close):
        deed(alarm.pk, "rule for the new share, change 4711", by=doer(house["alice"]), now=NOW)
    assert told_of() == 0
    assert tells(sends, NOW + 3 * HOUR, rules="c") == 1, "the agent's file is gone"
    assert changed()[0]["path"] == AGENT and HostConfig.objects.get(path=AGENT).sha256 == ""
    page = client_as("erin").get(f"/sources/{Source.objects.get(name='orders-syslog').pk}/").content.decode()
    assert AGENT in page and "gone" in page and f"{'c' * 16}…" in page
    assert tells(sends, NOW + 4 * HOUR, agent="a", rules="c") == 1, "and back"


def told_of() -> int:
    """How many alarms of it 4.11 counts for the system."""
    seal_now(wait=True)
    return int(told(LogIntegrity)[ORDERS].facts.reconfigured)


def test_what_is_still_being_said_is_waited_for(sends: Any) -> None:
    tells(sends, NOW, agent="a", rules="b")
    sends(line("orders1", f"{'a' * 64}  {AGENT}", NOW + HOUR, "sha256sum"), at=NOW + HOUR)
    assert read_host_configs(NOW + HOUR + MINUTE) == 0
    sends(line("orders1", f"{'b' * 64}  {RULES}", NOW + HOUR, "sha256sum"), at=NOW + HOUR + MINUTE)
    assert read_host_configs(NOW + HOUR + 9 * MINUTE) == 0 and not changed()


def test_nobody_speaks_for_another_s_host(sends: Any) -> None:
    tells(sends, NOW, source="fanghu-syslog", agent="a")
    tells(sends, NOW, host="elsewhere", agent="a")
    assert not HostConfig.objects.exists()


def test_a_host_that_says_no_more_how_it_logs_is_an_alarm_until_it_does(
    house: dict[str, Any], sends: Any, says: Says
) -> None:
    def silent(now: Any) -> list[str]:
        watch(now)
        return list(Alarm.objects.filter(kind="source.config_silent", ended_at=None).values_list("key", flat=True))

    tells(sends, NOW, agent="a")
    assert silent(NOW + 25 * HOUR) == []
    assert silent(NOW + 27 * HOUR) == ["orders1"] and told_of() == 1
    later = NOW + 28 * HOUR
    tells(sends, later, agent="a")
    assert silent(later + 6 * MINUTE) == [] and told_of() == 1, "over, and still a person's to close"
    System.objects.filter(slug="orders").update(hosts=[])
    assert silent(later + timedelta(days=9)) == [], "no host of this system any more"
