"""What a page handler returns: a page, a piece of one, or the way to another."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Response
from litestar.types import Scope

from weiji.kit import clock, db
from weiji.web import locales
from weiji.web.caller import caller_of
from weiji.web.cookies import make_cookie, read_cookies
from weiji.web.csrf import token_of
from weiji.web.rendering import render
from weiji.web.visit import is_htmx, visit_of

Tone = Literal["good", "info", "warn", "bad"]

HTML: Final = "text/html"
TOAST_COOKIE: Final = "toast"
LOCALE_COOKIE: Final = "lang"
THEME_COOKIE: Final = "theme"
YEAR_SECONDS: Final = 365 * 86_400


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """Render a whole page. README.md lists what every template is given besides *context*."""
    scope = request.scope
    cookies: list[Cookie] = []
    if request.query_params.get("lang"):
        cookies.append(make_cookie(scope, LOCALE_COOKIE, locales.current(), max_age_seconds=YEAR_SECONDS))
    toast = _take_toast(scope)
    if toast is not None:
        cookies.append(make_cookie(scope, TOAST_COOKIE, "", max_age_seconds=0))
    text = render(locales.current(), template, **{**_surroundings(request), "toast": toast, **context})
    return Response(text, status_code=status_code, media_type=HTML, headers=headers, cookies=cookies)


def fragment(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """Render a piece of a page, for htmx to put in its place."""
    text = render(locales.current(), template, **{**_surroundings(request), "toast": None, **context})
    return Response(text, status_code=status_code, media_type=HTML, headers=headers)


def redirect(
    request: Request[Any, Any, Any], path: str, *, toast: str | None = None, tone: Tone = "good"
) -> Response[str]:
    """Send the browser on with GET, and say *toast* on the page that it comes to. htmx is told in its own way."""
    cookies: list[Cookie] = []
    if toast is not None:
        cookies.append(make_cookie(request.scope, TOAST_COOKIE, _pack_toast(toast, tone), max_age_seconds=60))
    if is_htmx(request.scope):
        return Response("", status_code=200, media_type=HTML, headers={"hx-redirect": path}, cookies=cookies)
    return Response("", status_code=303, media_type=HTML, headers={"location": path}, cookies=cookies)


def toast_headers(text: str, tone: Tone = "good", *, puts_away: bool = False) -> dict[str, str]:
    """Make the headers with which a fragment also shows a toast, and puts the sheet away that was open."""
    events: dict[str, Any] = {"toast": {"text": text, "tone": tone}}
    if puts_away:
        events["putaway"] = {}
    return {"hx-trigger": json.dumps(events)}


def safe_path(path: str | None, otherwise: str = "/") -> str:
    """Let a path of our own through, and nothing that could lead to another host."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable():
        return path
    return otherwise


def sign_in_path(way: str) -> str:
    """Make the address of the page that signs people in and then leads on to *way*."""
    return f"/sign-in?next={quote(way, safe='/')}"


def second_factor_path(way: str) -> str:
    """Make the address of the page where a second factor is set up, which then leads on to *way*."""
    return f"/me/second-factor?next={quote(way, safe='/')}"


def _surroundings(request: Request[Any, Any, Any]) -> dict[str, Any]:
    scope = request.scope
    visit = visit_of(scope)
    now: datetime = clock.now()
    state = scope["state"]
    return {
        "base": str(request.base_url).rstrip("/"),
        "me": caller_of(scope),
        "csrf_token": token_of(scope),
        "foot": Foot(visit.started_ns),
        "is_posted": scope["method"] == "POST",
        "lang": locales.language_tag(locales.current()),
        "locale": locales.current(),
        "nonce": visit.nonce,
        "now": now,
        "path": scope["path"],
        "path_and_query": _path_and_query(request),
        "request_id": visit.request_id,
        "theme": visit.theme,
        "top": state.get("top"),
        **(context(request) if (context := state.get("context")) else {}),
    }


def _path_and_query(request: Request[Any, Any, Any]) -> str:
    """Make the address of the page itself, but for the language that it was asked for in.

    What is answered to a form may not be asked for by itself: there it is the page that the form was on.
    """
    path, pairs = request.scope["path"], list(request.query_params.multi_items())
    if request.method == "POST":
        form = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "")
        if form.netloc == request.headers.get("host"):
            path, pairs = safe_path(form.path, path), parse_qsl(form.query)
    query = [(name, value) for name, value in pairs if name != "lang"]
    return f"{path}?{urlencode(query)}" if query else path


class Foot:
    """What the foot of a page says of how it was made. It is asked while the page is rendered: as late as can be."""

    def __init__(self, started_ns: int) -> None:
        self._started_ns = started_ns

    @property
    def seconds(self) -> str:
        """The time since the request began."""
        return f"{(time.perf_counter_ns() - self._started_ns) / 1e9:.4f}"

    @property
    def statements(self) -> int:
        """The statements that ran for it."""
        return db.statements()


def _pack_toast(text: str, tone: Tone) -> str:
    return base64.urlsafe_b64encode(json.dumps([tone, text]).encode()).decode()


def _take_toast(scope: Scope) -> dict[str, str] | None:
    packed = read_cookies(scope).get(TOAST_COOKIE)
    if not packed:
        return None
    with suppress(binascii.Error, ValueError, UnicodeError):
        tone, text = json.loads(base64.urlsafe_b64decode(packed))
        if tone in ("good", "info", "warn", "bad") and isinstance(text, str):
            return {"tone": tone, "text": text}
    return {"tone": "info", "text": ""}
