"""The transport drill (8.1): somebody on the wire of every declared flow hears nothing and can alter nothing unnoticed."""

from __future__ import annotations

from datetime import timedelta

from fanghu.endpoints.authorities import trusting
from fanghu.endpoints.models import Flow
from fanghu.endpoints.own import authority
from fanghu.endpoints.wire import SYSTEM_ONE, offers_sound_tls, refuses_clear_text, target_of
from fanghu.probes.eavesdropper import ask_through, between
from fanghu.probes.endpoint import PREFACES
from fanghu.probes.hello import Target
from fanghu.signin.canary import LOGIN, clean_up
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

GUARDED = (Flow.Data.PERSONAL, Flow.Data.SENSITIVE)


@reaching
def transport(run: DrillRun) -> DrillResult | None:
    """Every guarded flow is carried by sound TLS; the console's own is listened in on, and altered."""
    flows = list(
        Flow.objects.filter(system__slug=SYSTEM_ONE.slug, data__in=GUARDED)
        .exclude(network=Flow.Network.MACHINE)
        .select_related("endpoint")
    )
    held = [
        run.step(
            _("flows of personal or sensitive data with an address to try"),
            expected="{all} of {all}",
            seen="{tried} of {all}",
            ok=bool(flows) and all(flow.endpoint for flow in flows),
            all=len(flows),
            tried=sum(flow.endpoint is not None for flow in flows),
        )
    ]
    console = target_of(run)
    held += [refuses_clear_text(run, console), offers_sound_tls(run, console)]
    for endpoint in {flow.endpoint for flow in flows if flow.endpoint is not None}:
        if (endpoint.host, endpoint.port) != (console.host, console.port):
            preface = PREFACES.get(endpoint.protocol, "")  # type: ignore[call-overload]
            target = Target(endpoint.host, endpoint.port, name=endpoint.host, preface=preface)
            held += [refuses_clear_text(run, target), offers_sound_tls(run, target, endpoint.authority_pem)]
    return "passed" if all([*held, _hears_nothing(run, console), _notices(run, console)]) else "failed"


def _hears_nothing(run: DrillRun, console: Target) -> bool:
    """Neither a word sent through the wire nor the words of the answer are heard on it."""
    secret = f"canary-{run.run_id}".encode()
    with between(console.host, console.port) as ear:
        answer = _asked(run, console, ear.port, secret)
        heard = bytes(ear.heard)
    told = any(word in heard for word in (secret, b"csrfmiddlewaretoken", b"HTTP/1.1"))
    answered = answer.startswith(b"HTTP/1.1 200")
    return run.step(
        _("words of a request and its answer, as heard on the wire"), expected="none",
        seen="found" if told else "none" if answered else "no answer", ok=answered and bool(heard) and not told,
    )  # fmt: skip


def _notices(run: DrillRun, console: Target) -> bool:
    """One bit of an answer altered on the wire: the client takes nothing of it."""
    with between(console.host, console.port, alters=True) as ear:
        taken = bool(_asked(run, console, ear.port, b"canary"))
        altered = ear.altered
    return run.step(
        _("an answer altered on the wire"), expected="refused",
        seen="accepted" if taken else "refused" if altered else "not altered", ok=altered and not taken,
    )  # fmt: skip


def _asked(run: DrillRun, console: Target, port: int, secret: bytes) -> bytes:
    """The sign-in page, asked for through ``port`` with a secret in a header."""
    host = run.base_url.partition("://")[2].encode()
    request = b"GET %b HTTP/1.1\r\nHost: %b\r\nX-Canary: %b\r\nConnection: close\r\n\r\n"
    asked = request % (LOGIN.encode(), host, secret)
    with trusting(authority()) as trusted:
        tls = run.base_url.startswith("https:")
        return ask_through(port, console.host, asked, tls=tls, authority=trusted)


DRILLS = [
    Drill(
        name="transport",
        duty="8.1",
        subject=SYSTEM_ONE,
        sets_out_to=_("On every declared flow somebody on the wire hears nothing, and alters nothing unnoticed."),
        every=timedelta(days=7),
        attack=transport,
        clean_up=clean_up,
    )
]
