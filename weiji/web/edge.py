"""The outermost layer: it wraps the whole program, so that an answer to an unknown path is as safe as any other.

It gives each request an id, a nonce and a count of statements, and puts the headers on its answer.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send

from weiji.kit import db, metrics
from weiji.kit.ids import new_id
from weiji.web import locales
from weiji.web.actors import address_of
from weiji.web.caller import caller_of
from weiji.web.cookies import read_cookies
from weiji.web.visit import API, Visit, visit_of

HEADERS: Final = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""OWASP ASVS 5, 3.4. An answer that has one of them already keeps its own."""

_FIXED: Final = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

_NO_PAGE: Final = b"default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page: nothing in it is to be run or shown."""

HSTS: Final = "max-age=63072000; includeSubDomains"


def content_security_policy(nonce: str, *, is_secure: bool) -> str:
    """Write the policy of a page: everything from here, nothing inline but what carries the nonce, no eval."""
    parts = [
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if is_secure:
        parts.append("upgrade-insecure-requests")
    return "; ".join(parts)


class Edge:
    """Wraps an ASGI application. What is served is `Edge(app)`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        url: str | None = None,
        is_twin: bool = False,
        gates: Mapping[str, ASGIApp] = MappingProxyType({}),
    ) -> None:
        """*url* is where people come to, whatever a proxy says to us and a request's Host claims.

        *is_twin*: it is the sandbox beside a live installation. *gates* serve the paths that begin so, beside the
        program: they find out who asks, count and answer by themselves, faults too.
        """
        self.app = app
        self.gates = gates
        self.is_twin = is_twin
        self.url = urlsplit(url) if url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        method = str(scope["method"])
        status = 500
        is_head = method == "HEAD"
        if is_head:  # RFC 9110, section 9.1: who serves GET serves HEAD. The server's own scope says what was asked.
            scope = cast("Scope", {**scope, "method": HttpMethod.GET})
        visit = self._begin(scope)
        is_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope, visit)
                is_begun = True
                await send(message)
                if is_head:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            elif not is_head:
                await send(message)

        async def receive_or_leave() -> ReceiveMessage:
            # Who asked for a head has left by the time of the body, which may be a stream without an end.
            return {"type": "http.disconnect"} if is_head and is_begun else await receive()

        try:
            # Where the server stops in the middle of a stream, nobody waits for more of it.
            with suppress(asyncio.CancelledError):
                await self._choose(str(scope["path"]))(scope, receive_or_leave, send_with_headers)
        finally:
            route = str(scope.get("path_template") or "unknown")
            seconds = (time.perf_counter_ns() - visit.started_ns) / 1e9
            _request_seconds(method, route, status).observe(seconds)
            _request_statements(route).observe(db.statements())

    def _choose(self, path: str) -> ASGIApp:
        return next((gate for prefix, gate in self.gates.items() if path.startswith(prefix)), self.app)

    def _begin(self, scope: Scope) -> Visit:
        if self.url:
            scope["scheme"] = self.url.scheme
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope["headers"] = [(b"host", self.url.netloc.encode()), *others]
        visit = Visit(
            request_id=new_id().hex,
            started_ns=time.perf_counter_ns(),
            is_secure=scope["scheme"] == "https",
            is_twin=self.is_twin,
        )
        scope.setdefault("state", {})
        scope["state"]["visit"] = visit
        db.count_statements()
        structlog.contextvars.bind_contextvars(request_id=visit.request_id, address=address_of(scope))
        cookies = read_cookies(scope)
        match cookies.get("theme"):
            case "light" | "dark" as theme:
                visit.theme = theme
        asked = scope["query_string"]
        query = parse_qs(asked.decode("latin-1"), max_num_fields=None) if b"lang=" in asked else {}
        visit.asked_locale = locales.known(query.get("lang", [None])[0]) or locales.known(cookies.get("lang"))
        visit.accept_language = _header(scope, b"accept-language")
        choose_locale(scope)
        return visit


# Metrics look their children up under a lock, and by texts that are made for it.
_request_seconds = cache(metrics.REQUEST_SECONDS.labels)
_request_statements = cache(metrics.REQUEST_STATEMENTS.labels)


def choose_locale(scope: Scope) -> None:
    """Choose the language: what the address or the cookie asks for, the person's setting, what the browser prefers.

    A program does not send a browser's preferences: what it says in Accept-Language goes before the person's setting.
    """
    visit = visit_of(scope)
    personal, preferred = locales.known(caller_of(scope).locale), locales.negotiate(visit.accept_language)
    first, second = (preferred, personal) if scope["path"].startswith(API) else (personal, preferred)
    locales.set_current(visit.asked_locale or first or second or locales.DEFAULT)


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _add_headers(message: Message, scope: Scope, visit: Visit) -> None:
    """Add what every answer has, on the raw pairs: Litestar's headers decode all of them for each that is set."""
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))  # type: ignore[call-overload]
    given = {name.lower(): value for name, value in headers}
    is_page = given.get(b"content-type", b"").startswith(b"text/html")
    headers += [pair for pair in _FIXED if pair[0] not in given]
    if b"content-security-policy" not in given:
        policy = content_security_policy(visit.nonce, is_secure=visit.is_secure).encode() if is_page else _NO_PAGE
        headers.append((b"content-security-policy", policy))
    if b"cache-control" not in given:
        headers.append((b"cache-control", b"no-store" if caller_of(scope).is_signed_in else b"no-cache, private"))
    headers.append((b"x-request-id", visit.request_id.encode()))
    if visit.is_twin:
        headers.append((b"x-robots-tag", b"noindex, nofollow"))
    if visit.is_secure and b"strict-transport-security" not in given:
        headers.append((b"strict-transport-security", HSTS.encode()))
    if is_page:  # Whatever varies besides: it may have been compressed.
        headers.append((b"vary", b"accept-language, cookie, hx-request"))
    message["headers"] = headers  # type: ignore[typeddict-unknown-key]
