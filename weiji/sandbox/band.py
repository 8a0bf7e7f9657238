"""The band above every page of a sandbox: that nothing here is real, how late it is, and the way back."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from litestar import Request

from weiji.kit import clock
from weiji.twin.arrivals import HOME_COOKIE
from weiji.web import read_cookies

TOP: Final = "sandbox/band.html"
"""The template above every page."""

AHEAD_SHOWN: Final = 60
"""Seconds from which on a turned clock is worth a word."""


def band_context() -> Callable[[Request[Any, Any, Any]], dict[str, Any]]:
    """Make what the band needs on each page: all of it from memory and the request."""

    def make(request: Request[Any, Any, Any]) -> dict[str, Any]:
        home = unquote(read_cookies(request.scope).get(HOME_COOKIE, ""))
        ahead = clock.CLOCK.offset
        return {
            "sandbox": {
                "ahead": ahead if ahead.total_seconds() >= AHEAD_SHOWN else None,
                "home": home if urlsplit(home).scheme in ("http", "https") else None,
            }
        }

    return make
