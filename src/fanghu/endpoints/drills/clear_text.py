"""The clear-text drill (6.4): no way to sign in without TLS, and nothing of a sign-in that leaves TLS later."""

from __future__ import annotations

import re
from datetime import timedelta

from fanghu.endpoints.wire import SYSTEM_ONE, offers_sound_tls, refuses_clear_text, target_of
from fanghu.probes.cookies import seen
from fanghu.probes.endpoint import hsts_of
from fanghu.signin.canary import INSIDE, LOGIN, clean_up, enter, is_inside, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

TO_CLEAR_TEXT = re.compile(r"""(?:action|href|src)\s*=\s*["']?http:""", re.IGNORECASE)


@reaching
def clear_text(run: DrillRun) -> DrillResult | None:
    """Clear text is refused, TLS is sound, and a real sign-in leaves only cookies and pages bound to https."""
    target = target_of(run)
    held = [refuses_clear_text(run, target), offers_sound_tls(run, target)]
    if not all(held):
        return "failed"  # a canary's password is not sent where it could be read
    page = visitor(run).get(LOGIN)
    led = bool(TO_CLEAR_TEXT.search(page.text))
    held.append(
        run.step(
            _("forms and links of the sign-in page that lead to clear text"),
            expected="none",
            seen="found" if led else "none",
            ok=not led,
        )
    )
    browser = enter(run, "clear-text")
    inside = is_inside(browser)
    held.append(
        run.step(_("sign in through TLS"), expected="accepted", seen="accepted" if inside else "refused", ok=inside)
    )
    cookies = seen(browser.cookies)
    poor = [cookie.name for cookie in cookies if cookie.lacks]
    held.append(
        run.step(
            _("cookies of the session with Secure, HttpOnly and SameSite"),
            expected="{all} of {all}",
            seen="{good} of {all}",
            ok=bool(cookies) and not poor,
            all=len(cookies),
            good=len(cookies) - len(poor),
        )
    )
    bound = hsts_of(browser.get(INSIDE).headers.get("strict-transport-security", ""))
    held.append(
        run.step(
            _("browsers bound to https (HSTS)"), expected="set", seen="set" if bound else "not set", ok=bool(bound)
        )
    )
    return "passed" if all(held) else "failed"


DRILLS = [
    Drill(
        name="clear-text",
        duty="6.4",
        subject=SYSTEM_ONE,
        sets_out_to=_("Nobody can sign in without TLS, and what a sign-in leaves behind never travels without it."),
        every=timedelta(days=7),
        attack=clear_text,
        clean_up=clean_up,
    )
]
