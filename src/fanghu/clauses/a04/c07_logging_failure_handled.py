"""Logging is watched without pause, and whenever it fails people are told, act, and record what they did.

Met when the watch looked within five minutes at every source that the system is
expected to send, no gap is without its alarm, each alarm went out by mail or
webhook within a quarter of an hour, somebody acted within a day, and what was
over was closed within a week with the action recorded. A source that is silent
just now does not break the duty; one that nobody answers does. The drill
silences a source of its own and waits for the alarm to arrive.
"""

from datetime import datetime, timedelta

from fanghu.intake.facts import LogWatch
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogWatch
WATCHED_WITHIN = timedelta(minutes=5)
NAMED = 5


def judge(duty: Duty, facts: LogWatch, now: datetime) -> Verdict:
    """Judge how one system's logging is watched and its failures answered."""
    if facts.watched_at is None:
        return Unknown("not_yet", _("The watch over logging has not looked yet."))
    if now - facts.watched_at > WATCHED_WITHIN:
        return NotMet("not_watching", _("The watch over logging last looked at {at}."), at=facts.watched_at)
    if facts.silent_gaps:
        return NotMet("no_alarm", _("Failures of logging that raised no alarm: {count}."), count=facts.silent_gaps)
    if facts.unanswered:
        return NotMet(
            "unanswered", _("Alarms without any action for more than a day: {count}."), count=facts.unanswered
        )
    if facts.unclosed:
        return NotMet(
            "unclosed",
            _("Failures over for more than a week and not closed: {count}."),
            count=facts.unclosed,
        )
    if not facts.ways:
        return NotMet("no_way", _("Alarms reach nobody: no mail server is set and no webhook is defined."))
    if facts.untold:
        return NotMet(
            "untold", _("Alarms that reached nobody within a quarter of an hour: {count}."), count=facts.untold
        )
    if facts.unwatched:
        return Unknown(
            "undeclared", _("Sources in the log that nobody declared, so that nobody knows when they fall silent ({count}): {names}."),
            count=len(facts.unwatched), names=", ".join(facts.unwatched[:NAMED]),
        )  # fmt: skip
    if not facts.sources:
        return Unknown("no_source", _("No source of logs is declared for this system."))
    if facts.failing:
        return Met(
            "answered", _("Every source is watched (sources: {sources}); failures that go on, with their alarms: {failing}."),
            failing=facts.failing, sources=facts.sources,
        )  # fmt: skip
    return Met(
        "watched", _("Every source is watched and none fails (sources: {sources}); failures of the last year, acted on and closed: {closed}."),
        sources=facts.sources, closed=facts.closed,
    )  # fmt: skip
