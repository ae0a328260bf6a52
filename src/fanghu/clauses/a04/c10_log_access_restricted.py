"""Only those who hold the right get at the audit log.

Met when every way to the log over the network asks for a right over it,
somebody may read this system's log, whoever was given it besides the roles that
read every log was approved by a second person, and on the machine itself none
but the account that the product runs as may open the log's files. The drill
shows that an account without the right is refused everywhere, and that its
attempt is in the log.
"""

from datetime import datetime

from fanghu.auditlog.facts import LogAccess
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogAccess
NAMED = 5


def judge(duty: Duty, facts: LogAccess, now: datetime) -> Verdict:
    """Judge who gets at one log."""
    if facts.open_pages:
        return NotMet(
            "open",
            _("The log can be read without a right over it: {pages}."),
            pages=", ".join(facts.open_pages[:NAMED]),
        )
    if facts.exposed_files:
        return NotMet(
            "exposed", _("Others on the machine can open files of the log: {files}."),
            files=", ".join(facts.exposed_files[:NAMED]),
        )  # fmt: skip
    if facts.unapproved:
        return NotMet(
            "unapproved", _("Written down as readers of this log, and no second person approved it: {who}."),
            who=", ".join(facts.unapproved[:NAMED]),
        )  # fmt: skip
    if not facts.readers:
        return Unknown("no_readers", _("No account may read the log, so nobody can review it."))
    return Met(
        "restricted", _("{readers} accounts may read the log that is kept here, and nobody else gets at it."),
        readers=facts.readers,
    )  # fmt: skip
