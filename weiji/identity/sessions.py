"""Who is asking, by the session's cookie: one statement for a request that has one, none for a request that has not."""

import hmac
import re
import secrets
from datetime import timedelta
from typing import Final

from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.structs import replace

from weiji.identity.cookies import NAME, SessionCookie
from weiji.identity.model import Origin
from weiji.identity.rules import DEVICE_BYTES, SEEN_EVERY, SESSION_ABSOLUTE, SESSION_IDLE
from weiji.identity.store import SQL, read_roles
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import shard_of
from weiji.web.actors import address_of
from weiji.web.caller import Caller, caller_of, set_caller
from weiji.web.cookies import make_cookie, read_cookies
from weiji.web.visit import visit_of

DEVICE_NAME: Final = "device"
"""What the cookie is called by which a device is known again."""

DEVICE_KEPT: Final = timedelta(days=400)
"""How long browsers keep a cookie at most."""

OFFER_DECLINED: Final = "second-factor-declined"
"""What the cookie is called by which a browser knows that its person was offered a second factor, and goes without."""

_DEVICE: Final = re.compile(f"[0-9a-f]{{{2 * DEVICE_BYTES}}}")


class SessionMiddleware(ASGIMiddleware):
    """Says who the caller is. A request with a bearer's token speaks for itself, and its cookie is not looked at.

    Where *asks_staff*, it says of staff who sign in by the password alone that they lack a second factor.
    A route that is the same for everybody says so with `opt={"without_caller": True}`.
    """

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "without_caller"

    def __init__(self, database: Database, *, asks_staff: bool = False) -> None:
        self.database = database
        self.asks_staff = asks_staff

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the session, if there is one, and go on."""
        cookie = read_session_cookie(scope)
        parsed = SessionCookie.read(cookie) if cookie else None
        if parsed and not _has_bearer(scope):
            caller = await find_caller(self.database, parsed)
            if caller:
                lacks = self.asks_staff and caller.is_staff and not caller.has_second_factor
                set_caller(scope, replace(caller, lacks_second_factor=True) if lacks else caller)
        await next_app(scope, receive, send)


async def find_caller(database: Database, cookie: SessionCookie) -> Caller | None:
    """Find whose session this is, and note that they were here; None where it has ended."""
    now = clock.now()
    async with database.read() as reader:
        row = await reader.row(
            SQL.find_session,
            shard_of(cookie.session_id),
            cookie.session_id,
            cookie.secret_hash,
            now,
            now - SEEN_EVERY,
            SESSION_IDLE,
        )
    if row is None or not hmac.compare_digest(row["secret_hash"], cookie.secret_hash):
        return None
    return Caller(
        person_id=row["person_id"],
        handle=row["handle"] or "",
        display_name=row["display_name"],
        locale=row["locale"],
        roles=read_roles(row["roles"]),
        name_taken_reason=row["taken_reason"],
        payment_reset_asked_at=row["reset_asked_at"],
        payment_reset_opens_at=row["reset_opens_at"],
        has_second_factor=row["has_second_factor"],
        session_id=cookie.session_id,
        csrf_secret=cookie.csrf_secret,
    )


def read_session_cookie(scope: Scope) -> str | None:
    """Read the value of the session's cookie, if the browser sent one."""
    return read_cookies(scope).get(NAME)


def make_session_cookies(scope: Scope, value: str) -> list[Cookie]:
    """Make the cookie of a session that was started, and that by which its device is known again."""
    return [
        make_cookie(scope, NAME, value, max_age_seconds=int(SESSION_ABSOLUTE.total_seconds())),
        make_cookie(scope, DEVICE_NAME, device_of(scope), max_age_seconds=int(DEVICE_KEPT.total_seconds())),
    ]


def device_of(scope: Scope) -> str:
    """Tell by which device a request comes: a random name that its browser keeps from the first sign-in on."""
    state = scope["state"]
    if "device" not in state:
        told = read_cookies(scope).get(DEVICE_NAME, "")
        state["device"] = told if _DEVICE.fullmatch(told) else secrets.token_hex(DEVICE_BYTES)
    device: str = state["device"]
    return device


def offers_second_factor(scope: Scope) -> bool:
    """Tell whether a page is to offer a second factor: to who has none, and did not decline in this browser."""
    return not caller_of(scope).has_second_factor and OFFER_DECLINED not in read_cookies(scope)


def remove_session_cookie(scope: Scope) -> Cookie:
    """Make the cookie that takes the session's away."""
    return make_cookie(scope, NAME, "", max_age_seconds=0)


def origin_of(scope: Scope) -> Origin:
    """Tell where a request comes from."""
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Origin(
        address=address_of(scope),
        request_id=visit_of(scope).request_id,
        # What PostgreSQL takes for text has no NUL.
        user_agent=agent.decode("utf-8", "replace").replace("\x00", ""),
        device=device_of(scope),
        session_id=caller_of(scope).session_id,
    )


def _has_bearer(scope: Scope) -> bool:
    return any(name == b"authorization" and value[:7].lower() == b"bearer " for name, value in scope["headers"])
