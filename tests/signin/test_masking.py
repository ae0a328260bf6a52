"""A one-time token never reaches a log, whatever went wrong with its page."""

from __future__ import annotations

import logging

import pytest

from fanghu.signin.masking import Mask


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("Bad Request: %s", ("/sign-in/enrol/s3cr3t-token_x/",)),
        ("Forbidden (%s): %s", ("Referer https://h:8443/sign-in/enrol/s3cr3t-token_x/ is wrong", "/sign-in/")),
        ("Internal Server Error: /sign-in/enrol/s3cr3t-token_x", ()),
    ],
)
def test_the_token_is_masked_and_the_rest_stays(message: str, arguments: tuple[str, ...]) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, message, arguments, None)
    assert Mask().filter(record)
    assert "s3cr3t" not in record.getMessage()
    assert "/enrol/…" in record.getMessage()


def test_other_records_are_left_alone() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Not Found: %s", ("/x/",), None)
    assert Mask().filter(record)
    assert (record.msg, record.args) == ("Not Found: %s", ("/x/",))


def test_the_settings_put_the_mask_before_the_console() -> None:
    from django.conf import settings

    assert settings.LOGGING["handlers"]["console"]["filters"][0] == "mask"
