"""One sentence for each type of record, marked for translation; no Django."""

from __future__ import annotations

from collections.abc import Callable

from fanghu.auditlog.record import LogRecord
from fanghu.testimony import _

SENTENCES = {
    "signin.succeeded": _("{who} signed in from {where}"),
    "signin.failed": _("{who} failed to sign in from {where}"),
    "signin.refused": _("a sign-in as {who} from {where} was refused"),
    "signin.locked": _("sign-in as {object} was locked after failures from {where}"),
    "session.opened": _("a session of {who} was opened"),
    "session.closed": _("a session of {who} was closed"),
    "session.ended": _("a session of {who} ended"),
    "session.refused": _("{who} was refused by the conditions of use"),
    "account.unknown": _("{where} asked for {who}, an account that does not exist"),
    "account.refused": _("{who} is not allowed in from {where}"),
    "authentication.failed": _("the system refused the authentication of {who} from {where}"),
    "authentication.repeated": _("further failed authentications of {who} from {where}"),
    "authentication.exceeded": _("too many failed authentications of {who} from {where}"),
    "connection.opened": _("{where} opened a connection"),
    "connection.closed": _("the connection of {where} was closed"),
    "connection.failed": _("a connection from {where} failed"),
    "address.mismatch": _("the name of {where} does not lead back to its address"),
    "service.started": _("the service started"),
    "service.stopped": _("the service stopped"),
    "service.reloaded": _("the service reloaded its settings"),
    "line.verbatim": _("a line kept as it came"),
    "sshd.other": _("another message of the service"),
    "log.imported": _("{who} imported a log into {object}"),
    "access.refused": _("{who} was refused {object}"),
    "log.searched": _("{who} read the log"),
    "log.verified": _("{who} verified the log"),
    "log.mismatch_found": _("the log and the database do not fit"),
    "log.finding_settled": _("{who} settled a finding about the log"),
    "checkpoint.kept": _("{who} took {object} off the machine"),
    "checkpoint.presented": _("{who} presented {object}, kept elsewhere"),
    "server.started": _("the server started"),
    "signin.password_accepted": _("{who} gave the right password from {where}"),
    "account.created": _("{who} created {object}"),
    "account.disabled": _("{who} disabled {object}"),
    "account.enabled": _("{who} enabled {object}"),
    "account.ended": _("{object} reached its end"),
    "account.roles_changed": _("{who} changed the roles of {object}"),
    "account.sign_in_reset": _("{who} reset the sign-in of {object}"),
    "account.sign_in_recovered": _("{object} recovered its sign-in"),
    "approval.asked": _("{who} asked for {object}"),
    "approval.granted": _("{who} approved {object}"),
    "approval.refused": _("{who} refused {object}"),
    "approval.lapsed": _("{object} lapsed, for what was asked had changed"),
    "approval.withdrawn": _("{who} withdrew {object}"),
    "approval.adopted": _("{who} took over {object}, asked on the machine"),
    "attestation.withdrawn": _("{who} withdrew the attestation {object}"),
    "canary.bound": _("a drill bound its canaries by a condition of its own"),
    "canary.made": _("a drill made the canary {object}"),
    "canary.removed": _("a drill removed its canary"),
    "drill.asked": _("{who} asked for the drill {object}"),
    "drill.finished": _("the drill {object} finished"),
    "enrolment.link_made": _("{who} made an enrolment link"),
    "enrolment.recovery_link_made": _("{who} made a recovery link for {object}"),
    "factor.enrolled": _("{who} enrolled a second factor"),
    "factor.refused": _("a second factor of {who} was refused"),
    "factor.removed": _("{who} removed a second factor"),
    "recovery_codes.made": _("{who} made recovery codes"),
    "limit.tightened": _("{who} tightened a limit of {object}"),
    "lock.ended": _("a sign-in lock ended"),
    "password.changed": _("{who} changed a password"),
    "relief.ended": _("{who} ended the relief {object}"),
    "firm.described": _("{who} described the firm"),
    "system.registered": _("{who} registered {object}"),
    "system.changed": _("{who} changed {object}"),
    "person.added": _("{who} added {object}"),
    "person.changed": _("{who} changed {object}"),
    "register.imported": _("{who} imported into the register"),
    "list.imported": _("{who} imported a list"),
    "judging.finished": _("a judging run finished"),
    "verdict.changed": _("verdicts changed"),
}
UNSAID = _("{who}: {type} {object}")


def sentence(record: LogRecord, *, who: str, object_: str, translate: Callable[[str], str]) -> str:
    """The record as a sentence; ``who`` and ``object_`` are shown names, ``translate`` a catalogue."""
    template = translate(SENTENCES.get(record.type, UNSAID))
    return template.format(
        who=who or translate(_("somebody")),
        where=record.place or translate(_("somewhere")),
        object=object_,
        type=record.type,
    ).strip()
