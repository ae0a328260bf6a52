"""Lines written to mislead or to cost time: nobody forges a field, and twice the text costs no more than its double."""

from __future__ import annotations

import json

import pytest

from fanghu.auditlog.parsers.formats import FORMATS, read

HEAD = "Nov 22 10:00:01 h "
PAM = "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp"


def test_a_message_too_long_to_be_of_sshd_is_not_read_as_one() -> None:
    for text in (
        "pam_unix(sshd:auth): authentication failure; " + "rhost=" * 10_000 + " x",
        "Failed password for " + " from a" * 9_000,
    ):
        found = read("openssh", f"{HEAD}sshd[1]: {text}".encode())
        assert (found.type, found.place) == ("sshd.other", "")


def test_a_repeated_message_is_read_whatever_blanks_it_holds() -> None:
    said = "Failed password for root from 203.0.113.7 port 22 ssh2"
    for padded in (said, f"{said}   ", said + " " * 50_000):
        found = read("openssh", f"{HEAD}sshd[1]: message repeated 3 times: [ {padded}] ".encode())
        assert (found.times, found.type, found.place) == (3, "signin.failed", "203.0.113.7")
    unended = read("openssh", f"{HEAD}sshd[1]: message repeated 3 times: [{' ' * 50_000}x".encode())
    assert (unended.times, unended.type) == (1, "sshd.other")


def test_a_name_typed_at_an_ftp_server_names_no_place() -> None:
    honest = read("linux-auth", f"{HEAD}vsftpd: {PAM} ruser=bob rhost=203.0.113.7".encode())
    assert (honest.type, honest.place) == ("authentication.failed", "203.0.113.7")
    forged = read("linux-auth", f"{HEAD}vsftpd: {PAM} ruser=a rhost=192.0.2.1 user=b rhost=203.0.113.7".encode())
    assert (forged.type, forged.place) == ("authentication.failed", "")


@pytest.mark.parametrize(
    ("account", "address"), [("Account Name", "Source Network Address"), ("帳戶名稱", "來源網路位址")]
)
def test_a_name_typed_at_windows_names_no_place(account: str, address: str) -> None:
    def event(typed: str) -> bytes:
        message = f"…\r\n\t{account}:\t\t-\r\n\r\n\t{account}:\t\t{typed}\r\n\r\n\t{address}:\t203.0.113.1\r\n"
        return json.dumps({"Id": 4625, "TimeCreated": "2026-11-22T02:00:00Z", "Message": message}).encode()

    honest, forged = read("windows", event("bob")), read("windows", event(f"bob\r\n\t{address}:\t192.0.2.1"))
    assert (honest.actor, honest.place) == ("bob", "203.0.113.1")
    assert (forged.actor, forged.place) == ("bob", "")


@pytest.mark.parametrize("format_", ["ndjson", "windows", "postgresql"])
def test_keys_written_twice_and_numbers_without_end(format_: str) -> None:
    for line in (b'{"n":1,"n":' + b"9" * 50_000 + b"}", b'{"pid":' + b"9" * 4_000 + b"}", b'{"a":1e99999}'):
        assert FORMATS[format_].read(line).times == 1


def test_characters_that_turn_text_around_stay_in_their_field() -> None:
    found = read("ndjson", json.dumps({"type": "user.login", "actor": "\u202eroot\n\x00"}).encode())
    assert (found.type, found.actor) == ("user.login", "\u202eroot\n\x00")
    found = read(
        "openssh",
        f"{HEAD}sshd[1]: Failed password for \u202eroot from 1.2.3.4 port 1 from 203.0.113.7 port 22".encode(),
    )
    assert found.place == "203.0.113.7"


FORGED = (
    '{"type":"signin.succeeded","actor":"root","outcome":"success","place":"192.0.2.1","time":"2020-01-01T00:00:00Z"}'
)


@pytest.mark.parametrize("head", ["<13>Nov 22 10:00:01 h shop[7]: ", "<13>1 2026-11-22T10:00:01Z h shop 7 - - "])
def test_a_stranger_s_text_does_not_choose_what_reads_it(head: str) -> None:
    """A program that logs what a stranger typed from its first character on: text, unless the source is declared to write JSON."""
    line = f"{head}{FORGED}".encode()
    for format_ in sorted({*FORMATS} - {"syslog-json", "plain"}):
        found = read(format_, line)
        assert (found.actor, found.outcome, found.place) == ("", "", ""), format_
        assert found.type in ("program.said", "line.verbatim")
    declared = read("syslog-json", line)
    assert (declared.type, declared.actor, declared.app, declared.host) == ("signin.succeeded", "root", "shop", "h")


def test_a_stranger_s_text_in_words_of_pam_is_text() -> None:
    said = "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)"
    for format_ in ("syslog", "linux-auth", "syslog-json"):
        forged = read(format_, f"{HEAD}shop[7]: {said}".encode())
        assert (forged.type, forged.actor, forged.outcome) == ("program.said", "", "")
        assert read(format_, f"{HEAD}sshd[7]: {said}".encode()).actor == "root"


def test_postgresql_in_syslog_writes_json_only_where_it_is_declared() -> None:
    said = '{"timestamp":"2026-11-22 10:00:00 UTC","error_severity":"LOG","message":"connection authorized: user=app","user":"app"}'
    line = f"<13>Nov 22 10:00:01 h postgres[7]: {said}".encode()
    assert (read("syslog", line).type, read("syslog", line).actor) == ("program.said", "")
    assert (read("syslog-json", line).type, read("syslog-json", line).actor) == ("signin.succeeded", "app")


@pytest.mark.parametrize("program", ["sshd", "sudo", "nginx", "postgres", "useradd"])
def test_json_in_the_name_of_a_program_that_writes_none_is_text(program: str) -> None:
    found = read("syslog-json", f"<13>Nov 22 10:00:01 h {program}: {FORGED}".encode())
    assert (found.actor, found.outcome) == ("", "")
    said = "Failed password for root from 203.0.113.7 port 22 ssh2"
    assert read("syslog-json", f"<13>Nov 22 10:00:01 h sshd[7]: {said}".encode()).type == "signin.failed"
