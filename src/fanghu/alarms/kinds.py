"""Every kind of alarm: its name, its cause as a sentence, and what to do first; no Django.

Other apps raise alarms of their own: a line here, its three texts in this app's catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanghu.testimony import _


@dataclass(frozen=True, slots=True)
class Kind:
    """Three msgids; ``cause`` has ``{fields}`` that the alarm's parameters fill."""

    name: str
    cause: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    "source.silent": Kind(
        _("Source silent"),
        _("Nothing has come from the source {source} since {since}; it is expected at least every {every} min."),
        _("Look whether the system runs and still sends, and whether the network lets it through."),
    ),
    "source.refused": Kind(
        _("Source refused"),
        _("What the source {source} sends is refused, {refused} times since {since}."),
        _(
            "Look at the sender's token, certificate and address; a token that ran out is replaced on the source's page."
        ),
    ),
    "source.closed": Kind(
        _("Source shut out"),
        _("The source {source} has no open way in: its listener is closed or its tokens have ended."),
        _("Open the listener or make a new token on the source's page."),
    ),
    "source.missed": Kind(
        _("Source was silent"),
        _("Nothing came from the source {source} from {since} to {until}; it was noticed only afterwards."),
        _("Find out why it was silent, and whether its records of that time lie elsewhere."),
    ),
    "source.skipped": Kind(
        _("Batches missing"),
        _(
            "Batches of the source {source} are missing: {count} of their numbers did not come between {since} and {until}."
        ),
        _("Let the sender send them again if it still holds them; find out who or what left them out."),
    ),
    "source.config_changed": Kind(
        _("Configuration of logging changed"),
        _(
            "On the host {host} {count} files of the configuration of logging changed, came or went, {path} first; noticed {since}."
        ),
        _("Ask who changed it and why; put it back if nobody was to change it."),
    ),
    "source.config_silent": Kind(
        _("Configuration of logging unknown"),
        _("The host {host} has not said since {since} what its configuration of logging is; it did so before."),
        _("Look whether its hourly task still runs, and whether the configuration is as it was."),
    ),
    "intake.stopped": Kind(
        _("Intake stopped"),
        _("The intake has not been running since {since}; no logs of other systems come in."),
        _("Start Fanghu again, and read what the intake said last."),
    ),
    "intake.troubled": Kind(
        _("Intake in trouble"),
        _("The intake says since {since}: {trouble}"),
        _("Put right what the intake names: free disk space, or an address that is taken."),
    ),
    "intake.way_lost": Kind(
        _("Canary lost on its way in"),
        _("A canary sent by {way} at {since} was not found in the log; what sources send that way may be missing."),
        _("Run the drill log-ways: its steps name the part that does not work."),
    ),
    "log.waiting": Kind(
        _("Events not reaching the log"),
        _("{count} events have been waiting to be sealed in the log since {since}."),
        _("Look at the disk and whether another process holds the log."),
    ),
    "log.damaged": Kind(
        _("Log not whole"),
        _("The log was verified and is not whole, or does not fit the database; found {since}."),
        _("Open the audit log's page, read the finding, and compare with a checkpoint held elsewhere."),
    ),
    "log.job_failing": Kind(
        _("Work on the log failing"),
        _("The keeper's work {job} has been failing since {since}."),
        _("Read the keeper's messages; delivering, indexing and verifying the log rest on this work."),
    ),
    "disk.low": Kind(
        _("Disk nearly full"),
        _("{free} MB are free where the log lies; {floor} MB must stay in reserve."),
        _("Free or add disk space before the log can no longer be written."),
    ),
}
UNKNOWN = Kind(_("Alarm"), _("Something is wrong: {kind}."), _("Find out what it is and say what was done."))


def kind(code: str) -> Kind:
    """The words of this kind; of one nobody listed, plain ones."""
    return KINDS.get(code, UNKNOWN)
