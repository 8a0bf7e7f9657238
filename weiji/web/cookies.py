"""Cookies: `__Host-` wherever the connection is encrypted, so that no other host of the domain can set them."""

from typing import Final

from litestar.datastructures import Cookie
from litestar.types import Scope

from weiji.web.visit import Visit, visit_of

TWIN: Final = "sandbox-"
"""How the cookies of a sandbox beside a live installation begin: a browser keeps those of two ports together."""


def cookie_name(name: str, visit: Visit) -> str:
    """Name a cookie as the browser shall know it."""
    return f"{'__Host-' if visit.is_secure else ''}{TWIN if visit.is_twin else ''}{name}"


def make_cookie(scope: Scope, name: str, value: str, *, max_age_seconds: int | None) -> Cookie:
    """Make a cookie for this request's host, which no script can read.

    Without an age it lasts as long as the browser runs; an age of 0 removes it.
    """
    visit = visit_of(scope)
    return Cookie(
        key=cookie_name(name, visit),
        value=value,
        max_age=max_age_seconds,
        path="/",
        secure=visit.is_secure,
        httponly=True,
        samesite="lax",
    )


def read_cookies(scope: Scope) -> dict[str, str]:
    """Read the request's cookies, under the names that the program uses.

    Over an encrypted connection only those with the prefix `__Host-` are ours.
    """
    prefix = cookie_name("", visit_of(scope))
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name != b"cookie":
            continue
        for pair in value.decode("latin-1").split(";"):
            key, equals, text = pair.strip().partition("=")
            if equals and key.startswith(prefix):
                found.setdefault(key.removeprefix(prefix), text)
    return found
