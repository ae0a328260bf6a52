"""Every format: it says what happened, nobody forges a field, nothing ever raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fanghu.auditlog.parsers import linux_auth
from fanghu.auditlog.parsers.formats import FORMATS, read
from fanghu.auditlog.parsers.kinds import PRIVILEGED
from fanghu.auditlog.record import entry_of_line
from fanghu.edge.encoding import unread
from fanghu.tlog.entry import Entry

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
HEAD = "Nov 22 10:00:01 web1 "
APACHE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "apache-2k.log"


def says(format_: str, line: str | bytes) -> tuple[str, str, str, str, str]:
    found = read(format_, line.encode() if isinstance(line, str) else line)
    return found.type, found.outcome, found.actor, found.place, found.object


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx",
         ("command.run", "success", "alice", "", "/usr/bin/systemctl restart nginx")),
        ("sudo:    eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
         ("privilege.refused", "failure", "eve", "", "/bin/sh")),
        ("sudo:    bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
         ("privilege.refused", "failure", "bob", "", "/bin/id")),
        ("sudo: pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)",
         ("session.opened", "success", "root", "", "")),
        ("su[7]: (to root) bob on pts/1", ("user.switched", "success", "bob", "", "")),
        ("su[7]: FAILED SU (to root) bob on pts/1", ("privilege.refused", "failure", "bob", "", "")),
        ("sshd[9]: Failed password for root from 203.0.113.7 port 22 ssh2",
         ("signin.failed", "failure", "root", "203.0.113.7", "")),
        ("useradd[9]: new user: name=eve, UID=1001, GID=1001, home=/home/eve, shell=/bin/sh",
         ("account.created", "success", "", "", "eve")),
        ("usermod[9]: add 'eve' to group 'sudo'", ("group.changed", "success", "", "", "eve")),
        ("usermod[9]: lock user 'eve' password", ("account.disabled", "success", "", "", "eve")),
        ("userdel[9]: delete user 'eve'", ("account.deleted", "success", "", "", "eve")),
        ("passwd[9]: pam_unix(passwd:chauthtok): password changed for eve", ("password.changed", "success", "", "", "eve")),
        ("CRON[9]: pam_unix(cron:session): session closed for user root", ("session.closed", "success", "root", "", "")),
        ("kernel: eth0 is up", ("program.said", "", "", "", "")),
    ],
)  # fmt: skip
def test_linux(text: str, meaning: tuple[str, ...]) -> None:
    assert says("linux-auth", HEAD + text) == meaning


def test_a_command_cannot_forge_who_ran_it() -> None:
    typed = "/bin/echo ; USER=nobody ; COMMAND=/bin/true"
    found = read("linux-auth", f"{HEAD}sudo: eve : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND={typed}".encode())
    assert (found.actor, found.object, found.detail["as"]) == ("eve", typed, "root")


def test_repeated_messages_count() -> None:
    line = f"{HEAD}su: message repeated 4 times: [ FAILED su for root by bob]"
    assert read("linux-auth", line.encode()).times == 4


NGINX = '203.0.113.5 - {user} [22/Nov/2026:10:00:00 +0800] "{asked}" {status} 12 "{referrer}" "{agent}"'


def access(
    asked: str = "GET / HTTP/1.1", status: int = 200, user: str = "-", referrer: str = "-", agent: str = "x"
) -> str:
    return NGINX.format(user=user, asked=asked, status=status, referrer=referrer, agent=agent)


@pytest.mark.parametrize("server", ["nginx", "apache"])
def test_access_logs(server: str) -> None:
    assert says(server, access("GET /orders?token=s3cret HTTP/1.1")) == (
        "page.requested",
        "success",
        "",
        "203.0.113.5",
        "/orders",
    )
    assert says(server, access("POST /login HTTP/1.1", 403, "bob")) == (
        "page.requested",
        "failure",
        "bob",
        "203.0.113.5",
        "/login",
    )
    found = read(server, access(agent='\\" 200 1 \\"-\\" \\"', referrer="\\x22 500").encode())
    assert (found.detail["status"], found.place) == (200, "203.0.113.5"), "what a browser calls itself forges nothing"
    assert found.stamp is not None and found.stamp.at == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert says(server, access("\\x16\\x03\\x01", 400))[:2] == ("page.requested", "failure"), (
        "a TLS greeting in the clear"
    )
    assert read(server, b"nonsense").verbatim


def test_error_logs() -> None:
    refused = '2026/11/22 10:00:00 [error] 12#12: *5 open() "/x" failed, client: 203.0.113.5, server: _, request: "GET /x HTTP/1.1"'
    assert says("nginx", refused) == ("server.error", "failure", "", "203.0.113.5", "")
    forged = refused.replace('"/x" failed', '"/, client: 192.0.2.9, server: z" failed')
    assert read("nginx", forged.encode()).place == "", "a path that holds the same words names nobody"
    line = "[Sun Dec 04 04:47:44 2005] [error] [client 203.0.113.9] Directory index forbidden by rule: /var/www/html/"
    assert says("apache", line) == ("server.error", "failure", "", "203.0.113.9", "")
    newer = "[Sun Nov 22 10:00:00.123456 2026] [core:notice] [pid 12:tid 5] AH00094: Command line: '/usr/sbin/apache2'"
    assert says("apache", newer)[:2] == ("server.notice", "")


@pytest.mark.skipif(not APACHE.exists(), reason="the real samples are not here")
def test_the_real_sample_is_read_to_the_last_line() -> None:
    found = [read("apache", line) for line in APACHE.read_bytes().splitlines()]
    assert len(found) == 2_000 and not any(each.verbatim for each in found)
    assert sum(each.type == "server.error" for each in found) == 595


WINDOWS = {"TargetUserName": "bob", "SubjectUserName": "alice", "IpAddress": "203.0.113.1", "LogonType": "3"}


def winlogbeat(number: int, **data: str) -> str:
    inner = {"event_id": number, "computer_name": "DC1", "channel": "Security", "event_data": {**WINDOWS, **data}}
    return json.dumps({"@timestamp": "2026-11-22T02:00:00.000Z", "winlog": inner})


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (winlogbeat(4624), ("signin.succeeded", "success", "bob", "203.0.113.1", "")),
        (winlogbeat(4625, IpAddress="-", WorkstationName="PC7"), ("signin.failed", "failure", "bob", "PC7", "")),
        (winlogbeat(4720), ("account.created", "success", "alice", "203.0.113.1", "bob")),
        (winlogbeat(4728, MemberName="CN=eve"), ("group.changed", "success", "alice", "203.0.113.1", "CN=eve")),
        (winlogbeat(4776, Status="0xc000006a"), ("authentication.checked", "failure", "bob", "203.0.113.1", "")),
        (winlogbeat(4776, Status="0x0", IpAddress="", Workstation="PC7"), ("authentication.checked", "success", "bob", "PC7", "")),
        (winlogbeat(4768, Status="0x0"), ("authentication.checked", "success", "bob", "203.0.113.1", "")),
        (winlogbeat(4768, Status="0x6", IpAddress="::ffff:203.0.113.7"), ("authentication.checked", "failure", "bob", "203.0.113.7", "")),
        (winlogbeat(4769, Status="0x0", TargetUserName="bob@FIRM.EXAMPLE"), ("authentication.checked", "success", "bob", "203.0.113.1", "")),
        (winlogbeat(4741, TargetUserName="PC9$"), ("account.created", "success", "alice", "203.0.113.1", "PC9$")),
        (winlogbeat(1102), ("log.cleared", "success", "alice", "203.0.113.1", "bob")),
        (winlogbeat(5156), ("windows.event", "", "alice", "203.0.113.1", "bob")),
        (json.dumps({"Event": {"System": {"EventID": {"#text": 4740}, "Computer": "DC1", "Channel": "Security",
                                          "TimeCreated": {"#attributes": {"SystemTime": "2026-11-22T02:00:00Z"}}},
                               "EventData": {"TargetUserName": "bob", "SubjectUserName": "DC1$"}}}),
         ("account.locked", "failure", "DC1$", "", "bob")),
        (json.dumps({"Id": 4625, "TimeCreated": "/Date(1795312800000)/", "MachineName": "DC1", "LogName": "Security",
                     "Message": "An account failed to log on.\r\n\r\nSubject:\r\n\tAccount Name:\t\t-\r\n\r\nAccount For Which "
                                "Logon Failed:\r\n\tAccount Name:\t\tbob\r\n\tSource Network Address:\t203.0.113.1\r\n"}),
         ("signin.failed", "failure", "bob", "203.0.113.1", "")),
    ],
)  # fmt: skip
def test_windows(line: str, meaning: tuple[str, ...]) -> None:
    assert says("windows", line) == meaning
    assert read("windows", line.encode()).stamp is not None


def postgres(message: str, severity: str = "LOG", **more: object) -> str:
    return json.dumps(
        {"timestamp": "2026-11-22 10:00:00.1 UTC", "pid": 7, "error_severity": severity, "message": message, **more}
    )


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (postgres("connection authorized: user=app database=orders", user="app", remote_host="203.0.113.2"),
         ("signin.succeeded", "success", "app", "203.0.113.2", "")),
        (postgres('password authentication failed for user "eve"', "FATAL", remote_host="203.0.113.2"),
         ("signin.failed", "failure", "eve", "203.0.113.2", "")),
        (postgres("permission denied for table customers", "ERROR", user="app"),
         ("access.refused", "failure", "app", "", "permission denied for table customers")),
        (postgres('AUDIT: SESSION,1,1,ROLE,GRANT,TABLE,public.t,"GRANT SELECT ON t TO bob",<not logged>', user="dba"),
         ("grant.changed", "success", "dba", "", "public.t")),
        (postgres('AUDIT: SESSION,2,1,DDL,CREATE TABLE,TABLE,public.x,"create table x (a text default \'a,b\')",<none>', user="dba"),
         ("schema.changed", "success", "dba", "", "public.x")),
        (postgres("AUDIT: broken", user="dba"), ("statement.executed", "success", "dba", "", "")),
        (postgres("received SIGHUP, reloading configuration files"),
         ("configuration.changed", "success", "", "", "received SIGHUP, reloading configuration files")),
        (postgres("database system is ready to accept connections"), ("service.started", "success", "", "", "")),
    ],
)  # fmt: skip
def test_postgresql(line: str, meaning: tuple[str, ...]) -> None:
    assert says("postgresql", line) == meaning


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 10), ("GMT", 10), ("+08", 2), ("-03", 13)])
def test_postgresql_names_its_zone(zone: str, hour: int) -> None:
    found = read("postgresql", postgres("x").replace("UTC", zone).encode())
    assert found.stamp is not None and found.stamp.at is not None
    assert found.stamp.at.astimezone(UTC).hour == hour
    ambiguous = read("postgresql", postgres("x").replace("UTC", "CST").encode())
    assert ambiguous.stamp is not None and ambiguous.stamp.at is not None and ambiguous.stamp.at.tzinfo is None


def test_syslog_envelopes() -> None:
    said = "Failed password for root from 203.0.113.7 port 22 ssh2"
    meaning = ("signin.failed", "failure", "root", "203.0.113.7", "")
    structured = '[meta@1 sequenceId="1" a="b\\]c"][x y="z"]'
    for line in (
        f"<34>1 2026-11-22T10:00:00.003+08:00 web1 sshd 99 ID7 {structured} {said}",
        f"<34>1 2026-11-22T10:00:00Z web1 sshd - - - \ufeff{said}",
        f"<34>Nov 22 10:00:00 web1 sshd[9]: {said}",
        f"2026-11-22T10:00:00+08:00 web1 sshd[9]: {said}",
    ):
        assert says("syslog", line) == meaning
        assert read("syslog", line.encode()).host == "web1"
    found = read("syslog", f"<34>1 2026-11-22T10:00:00Z web1 sshd 99 ID7 {structured} {said}".encode())
    assert (found.detail["meta.sequenceId"], found.detail["meta.a"], found.detail["msgid"]) == ("1", "b]c", "ID7")
    assert says("syslog", f"<190>Nov 22 10:00:00 web1 nginx: {access()}") == (
        "page.requested",
        "success",
        "",
        "203.0.113.5",
        "/",
    )
    assert says("syslog", "<34>1 - - - - - -")[0] == "program.said"
    assert read("syslog", b"no envelope at all").verbatim


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ({"type": "order.placed", "actor": "c-7", "place": "203.0.113.3", "outcome": "success", "object": "TXF?x=1"},
         ("order.placed", "success", "c-7", "203.0.113.3", "TXF")),
        ({"event": {"action": "ssh_login", "outcome": "failure"}, "user": {"name": "eve"}, "source": {"ip": "203.0.113.4"}},
         ("record.ssh_login", "failure", "eve", "203.0.113.4", "")),
        ({"event.name": "user.login", "user.id": 7, "client.address": "203.0.113.4"},
         ("user.login", "", "7", "203.0.113.4", "")),
        ({"type": "order.placed", "who": "c-7", "where": "203.0.113.3"}, ("order.placed", "", "c-7", "203.0.113.3", "")),
        ({"type": "order.placed", "who": "x", "actor": "c-7"}, ("order.placed", "", "c-7", "", "")),
        ({"message": "hello"}, ("record.taken", "", "", "", "")),
    ],
)  # fmt: skip
def test_json(line: dict[str, object], meaning: tuple[str, ...]) -> None:
    assert says("ndjson", json.dumps(line)) == meaning


def test_anything_else_is_kept_as_it_comes() -> None:
    assert read("plain", b"\xff\x00whatever").verbatim
    assert read("no such format", b"x").verbatim


def test_what_is_privileged_is_a_kind_that_some_format_says() -> None:
    said = {kind for _program, kind, _outcome, _pattern in linux_auth._LISTED}
    from fanghu.auditlog.parsers import postgresql, windows

    said |= {kind for kind, _outcome in windows.KINDS.values()} | set(postgresql.CLASSES.values())
    said |= {"grant.changed", "configuration.changed"}
    assert said >= PRIVILEGED


HOSTILE = (
    b"\xff\xfe{}", b'{"winlog": 3}', b'{"Event": {"System": 1}}', b'{"Id": [], "TimeCreated": {}}', b"[" * 5_000, b'{"a":' * 3_000,
    b'{"error_severity": 1, "message": null, "timestamp": []}', b'{"time": 1e308}', b'{"ts": -1, "n": 99999999999999999999999999}',
    b"<999>1 x y z a b [", b"<1>1 9999-99-99T99:99:99Z h a p i -", b'{"winlog":{"event_id":4624,"event_data":{"IpAddress":{}}}}',
    "<13>Nov 22 10:00:00 web1 su: \u202eroot".encode(), b'{"time":"0001-01-01T00:00:00+23:59"}', b'{"time":"9999-12-31T23:59:59-23:59"}',
)  # fmt: skip


@pytest.mark.parametrize("format_", sorted(FORMATS))
@given(line=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(line=b"Nov 22 10:00:01 h sudo: " + b"USER=" * 9_000)
@example(line=b'1 - - [22/Nov/2026:10:00:00 +0800] "' + b"\\" * 50_001)
@example(line=b"<34>1 2026-11-22T10:00:00Z h sshd - - " + b'[a b="' * 9_000)
def test_nothing_raises_and_no_byte_is_lost(format_: str, line: bytes) -> None:
    for each in (line, *HOSTILE):
        reading = FORMATS[format_].read(each)
        FORMATS[format_].stamp(each)
        at = reading.stamp.at if reading.stamp else None
        entry = Entry(entry_of_line(b"0" * 16, each, reading, at if at and at.tzinfo else None, [], "gate", "run", NOW))
        assert entry.raw == each
        assert entry.envelope.type == reading.type


@pytest.mark.parametrize(
    ("format_", "program", "said", "meaning"),
    [
        ("openssh", "sshd", "Failed password for root from 192.0.2.77 port 5 ssh2", ("signin.failed", "root", "192.0.2.77")),
        ("linux-auth", "sshd", "Failed password for root from 192.0.2.77 port 5 ssh2", ("signin.failed", "root", "192.0.2.77")),
        ("nginx", "nginx", access(), ("page.requested", "", "203.0.113.5")),
        ("apache", "apache2", access(), ("page.requested", "", "203.0.113.5")),
        ("nginx", "shop", access(), ("program.said", "", "")),
        ("ndjson", "shop", '{"type":"signin.succeeded","actor":"root"}', ("program.said", "", "")),
    ],
)  # fmt: skip
def test_what_syslog_brings_is_read_as_syslog_whatever_the_source_s_format(
    format_: str, program: str, said: str, meaning: tuple[str, str, str]
) -> None:
    """Our own configuration to copy sends RFC 5424. The program that the envelope names chooses what reads its words."""
    for line in (
        f"<38>1 2026-11-23T20:00:00+08:00 h1 {program} - - - {said}",
        f"<38>Nov 23 20:00:00 h1 {program}: {said}",
    ):
        found = read(format_, line.encode())
        assert (found.type, found.actor, found.place, found.host) == (*meaning, "h1")
        assert unread(format_, [line.encode()]) == 0
