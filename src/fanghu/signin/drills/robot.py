"""The drill of robots (6.8): one without a solver on every address of sign-in and password change, even with the right password."""

from __future__ import annotations

from datetime import timedelta

from django.urls import get_resolver

from fanghu.accounts.canaries import make_canary
from fanghu.probes.visitor import Visitor, hidden_fields
from fanghu.signin.canary import (
    LOGIN,
    SYSTEM_ONE,
    attempt,
    canary_password,
    clean_up,
    doer,
    is_inside,
    make,
    proof_for,
    visitor,
)
from fanghu.signin.masked_collectors import addresses
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

CHALLENGED = ("FH-SGN-30", "FH-SGN-31", "FH-SGN-32", "FH-SGN-33")
ROBOT, FORGER = 1, 2  # each calls from an address of its own


@reaching
def robot(run: DrillRun) -> DrillResult | None:
    """The robot's success is zero everywhere, and who answers the challenge is let in."""
    password, wanted = canary_password(run.run_id), f"{canary_password(run.run_id)}-Robot"
    login_id = make(run, "robot", factor=False)
    given, _password = make_canary(
        run.run_id, "robot-new", password=password, must_change=True, by=doer(run.run_id), now=run.clock()
    )
    inside, staged = visitor(run), visitor(run)
    attempt(inside, login_id, password)
    attempt(staged, given.login_id, password)
    answered = is_inside(inside)
    held = run.step(
        _("right password, challenge answered"), expected="accepted", seen=_word(answered), ok=answered
    )  # without this nothing below would mean anything
    held &= _every_address(run, [visitor(run, ROBOT), staged, inside], login_id, password, wanted)
    held &= _forged(run, login_id, password)
    for changed in (login_id, given.login_id):
        browser = visitor(run)
        attempt(browser, changed, wanted)
        let_in = is_inside(browser) or not browser.get(LOGIN).url.endswith(LOGIN)
        held &= run.step(
            _("the password that the robot wanted to set"), expected="refused", seen=_word(let_in), ok=not let_in
        )
    return "passed" if held else "failed"


def _every_address(run: DrillRun, browsers: list[Visitor], login_id: str, password: str, wanted: str) -> bool:
    """The right password, or a change to a good one, without a proof: on every address, by whoever can open it."""
    paths = {name: _path(name) for name, _guarded in addresses()}
    change = {"login": login_id, "present": password, "password": wanted, "again": wanted}
    stopped, successes = set(), 0
    for name, path in sorted(paths.items()):
        fields = {"login": login_id, "password": password} if path == LOGIN else change
        for browser in browsers:
            page = browser.get(path)
            if page.url.partition("?")[0].endswith(path):
                answer, _took = browser.post_once(path, {**hidden_fields(page.text), **fields, "proof": ""})
                if _challenged(browser, answer.headers.get("location", path)):
                    stopped.add(name)
                elif answer.status < 400:
                    successes += 1
    let_in = is_inside(browsers[0])
    run.step(
        _("addresses where the challenge stopped the robot: {stopped} of {all}"),
        expected="refused", seen=_word(len(stopped) < len(paths)), ok=len(stopped) == len(paths),
        stopped=len(stopped), all=len(paths),
    )  # fmt: skip
    run.step(
        _("successes of the robot: {count}"), expected="refused", seen=_word(bool(successes + let_in)),
        ok=not successes + let_in, count=successes + let_in,
    )  # fmt: skip
    return len(stopped) == len(paths) and not successes + let_in


def _challenged(browser: Visitor, leads_to: str) -> bool:
    """Whether the next page says that the challenge refused the form."""
    pages = [browser.get(place).text for place in dict.fromkeys((leads_to, LOGIN))]
    return any(code in page for page in pages for code in CHALLENGED)


def _path(name: str) -> str:
    """The address of a page, made-up words in place of its arguments."""
    shapes = get_resolver().reverse_dict.getlist(name)
    template, parameters = shapes[0][0][0]
    return "/" + template % dict.fromkeys(parameters, "robot")


def _forged(run: DrillRun, login_id: str, password: str) -> bool:
    """Proofs that were used already, or are for another purpose or another login id."""
    browser = visitor(run, FORGER)
    used = proof_for(browser, "sign-in", login_id)
    browser.submit(LOGIN, {"login": login_id, "password": f"{password}-wrong", "proof": used})
    tries = (
        (_("right password with a proof that was used already"), used),
        (_("right password with a proof for another purpose"), proof_for(browser, "change")),
        (_("right password with a proof for another login id"), proof_for(browser, "sign-in", f"not-{login_id}")),
    )
    held = True
    for name, proof in tries:
        browser.submit(LOGIN, {"login": login_id, "password": password, "proof": proof})
        let_in = is_inside(browser)
        held &= run.step(name, expected="refused", seen=_word(let_in), ok=not let_in)
    return held


def _word(accepted: bool) -> str:
    return "accepted" if accepted else "refused"


DRILLS = [
    Drill(
        name="robot",
        duty="6.8a",
        subject=SYSTEM_ONE,
        sets_out_to=_("A robot without a solver gets nowhere on any address of sign-in and password change."),
        every=timedelta(days=7),
        attack=robot,
        clean_up=clean_up,
    )
]
