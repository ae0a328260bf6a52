"""Configuration to copy: what a sender needs to reach the intake, by way in; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fanghu.intake.plan import Listeners

AUTHORITY = "/etc/ssl/certs/fanghu-authority.pem"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program's name, where its lines go, and the lines."""

    title: str
    where: str
    text: str


def snippets(name: str, ways: list[str], listen: Listeners) -> Iterator[Snippet]:
    """For each open way of a source; ``TOKEN`` stands for a token of the source."""
    if "syslog" in ways and listen.syslog_tls:
        host, port = _parts(listen.syslog_tls)
        yield Snippet("rsyslog (TLS)", "/etc/rsyslog.d/60-fanghu.conf", RSYSLOG.format(
            authority=AUTHORITY, host=host, port=port, queue=f"fanghu_{name.replace('-', '_')}"
        ))  # fmt: skip
    if "syslog" in ways and listen.syslog_tcp:
        host, port = _parts(listen.syslog_tcp)
        yield Snippet(
            "logger", "", f"logger --server {host} --tcp --port {port} --octet-count --rfc5424 -t {name} 'first line'"
        )
    if "http" in ways and listen.http:
        yield Snippet("curl", "", CURL.format(authority=AUTHORITY, at=listen.http, name=name))
    if "otlp" in ways and listen.http:
        yield Snippet("OpenTelemetry Collector", "config.yaml", OTLP.format(authority=AUTHORITY, at=listen.http))
    if "journal" in ways:
        yield Snippet("journald", "", "usermod --append --groups systemd-journal fanghu")
    if "journal" in ways or ("syslog" in ways and (listen.syslog_tls or listen.syslog_tcp)):
        yield Snippet("cron (4.9, 4.11)", "/etc/cron.d/fanghu", HOURLY)


def _parts(listener: str) -> tuple[str, str]:
    host, _colon, port = listener.rpartition(":")
    return host.strip("[]"), port


RSYSLOG = """# apt install rsyslog-openssl; copy Fanghu's tls/authority.pem to {authority}
action(
  type="omfwd" target="{host}" port="{port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
  TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="{host}" StreamDriver.CAFile="{authority}"
  queue.type="LinkedList" queue.filename="{queue}" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1"
)"""
HOURLY = """0 * * * * root chronyc -n -c tracking | logger -t chronyc
0 * * * * root sha256sum /etc/rsyslog.conf /etc/rsyslog.d/* /etc/audit/rules.d/* 2>/dev/null | logger -t sha256sum"""
"""What a host says of its clock and of how it logs; see docs/guide/log-keeping.md and log-sources.md."""
CURL = """curl --cacert {authority} https://{at}/v1/records \\
  -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/x-ndjson' \\
  -H 'Fanghu-Client: {name}-1' -H 'Fanghu-Batch: 1' --data-binary @records.ndjson"""
OTLP = """exporters:
  otlphttp:
    logs_endpoint: https://{at}/v1/logs
    headers:
      authorization: Bearer TOKEN
    tls:
      ca_file: {authority}
service:
  pipelines:
    logs:
      exporters: [otlphttp]"""
