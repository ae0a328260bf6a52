"""What a page of error gives away is found, and a short one with a code gives away nothing."""

from __future__ import annotations

import pytest

from fanghu.probes.error_pages import LONGEST, read

SHORT = "<html><head><title>x</title></head><body><h1>Something failed.</h1><p>Code <code>FH-ERR-01</code></p></body></html>"


def test_a_short_sentence_with_a_code() -> None:
    found = read("broken", 500, SHORT, {"server": "granian"})
    assert (found.code, found.leaks) == ("FH-ERR-01", ())
    assert 0 < found.length < LONGEST


@pytest.mark.parametrize(
    ("page", "leak"),
    [
        ("Traceback (most recent call last):\n boom", "traceback"),
        ("at tw.broker.Order.place(Order.java:42)", "traceback"),
        ("java.lang.NullPointerException", "exception"),
        ('File "/app/views.py", line 12', "source line"),
        ("could not open /usr/lib/secret.conf", "path"),
        (r"C:\inetpub\wwwroot", "path"),
        ('ERROR: relation "orders" does not exist', "SQL"),
        ("SELECT id FROM customers WHERE", "SQL"),
        ("ORA-00942: table", "SQL"),
        ("<address>Apache/2.4.57 (Debian)</address>", "program and version"),
        ("<!-- Django 5.2.1 -->", "program and version"),
        ("You're seeing this error because you have DEBUG = True", "debugging page"),
    ],
)  # fmt: skip
def test_what_gives_detail_away(page: str, leak: str) -> None:
    assert leak in read("broken", 500, SHORT.replace("</body>", f"{page}</body>"), {}).leaks


@pytest.mark.parametrize("headers", [{"server": "nginx/1.18.0"}, {"x-powered-by": "PHP"}])
def test_headers_give_away_too(headers: dict[str, str]) -> None:
    assert read("broken", 500, SHORT, headers).leaks == ("headers",)


def test_the_words_of_the_error_itself() -> None:
    assert read("broken", 500, SHORT + "canary-4711", {}, ("canary-4711",)).leaks == ("the error's own text",)


def test_a_page_without_a_code() -> None:
    assert read("absent", 404, "<h1>Not Found</h1>", {}).code == ""
    assert read("absent", 404, "<p>錯誤 E1042</p>", {}).code == "E1042"


def test_a_link_is_not_a_path() -> None:
    assert (
        read("x", 404, SHORT + '<link href="/static/home/var.css"><a href="https://x.example/home/a">', {}).leaks == ()
    )
