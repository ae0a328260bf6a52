"""Nobody, an administrator included, can alter, drop or reorder a record unnoticed.

Met when the whole log was verified within a day against a key kept apart from
it, nothing was found that does not fit, no event waits long outside it, and a
fresh checkpoint is held off the machine that the log still extends. Without
such a checkpoint whoever rules the machine could rewrite the log and sign it
again, so the answer is unknown, not met. Of a system that sends its records
here, the log in which they lie is judged, whether a batch that its senders
numbered never came, and whether its hosts, where they say so, changed how they
log and nobody has explained it; not what else happened before it came.
"""

from datetime import datetime, timedelta

from fanghu.auditlog.facts import LogIntegrity
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogIntegrity
VERIFIED_WITHIN = timedelta(days=1, hours=2)
WAITING_AT_MOST = timedelta(minutes=5)


def judge(duty: Duty, facts: LogIntegrity, now: datetime) -> Verdict:
    """Judge one log's integrity; ``checkpoint_days`` says how long a checkpoint held elsewhere is fresh."""
    return broken(facts, now) or unproven(facts, timedelta(days=duty.limits["checkpoint_days"].value), now)


def broken(facts: LogIntegrity, now: datetime) -> NotMet | None:
    """What shows the log broken, or None."""
    if facts.finding:
        return NotMet("finding", _("The log does not fit what is known of it: {finding}"), finding=facts.finding)
    if facts.verified_ok is False and facts.verified_at is not None:
        return NotMet("damaged", _("Verification on {at} found the log altered."), at=facts.verified_at)
    if facts.verified_size > facts.size:
        return NotMet(
            "shrunk", _("The log holds {size} records; {verified} were verified before."),
            size=facts.size, verified=facts.verified_size,
        )  # fmt: skip
    if not facts.kept_consistent and facts.kept_at is not None:
        return NotMet("rewritten", _("The log does not extend the checkpoint kept on {at}."), at=facts.kept_at)
    if facts.oldest_pending_at is not None and now - facts.oldest_pending_at > WAITING_AT_MOST:
        return NotMet("not_arriving", _("Events have waited outside the log since {at}."), at=facts.oldest_pending_at)
    if facts.skipped:
        return NotMet(
            "skipped", _("{count} of its sources left batches out, and nobody has closed the alarm of it yet."),
            count=facts.skipped,
        )  # fmt: skip
    if facts.reconfigured:
        return NotMet(
            "reconfigured",
            _("{count} of its hosts changed how they log, or no longer say so, and nobody has closed the alarm of it yet."),
            count=facts.reconfigured,
        )  # fmt: skip
    return None


def unproven(facts: LogIntegrity, fresh: timedelta, now: datetime) -> Verdict:
    """Met, or what is missing to say so."""
    if facts.verified_at is None or facts.verified_ok is None:
        return Unknown("never_verified", _("The log has not been verified yet."))
    if now - facts.verified_at > VERIFIED_WITHIN:
        return Unknown("not_lately", _("The log was last verified on {at}."), at=facts.verified_at)
    if facts.kept_at is None or not facts.kept_where:
        return Unknown("none_kept", _("No checkpoint of this log is held off the machine; keep one elsewhere."))
    held = max(facts.kept_at, facts.presented_at or facts.kept_at)
    if now - held > fresh:
        return Unknown(
            "kept_too_old", _("The checkpoint held off the machine dates from {at}; keep a fresh one elsewhere."),
            at=held,
        )  # fmt: skip
    return Met(
        "intact", _("Verified on {verified}; the log extends the checkpoint kept on {kept} ({where})."),
        verified=facts.verified_at, kept=facts.kept_at, where=facts.kept_where,
    )  # fmt: skip
