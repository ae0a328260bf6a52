"""Whether a sign-in and its rights are valid is decided on the server, never in the client.

Met when every route passes the server's check of rights and declares the right
it asks for; nothing but signing in is open to anybody; the browser holds a
random key only, out of reach of scripts; and no identity is taken from a header
or accepted by any other way than the verified sign-in.
"""

from datetime import datetime

from fanghu.access.facts import ServerSideChecks
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = ServerSideChecks


def judge(duty: Duty, facts: ServerSideChecks, now: datetime) -> Verdict:
    """Judge where one system verifies sign-ins and rights."""
    if not facts.routes:
        return Unknown("no_routes", _("No route was found, so there is nothing to judge."))
    if not facts.gate:
        return NotMet("no_gate", _("Requests do not all pass the server's check of sign-in and rights."))
    for code, template, found in (
        ("without_right", _("Routes that declare no right: {names}."), facts.without_right),
        ("open", _("Open to anybody without being part of sign-in: {names}."), facts.open_elsewhere),
        ("headers", _("An identity is taken from the request by {names}."), facts.trusted_headers),
        ("other_ways", _("A sign-in is also accepted by {names}."), facts.other_backends),
    ):
        if found:
            return NotMet(code, template, names=", ".join(sorted(found)))
    if not facts.opaque_session:
        return NotMet("session_in_client", _("The session is not kept on the server under a random key."))
    if not facts.cookie_guarded:
        return NotMet("cookie_open", _("The session cookie is within reach of scripts, clear text or other sites."))
    return Met("on_the_server", _("All {count} routes are checked on the server."), count=facts.routes)
