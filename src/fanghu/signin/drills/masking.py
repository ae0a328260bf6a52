"""The drill of masking (6.10): answers for known, unknown and locked ids compared in wording, form and time."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser

from fanghu.accounts.limits import in_force
from fanghu.probes.visitor import Answer, Visitor, hidden_fields
from fanghu.signin import canary
from fanghu.signin.attempts import claim_for_run
from fanghu.signin.canary import LOGIN, SYSTEM_ONE, canary_password, make, proof_for, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

PAIRS, AT_ONCE = 4, 2
TOLERANCE = timedelta(milliseconds=12)
"""Half of what one password hash takes at the least."""
VARYING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|again=[\w.-]+|\d{4}-\d\d-\d\dT[\d:+]+')


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as anybody could compare it: its form, its wording without tokens and times, and how long it took."""

    form: tuple[object, ...]
    wording: str
    seconds: float


class _Passwords(HTMLParser):
    """The password fields of a page: (type, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("name") == "password":
            self.found.append((named.get("type") or "", named.get("value") or ""))


@reaching
def masking(run: DrillRun) -> DrillResult | None:
    """Whatever the id, the answers are alike; password fields hide what is typed and do not send it back."""
    most = int(in_force("6.5")["max_failures"].value)
    wrong = f"{canary_password(run.run_id)}-wrong"
    pairs = []
    for number, nobody in enumerate(_nobodies(run.run_id)):
        claim_for_run(nobody, run.run_id)
        pairs.append((make(run, f"mask-{number}", factor=False), nobody))

    def tried(number: int) -> list[Seen]:
        browser, login_id = visitor(run, number), pairs[number // 2][number % 2]
        return [_try(browser, login_id, wrong) for _attempt in range(most + 1)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = list(pool.map(tried, range(2 * PAIRS)))
    known, unknown = [each for tries in seen[::2] for each in tries], [each for tries in seen[1::2] for each in tries]
    held = _alike(run, known, unknown)
    held &= _in_like_time(run, known, unknown, most)
    return "passed" if held & _hidden(run, wrong) else "failed"


def _nobodies(run_id: str) -> list[str]:
    """Login ids that nobody has; as long as a canary's."""
    return [f"nobody-mask-{pair}-{run_id[:12]}".lower() for pair in range(PAIRS)]


def _try(browser: Visitor, login_id: str, password: str) -> Seen:
    page = browser.get(LOGIN)
    fields = {**hidden_fields(page.text), "login": login_id, "password": password}
    fields["proof"] = proof_for(browser, "sign-in", login_id)
    answer, took = browser.post_once(LOGIN, fields)
    return Seen(_form_of(answer), VARYING.sub("…", browser.get(answer.headers.get("location", LOGIN)).text), took)


def _form_of(answer: Answer) -> tuple[object, ...]:
    """Status, the page it leads to, the names of its headers, and its length."""
    leads_to = answer.headers.get("location", "")
    return answer.status, leads_to.partition("?")[0], len(leads_to), tuple(sorted(answer.headers)), len(answer.text)


def _alike(run: DrillRun, known: list[Seen], unknown: list[Seen]) -> bool:
    """Try by try the same for an id that exists and one that does not, through the lock and during it."""
    other_form = sum(one.form != two.form for one, two in zip(known, unknown, strict=True))
    other_words = sum(one.wording != two.wording for one, two in zip(known, unknown, strict=True))
    forms = {seen.form for seen in (*known, *unknown)}
    tries = len(known) + len(unknown)
    run.step(
        _("wording for known and unknown ids, open and locked, over {tries} tries"),
        expected="alike", seen="unlike" if other_words else "alike", ok=not other_words, tries=tries,
    )  # fmt: skip
    run.step(
        _("status, headers and length over {tries} tries"),
        expected="alike", seen="unlike" if other_form or len(forms) > 1 else "alike",
        ok=not other_form and len(forms) == 1, tries=tries,
    )  # fmt: skip
    return not other_words and not other_form and len(forms) == 1


def _in_like_time(run: DrillRun, known: list[Seen], unknown: list[Seen], most: int) -> bool:
    """The fastest answers for known, unknown and locked ids took the same; what is slower only says how busy it was."""
    open_known = [seen.seconds for number, seen in enumerate(known) if number % (most + 1) < most]
    open_unknown = [seen.seconds for number, seen in enumerate(unknown) if number % (most + 1) < most]
    locked = [seen.seconds for number, seen in enumerate([*known, *unknown]) if number % (most + 1) == most]
    fastest = [min(times) for times in (open_known, open_unknown, locked)]
    close = max(fastest) - min(fastest) <= TOLERANCE.total_seconds()
    return run.step(
        _("fastest answer for known {known} ms, unknown {unknown} ms, locked {locked} ms"),
        expected="alike", seen="alike" if close else "unlike", ok=close,
        known=round(fastest[0] * 1_000), unknown=round(fastest[1] * 1_000), locked=round(fastest[2] * 1_000),
    )  # fmt: skip


def _hidden(run: DrillRun, typed: str) -> bool:
    """The password field hides what is typed; what was typed comes back nowhere."""
    browser = visitor(run, 2 * PAIRS)
    nobody = _nobodies(run.run_id)[0]
    page = canary.attempt(browser, nobody, typed)
    fields = _Passwords()
    fields.feed(page.text)
    hidden = bool(fields.found) and all(kind == "password" and not value for kind, value in fields.found)
    masked = hidden and typed not in page.text
    return run.step(
        _("the password field and the page after an attempt"),
        expected="hidden",
        seen="hidden" if masked else "shown",
        ok=masked,
    )


DRILLS = [
    Drill(
        name="masking",
        duty="6.10",
        subject=SYSTEM_ONE,
        sets_out_to=_("Answers for known, unknown and locked login ids are alike in wording, form and time."),
        every=timedelta(days=7),
        attack=masking,
        clean_up=canary.clean_up,
    )
]
