"""The flags of cookies a site sets, read from a visitor's jar (RFC 6265, RFC 6265bis)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookiejar import Cookie


@dataclass(frozen=True, slots=True)
class CookieSeen:
    """A cookie's name and flags; its value is not kept."""

    name: str
    secure: bool
    http_only: bool
    same_site: str

    @property
    def lacks(self) -> tuple[str, ...]:
        """The flags that an authentication cookie needs and this one lacks."""
        wanted = {"Secure": self.secure, "HttpOnly": self.http_only, "SameSite": self.same_site in {"lax", "strict"}}
        return tuple(flag for flag, held in wanted.items() if not held)


def seen(jar: Iterable[Cookie]) -> tuple[CookieSeen, ...]:
    """Every cookie of the jar, by name."""
    found = [
        CookieSeen(
            cookie.name, cookie.secure, _has(cookie, "HttpOnly"), (_value(cookie, "SameSite") or "").lower()
        )
        for cookie in jar
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.name))


def _has(cookie: Cookie, flag: str) -> bool:
    return any(cookie.has_nonstandard_attr(form) for form in (flag, flag.lower(), flag.upper()))


def _value(cookie: Cookie, flag: str) -> str | None:
    for form in (flag, flag.lower(), flag.upper()):
        if cookie.has_nonstandard_attr(form):
            return cookie.get_nonstandard_attr(form)
    return None
