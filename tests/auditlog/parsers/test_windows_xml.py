"""Windows events as XML: as ``wevtutil qe Security /f:xml`` prints them, and nothing that XML can do besides."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from fanghu.auditlog.parsers.formats import read

XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/>"
    "<EventID>4625</EventID><Version>0</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode>"
    "<Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-11-20T08:30:00.1234567Z'/>"
    "<EventRecordID>211</EventRecordID><Correlation/><Execution ProcessID='516' ThreadID='3240'/>"
    "<Channel>Security</Channel><Computer>DC01.example.test</Computer><Security/></System><EventData>"
    "<Data Name='SubjectUserName'>-</Data><Data Name='TargetUserName'>{who}</Data><Data Name='Status'>0xc000006d</Data>"
    "<Data Name='LogonType'>3</Data><Data Name='IpAddress'>192.0.2.1</Data></EventData></Event>"
)
CLEARED = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1102</EventID>"
    "<TimeCreated SystemTime='2026-11-20T08:30:00Z'/><EventRecordID>9</EventRecordID><Channel>Security</Channel>"
    "<Computer>DC01</Computer></System><UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/"
    "eventlog'><SubjectUserName>mallory</SubjectUserName></LogFileCleared></UserData></Event>"
)


def test_an_event_says_who_from_where_and_which_record_it_was():
    found = read("windows", XML.replace("{who}", "王小明 &amp; co").encode())
    assert (found.type, found.outcome, found.actor, found.place) == (
        "signin.failed",
        "failure",
        "王小明 & co",
        "192.0.2.1",
    )
    assert (found.host, found.app) == ("DC01.example.test", "Security")
    assert found.detail == {
        "event_id": 4625,
        "record": 211,
        "channel": "Security",
        "logon_type": "3",
        "status": "0xc000006d",
    }
    assert found.stamp and found.stamp.at == datetime(2026, 11, 20, 8, 30, 0, 123_456, tzinfo=UTC)


def test_a_cleared_log_names_who_cleared_it():
    found = read("windows", CLEARED.encode() + b"\r\n")
    assert (found.type, found.actor, found.detail["record"]) == ("log.cleared", "mallory", 9)


def test_a_name_that_looks_like_xml_fills_no_other_field():
    typed = "&lt;/Data&gt;&lt;Data Name='IpAddress'&gt;203.0.113.66&lt;/Data&gt;"
    found = read("windows", XML.replace("{who}", typed).encode())
    assert (found.actor, found.place) == ("</Data><Data Name='IpAddress'>203.0.113.66</Data>", "192.0.2.1")


@pytest.mark.parametrize(
    "line",
    [
        '<!DOCTYPE Event [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + XML.replace("{who}", "&b;"),
        '<Event><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + XML,
        XML.replace("{who}", "&outside;"),
        XML.replace("{who}", "alice")[:-9],
        "<Event/>",
        "<Event>" * 4_000,
        "<Event>" * 4_000 + "</Event>" * 4_000,
        "<Events>" + XML.replace("{who}", "alice") + "</Events>",
        "<?xml version='1.0' encoding='no-such'?>" + XML,
        "<Event\xff",
    ],
)
def test_what_is_no_plain_event_is_kept_as_it_came(line):
    assert read("windows", line.encode("latin-1")).verbatim


@pytest.mark.parametrize(
    ("said", "number"),
    [("7", 7), (7, 7), ("seven", 0), (-7, 0), (True, 0), (2**70, 0), ("9" * 25, 0), (None, 0), ([7], 0)],
)
def test_the_records_number_is_a_number(said, number):
    line = json.dumps({"winlog": {"event_id": 4624, "record_id": said}, "@timestamp": "2026-11-20T08:30:00Z"})
    assert read("windows", line.encode()).detail.get("record", 0) == number
