"""The key that signs the log, and its pinned public half."""

from __future__ import annotations

import stat

import pytest

from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces


def test_made_once_private_and_public_apart_from_the_log(tmp_path):
    places = LogPlaces(tmp_path)
    signer = log_keys.make(places)
    assert log_keys.make(places) == signer
    assert stat.S_IMODE(places.private_key.stat().st_mode) == 0o600
    assert log_keys.pinned(places.public_key, log=places.folder) == signer.verifier
    assert places.folder not in places.public_key.parents
    assert not list(tmp_path.rglob(".*"))
    assert signer.private.hex() not in places.public_key.read_text() + repr(signer)


def test_many_keys_read_back_as_written(tmp_path):
    for number in range(40):  # base64 may hold a plus sign, which also parts the fields
        places = LogPlaces(tmp_path / str(number))
        signer = log_keys.make(places)
        assert log_keys.signing(places) == signer


def test_a_lost_key_is_never_quietly_replaced(tmp_path):
    places = LogPlaces(tmp_path)
    log_keys.make(places)
    places.private_key.unlink()
    with pytest.raises(Fault, match="FH-KEY-10"):
        log_keys.make(places)
    assert not places.private_key.exists()


def test_keys_that_do_not_belong_together_are_refused(tmp_path):
    places, other = LogPlaces(tmp_path / "a"), LogPlaces(tmp_path / "b")
    log_keys.make(places)
    log_keys.make(other)
    places.public_key.write_bytes(other.public_key.read_bytes())
    with pytest.raises(Fault, match="FH-KEY-11"):
        log_keys.make(places)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+x+y", "nonsense", "PRIVATE+KEY+a+00000000+AAAA", "\x00"])
def test_a_spoilt_key_is_one_sentence_that_shows_nothing_of_it(tmp_path, text):
    places = LogPlaces(tmp_path)
    log_keys.make(places)
    places.private_key.write_text(text)
    with pytest.raises(Fault, match="FH-KEY-10") as told:
        log_keys.signing(places)
    assert not text.strip("\x00") or text not in str(told.value)


def test_a_key_inside_the_log_it_judges_is_refused_links_included(tmp_path):
    places = LogPlaces(tmp_path)
    log_keys.make(places)
    places.folder.mkdir()
    inside = places.folder / "key.pub"
    inside.write_bytes(places.public_key.read_bytes())
    with pytest.raises(Fault, match="FH-KEY-12"):
        log_keys.pinned(inside, log=places.folder)
    (tmp_path / "looks-outside.pub").symlink_to(inside)
    with pytest.raises(Fault, match="FH-KEY-12"):
        log_keys.pinned(tmp_path / "looks-outside.pub", log=places.folder)


def test_an_absent_or_unreadable_key_is_one_sentence(tmp_path):
    (tmp_path / "bad.pub").write_bytes(b"\xff\xfe")
    for name in ("none.pub", "bad.pub"):
        with pytest.raises(Fault, match="FH-KEY-13"):
            log_keys.pinned(tmp_path / name)
