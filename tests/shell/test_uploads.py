"""A request too large is refused unread."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from fanghu.shell.uploads import MOST, UploadLimitMiddleware


class Unreadable:
    def readline(self, *_args):
        raise AssertionError("the body was read")

    read = readline


@pytest.mark.parametrize("length", [str(MOST + 1), str(2 * 1024**3), "many"])
def test_two_gigabytes_are_refused_before_a_byte_is_read(length, rf: RequestFactory):
    request = rf.post("/register/import/", CONTENT_LENGTH=length, **{"wsgi.input": Unreadable()})
    answer = UploadLimitMiddleware(lambda _request: HttpResponse("read"))(request)
    assert answer.status_code == 413
    assert b"FH-ACC-05" in answer.content


def test_what_is_small_enough_passes(rf: RequestFactory):
    request = rf.post("/register/import/", {"a": "b"})
    assert UploadLimitMiddleware(lambda _request: HttpResponse("passed"))(request).content == b"passed"
