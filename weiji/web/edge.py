"""The outermost layer: it wraps the whole program, so that an answer to an unknown path is as safe as any other.

It gives each request an id, a nonce and a count of statements, and puts the headers on its answer.
"""

import secrets
import time
from typing import Final
from urllib.parse import parse_qs

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from weiji.kit import db, metrics
from weiji.kit.ids import new_id
from weiji.web import locales
from weiji.web.caller import caller_of
from weiji.web.cookies import read_cookies
from weiji.web.visit import Visit, visit_of

HEADERS: Final = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""OWASP ASVS 5, 3.4. An answer that has one of them already keeps its own."""

HSTS: Final = "max-age=63072000; includeSubDomains"


def content_security_policy(nonce: str, *, is_secure: bool) -> str:
    """Write the policy of a page: everything from here, nothing inline but what carries the nonce, no eval."""
    parts = [
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:",
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
    """Wraps an ASGI application. What granian serves is `Edge(app)`."""

    def __init__(self, app: ASGIApp, *, is_secure: bool = False) -> None:
        """*is_secure* says that people come by https, though a proxy may talk http to us."""
        self.app = app
        self.is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        visit = self._begin(scope)
        method = str(scope["method"])
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope, visit)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            route = str(scope.get("path_template") or "unknown")
            seconds = (time.perf_counter_ns() - visit.started_ns) / 1e9
            metrics.REQUEST_SECONDS.labels(method, route, status).observe(seconds)
            metrics.REQUEST_STATEMENTS.labels(route).observe(db.statements())

    def _begin(self, scope: Scope) -> Visit:
        visit = Visit(
            request_id=new_id().hex,
            started_ns=time.perf_counter_ns(),
            nonce=secrets.token_urlsafe(16),
            is_secure=self.is_secure or scope["scheme"] == "https",
        )
        scope.setdefault("state", {})
        scope["state"]["visit"] = visit
        db.count_statements()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=visit.request_id)
        cookies = read_cookies(scope)
        match cookies.get("theme"):
            case "light" | "dark" as theme:
                visit.theme = theme
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=None)
        visit.asked_locale = locales.known(query.get("lang", [None])[0]) or locales.known(cookies.get("lang"))
        visit.accept_language = _header(scope, b"accept-language")
        choose_locale(scope)
        return visit


def choose_locale(scope: Scope) -> None:
    """Choose the language: what the address or the cookie asks for, the person's setting, what the browser prefers."""
    visit = visit_of(scope)
    locales.set_current(
        visit.asked_locale
        or locales.known(caller_of(scope).locale)
        or locales.negotiate(visit.accept_language)
        or locales.DEFAULT
    )


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _add_headers(message: Message, scope: Scope, visit: Visit) -> None:
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("content-security-policy", content_security_policy(visit.nonce, is_secure=visit.is_secure))
    headers.setdefault("cache-control", "no-store" if caller_of(scope).is_signed_in else "no-cache, private")
    headers["x-request-id"] = visit.request_id
    if visit.is_secure:
        headers.setdefault("strict-transport-security", HSTS)
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("vary", "accept-language, cookie, hx-request")
