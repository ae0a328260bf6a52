"""A link signs in once; only one of two that press at the same time gets in; the product itself has no such route."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from fanghu.console import urls
from fanghu.demo import links


def test_a_link_is_good_once_and_dies_when_new_ones_are_made(tmp_path: Path) -> None:
    tokens = links.make(tmp_path, ["alice", "erin"])
    assert links.whose(tmp_path, tokens["alice"]) == "alice"
    assert links.use(tmp_path, tokens["alice"]) == "alice"
    assert links.use(tmp_path, tokens["alice"]) is None
    links.make(tmp_path, ["erin"])
    assert links.use(tmp_path, tokens["erin"]) is None


def test_a_token_never_lies_in_the_folder_and_leads_nowhere_else(tmp_path: Path) -> None:
    tokens = links.make(tmp_path, ["erin"])
    assert tokens["erin"] not in "".join(str(path) + path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    (tmp_path / "secret").write_text("erin")
    assert links.use(tmp_path, "../secret") is None
    assert (tmp_path / "secret").exists()


def test_of_many_who_press_at_once_one_gets_in(tmp_path: Path) -> None:
    token = links.make(tmp_path, ["erin"])["erin"]
    with ThreadPoolExecutor(8) as many:
        got = list(many.map(lambda _n: links.use(tmp_path, token), range(40)))
    assert got.count("erin") == 1


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def test_the_product_has_no_such_route() -> None:
    found = list(patterns(get_resolver()))
    assert len(found) > 40
    assert not [way for way, entry in found if "demo" in way or entry.callback.__module__.startswith("fanghu.demo")]
    assert "fanghu.demo" not in settings.INSTALLED_APPS
    assert not settings.FANGHU_SAMPLE


def test_the_sample_shows_the_products_error_pages() -> None:
    """Its URL map takes over every handler of the product's; one left out would be Django's own page, without a code."""
    source = (Path(__file__).parents[2] / "src/fanghu/demo/urls.py").read_text("utf-8")
    taken = source.partition("from fanghu.console.urls import handler")[2].partition("\n")[0]
    ours = {name for name in vars(urls) if name.startswith("handler")}
    assert {f"handler{taken}".split(", ")[0], *taken.split(", ")[1:]} == ours
