"""Refuse what another site makes a signed-in person's browser send.

Two locks, either of which would do (OWASP ASVS 5, 3.5.1): the browser's own word for where a request comes
from (Sec-Fetch-Site, Origin), and a token that belongs to the session, in a form's field or in a header.
Requests that a key or token speaks for carry no cookie, and are not asked.
"""

import hmac
import secrets
from typing import Any, Final, cast
from urllib.parse import urlsplit

from litestar import Request
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import PermissionDeniedException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from weiji.web.caller import Caller, caller_of
from weiji.web.visit import visit_of

FIELD: Final = "csrf_token"
FROM_ELSEWHERE: Final = "from_elsewhere"
"""The option of a handler that another site's form may lead to, since it changes nothing and tells nothing."""
HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
SALT_BYTES: Final = 16


class CrossSiteError(PermissionDeniedException):
    """The request came from another site, or without the session's token."""


def make_token(caller: Caller) -> str:
    """Make a token of the caller's session; empty for whoever has none.

    Each is masked by a salt of its own, so that a compressed page doesn't give it away (BREACH).
    """
    if caller.session_id is None:
        return ""
    salt = secrets.token_bytes(SALT_BYTES)
    return (salt + _mark(caller, salt)).hex()


def is_token_of(caller: Caller, token: str) -> bool:
    """Tell whether a token was made for the caller's session."""
    try:
        given = bytes.fromhex(token)
    except ValueError:
        return False
    salt, mark = given[:SALT_BYTES], given[SALT_BYTES:]
    return hmac.compare_digest(mark, _mark(caller, salt))


def _mark(caller: Caller, salt: bytes) -> bytes:
    return hmac.digest(caller.csrf_secret, salt + str(caller.session_id).encode(), "sha256")


def token_of(scope: Scope) -> str:
    """Tell the token for the page that this request is answered with."""
    visit = visit_of(scope)
    if visit.csrf_token is None:
        visit.csrf_token = make_token(caller_of(scope))
    return visit.csrf_token


def is_from_elsewhere(request: Request[Any, Any, Any]) -> bool:
    """Tell whether the browser says that another site made it send this request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


class CsrfMiddleware(ASGIMiddleware):
    """Stands between the identity middleware, which says who the caller is, and the handlers."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = FROM_ELSEWHERE

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through, or refuse it."""
        if cast("HTTPScope", scope)["method"] not in SAFE_METHODS:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            caller = caller_of(scope)
            is_by_cookie = caller.session_id is not None or not caller.is_signed_in
            if is_by_cookie and is_from_elsewhere(request):
                raise CrossSiteError
            if caller.session_id is not None and not is_token_of(caller, await _token_in(request)):
                raise CrossSiteError
        await next_app(scope, receive, send)


async def _token_in(request: Request[Any, Any, Any]) -> str:
    if token := request.headers.get(HEADER):
        return token
    if request.content_type[0] in {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}:
        token = (await request.form()).get(FIELD)
        return token if isinstance(token, str) else ""
    return ""
