"""The three drills over the wire: they pass on the real mechanism and fail each time it is broken."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse

from fanghu.endpoints.actions import follow_what_runs
from fanghu.endpoints.drills.clear_text import clear_text
from fanghu.endpoints.drills.error_pages import error_pages
from fanghu.endpoints.drills.transport import transport
from fanghu.endpoints.models import Endpoint, Flow
from fanghu.endpoints.wire import SYSTEM_ONE
from fanghu.keys.authority import Certificate
from fanghu.register.actions import register_system_one
from fanghu.testimony import DrillRun
from tests.endpoints.conftest import RUN, Serving, failed_steps
from tests.probes.front import certificate, strong, weak

DRILLS = (clear_text, error_pages, transport)


def without(flag: bytes) -> Any:
    """An answer whose cookies have lost a flag, as a proxy in front may do."""
    return lambda answer: answer.replace(flag, b"")


class TestClearText:
    def test_it_passes_on_the_real_mechanism(self, serving: Serving) -> None:
        run = serving()
        assert clear_text(run) == "passed", failed_steps(run)
        assert len(run.steps) == 7

    def test_a_server_in_the_clear(self, serving: Serving) -> None:
        run = serving(None)
        assert clear_text(run) == "failed"
        assert "speak to {address} without TLS" in failed_steps(run)
        assert "sign in through TLS" not in [step.name for step in run.steps], (
            "no password was sent where it can be read"
        )

    def test_the_same_port_serves_without_tls_too(self, serving: Serving) -> None:
        run = serving(clear_too=True)
        assert clear_text(run) == "failed"
        assert failed_steps(run) == ["speak to {address} without TLS"]

    def test_tls_1_0_is_offered(self, serving: Serving, held: Certificate) -> None:
        run = serving(weak(held))
        assert clear_text(run) == "failed"
        assert failed_steps(run) == ["ask {address} for old versions and suites that protect nothing"]

    def test_a_certificate_of_somebody_else(self, serving: Serving, tmp_path: Any) -> None:
        run = serving(strong(certificate(tmp_path)))
        assert clear_text(run) == "failed"
        assert failed_steps(run) == ["certificate of {address}: chain, name and dates"]

    @pytest.mark.parametrize("flag", [b"; Secure", b"; HttpOnly", b"; SameSite=Strict"])
    def test_a_cookie_without_its_flag(self, serving: Serving, settings: Any, flag: bytes) -> None:
        run = serving(alter=without(flag))
        assert clear_text(run) == "failed"
        assert failed_steps(run) == ["cookies of the session with Secure, HttpOnly and SameSite"]

    def test_no_hsts(self, serving: Serving, settings: Any) -> None:
        settings.SECURE_HSTS_SECONDS = 0
        run = serving()
        assert clear_text(run) == "failed"
        assert failed_steps(run) == ["browsers bound to https (HSTS)"]

    def test_a_form_that_posts_in_the_clear(self, serving: Serving) -> None:
        run = serving(alter=lambda answer: answer.replace(b'<form method="post"', b'<form action="http://x" method=post')
                      .replace(b"Content-Length", b"X-Length"))  # fmt: skip
        assert clear_text(run) == "failed"
        assert "forms and links of the sign-in page that lead to clear text" in failed_steps(run)


def traceback_page(request: Any, *_more: Any) -> HttpResponse:
    """An error page as a framework shows it to its developers."""
    return HttpResponse('Traceback (most recent call last):\n File "/app/x.py", line 3, in y', status=500)


class TestErrorPages:
    def test_it_passes_on_the_real_mechanism(self, serving: Serving) -> None:
        run = serving()
        assert error_pages(run) == "passed", failed_steps(run)
        assert len(run.steps) == 15

    def test_debugging_left_on(self, serving: Serving, settings: Any) -> None:
        settings.DEBUG = True
        run = serving()
        assert error_pages(run) == "failed"
        assert {"failure of the program", "failure of the database", "page that does not exist"} <= set(
            failed_steps(run)
        )

    def test_a_page_of_error_that_tells_the_error(self, serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
        from fanghu.console import urls

        monkeypatch.setattr(urls, "handler500", "tests.endpoints.test_drills.traceback_page")
        run = serving()
        assert error_pages(run) == "failed"
        assert failed_steps(run) == ["failure of the program", "failure of the database"]

    def test_refusals_without_a_word(self, serving: Serving, settings: Any) -> None:
        settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != "fanghu.console.faults.BareErrors"]
        run = serving()
        assert error_pages(run) == "failed"
        assert failed_steps(run) == ["wrong way to ask"]

    def test_a_proxy_that_names_itself(self, serving: Serving) -> None:
        told = lambda answer: answer.replace(b"\r\nDate: ", b"\r\nX-Powered-By: PHP/8.1.2\r\nDate: ", 1)  # noqa: E731
        run = serving(alter=told)
        assert error_pages(run) == "failed"


class TestTransport:
    @pytest.fixture(autouse=True)
    def declared(self, transactional_db: None) -> None:
        register_system_one(datetime.now(UTC))

    def follow(self, run: DrillRun) -> DrillRun:
        follow_what_runs(datetime.now(UTC))
        assert Endpoint.objects.get(purpose="sign_in").port == int(run.base_url.rpartition(":")[2])
        return run

    def test_it_passes_on_the_real_mechanism(self, serving: Serving) -> None:
        run = self.follow(serving())
        assert transport(run) == "passed", failed_steps(run)
        assert run.steps[0].params == {"all": 1, "tried": 1}

    def test_in_the_clear_everything_is_heard_and_altered(self, serving: Serving) -> None:
        run = self.follow(serving(None))
        assert transport(run) == "failed"
        assert {"words of a request and its answer, as heard on the wire", "an answer altered on the wire"} <= set(
            failed_steps(run)
        )

    def test_encryption_that_encrypts_nothing(self, serving: Serving, held: Certificate) -> None:
        """A suite without encryption: the handshake looks like TLS, and every word is heard."""
        run = self.follow(serving(weak(held, "eNULL", ssl.TLSVersion.TLSv1_2)))
        assert transport(run) == "failed"
        assert "ask {address} for old versions and suites that protect nothing" in failed_steps(run)

    def test_a_flow_without_an_address_to_try(self, serving: Serving) -> None:
        run = self.follow(serving())
        system = Endpoint.objects.get().system
        Flow.objects.create(
            system=system, name="x", peer="y", data="personal", network="internet", protection="tls",
            changed_at=datetime.now(UTC),
        )  # fmt: skip
        assert transport(run) == "failed"
        assert run.steps[0].params == {"all": 2, "tried": 1}

    def test_a_second_address_in_the_clear(self, serving: Serving) -> None:
        run = self.follow(serving())
        plain = int(serving(None).base_url.rpartition(":")[2])
        flow = Flow.objects.get(endpoint__isnull=False)
        other = Endpoint.objects.create(
            system=flow.system, protocol="https", host="127.0.0.1", port=plain, purpose="service",
            changed_at=datetime.now(UTC),
        )  # fmt: skip
        Flow.objects.create(
            system=flow.system, name="x", peer="y", data="personal", network="internet", protection="tls",
            endpoint=other, changed_at=datetime.now(UTC),
        )  # fmt: skip
        assert transport(run) == "failed"


@pytest.mark.parametrize("drill", DRILLS)
def test_nobody_answering_is_not_a_pass(db: None, drill: Any) -> None:
    run = DrillRun(RUN, "6.4", SYSTEM_ONE, "https://127.0.0.1:9", lambda: datetime.now(UTC))
    assert drill(run) == "not_reached"
