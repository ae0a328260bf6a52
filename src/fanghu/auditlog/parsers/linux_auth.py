"""What Linux systems say of who became whom: sshd, PAM, sudo, su, and the tools that change accounts; pure."""

from __future__ import annotations

import re

from fanghu.auditlog.parsers import openssh
from fanghu.auditlog.parsers.reading import UNREAD, Head, Outcome, Reading, head_of

# Order matters, and what a person may type stands last in each line: a name or command cannot forge what stands before.
_LISTED: tuple[tuple[str, str, Outcome, str], ...] = (
    ("sudo", "privilege.refused", "failure", r"\s*(?P<actor>\S+) : (?:\d+ incorrect password attempts?|"
                                             r"user NOT in sudoers|command not allowed|a password is required|"
                                             r"user NOT authorized on host) ; .*?USER=(?P<as>\S+) ; "
                                             r"(?:ENV=.*? ; )?COMMAND=(?P<object>.*)"),
    ("sudo", "command.run", "success", r"\s*(?P<actor>\S+) : (?:TTY=\S* ; )?PWD=.*? ; USER=(?P<as>\S+) ; "
                                       r"(?:GROUP=\S+ ; )?(?:TSID=\S+ ; )?(?:ENV=.*? ; )?COMMAND=(?P<object>.*)"),
    ("su", "user.switched", "success", r"(?:Successful su for (?P<as>\S+) by (?P<actor>\S+)|"
                                       r"\(to (?P<as2>\S+)\) (?P<actor2>\S+) on \S+)"),
    ("su", "privilege.refused", "failure", r"FAILED (?:su for|SU \(to) (?P<as>[^\s)]+)\)? (?:by )?(?P<actor>\S+).*"),
    ("", "session.opened", "success", r"pam_\w+\([\w-]+:session\): session opened for user (?P<actor>\S+?)"
                                      r"(?:\(uid=\d+\))? by (?P<by>\S*?)(?:\(uid=\d+\))?\s*"),
    ("", "session.closed", "success", r"pam_\w+\([\w-]+:session\): session closed for user (?P<actor>\S+)"),
    ("", "authentication.failed", "failure", r"pam_\w+\([\w-]+:auth\): authentication failure;.*?"
                                             r"ruser=(?P<by>\S*) rhost=(?P<place>\S*)(?:\s+user=(?P<actor>.*))?"),
    ("systemd-logind", "session.opened", "success", r"New session \S+ of user (?P<actor>\S+)\."),
    ("login", "signin.failed", "failure", r"FAILED LOGIN \(\d+\) on \S+(?: from \S+)? FOR (?P<actor>.*), .*"),
    ("login", "signin.succeeded", "success", r"ROOT LOGIN\s+ON (?P<object>\S+)"),
    ("useradd", "account.created", "success", r"new user: name=(?P<object>[^,]+), .*"),
    ("useradd", "account.created", "failure", r"failed adding user '(?P<object>[^']*)'.*"),
    ("useradd", "group.changed", "success", r"add '(?P<object>[^']+)' to (?:shadow )?group '(?P<group>[^']+)'.*"),
    ("userdel", "account.deleted", "success", r"delete user '(?P<object>[^']+)'.*"),
    ("usermod", "group.changed", "success", r"add '(?P<object>[^']+)' to (?:shadow )?group '(?P<group>[^']+)'.*"),
    ("usermod", "account.disabled", "success", r"lock user '(?P<object>[^']+)' password.*"),
    ("usermod", "account.enabled", "success", r"unlock user '(?P<object>[^']+)' password.*"),
    ("usermod", "account.changed", "success", r"change user '(?P<object>[^']+)'.*"),
    ("gpasswd", "group.changed", "success", r"user (?P<object>\S+) (?:added|removed) by (?P<actor>\S+) (?:to|from) "
                                            r"group (?P<group>\S+)"),
    ("groupadd", "group.changed", "success", r"new group: name=(?P<object>[^,]+), .*"),
    ("chage", "account.changed", "success", r"changed password expiry for (?P<object>\S+)"),
    ("passwd", "password.changed", "success", r"pam_unix\(passwd:chauthtok\): password changed for (?P<object>\S+)"),
    ("chpasswd", "password.changed", "success", r"pam_unix\(chpasswd:chauthtok\): password changed for (?P<object>\S+)"),
    ("chronyc", "clock.tracked", "success", r"[0-9A-F]{8},(?P<object>[^,\s]*),\d+,[^\s]*(?:Normal|Insert second|Delete second|"
                                            r"Not synchronised)\s*"),
    ("sha256sum", "config.hashed", "success", r"[0-9a-f]{64} [ *](?P<object>/[\x21-\x7e]{1,199})"),
    ("polkitd", "privilege.used", "success", r"Operator of .*? successfully authenticated as (?P<as>\S+) to gain .*"),
)  # fmt: skip
PROGRAMS = frozenset(program for program, *_rest in _LISTED if program)
WITH_PAM = PROGRAMS | {
    *openssh.PROGRAMS, "CRON", "cron", "crond", "anacron", "atd", "systemd", "(systemd)", "(sd-pam)", "runuser",
    "chsh", "chfn", "newusers", "vlock", "screen", "gdm-password]", "gdm-password", "gdm-session-worker", "gdm-launch-environment]",
    "lightdm", "sddm", "sddm-helper", "kdm", "xdm", "xrdp-sesman", "xrdp", "cockpit-session", "cockpit-ws", "polkit-agent-helper-1", "pkexec",
    "vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd", "dovecot", "courier-authdaemon", "authdaemond", "saslauthd", "smbd", "samba",
    "sssd", "openvpn", "charon", "pppd", "radiusd", "freeradius", "rlogin", "rsh", "telnetd", "unix_chkpwd",
}  # fmt: skip
"""Programs that PAM speaks for. What others say in its words may be what a stranger typed into them."""
FAR = 4_000
"""Characters looked at: what matters stands at the beginning, and a hostile line must not cost its square."""

_MESSAGES = tuple(
    (program, kind, outcome, re.compile(pattern, re.DOTALL)) for program, kind, outcome, pattern in _LISTED
)


def read(line: bytes) -> Reading:
    """Read one line of /var/log/auth.log or /var/log/secure."""
    head = head_of(line)
    return UNREAD if head is None else said(head)


def said(head: Head) -> Reading:
    """What the program of this head said; whatever it was, its head is read."""
    of_sshd = openssh.said(head)
    if of_sshd is not None and of_sshd.type != "sshd.other":
        return of_sshd
    text = head.text[:FAR].rstrip()
    for program, kind, outcome, pattern in _MESSAGES:
        if program != head.program and (program or head.program not in WITH_PAM):
            continue
        found = pattern.fullmatch(text)
        if found is None:
            continue
        got = {name: value for name, value in found.groupdict().items() if value}
        detail = head.detail
        for name in ("as", "by", "group"):
            value = got.get(name) or got.get(f"{name}2")
            if value:
                detail[name] = value[:255]
        actor = got.get("actor") or got.get("actor2", "")
        if text.count("rhost=") > 1:  # a name typed at an FTP server may hold these words: then no place is named
            got.pop("place", None)
        return Reading(
            head.stamp, head.host, kind, outcome, actor, got.get("place", ""), head.times, detail, head.program,
            got.get("object", ""),
        )  # fmt: skip
    return of_sshd or Reading(
        head.stamp, head.host, "program.said", times=head.times, detail=head.detail, app=head.program
    )
