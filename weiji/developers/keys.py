"""Who is asking, by an API key: one statement for a request that has one, on routes that are for keys."""

import hmac
from typing import Final

from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.developers.store import SQL
from weiji.developers.tokens import KeyToken
from weiji.identity import SEEN_EVERY, read_roles
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import shard_of
from weiji.web.caller import Caller, set_caller
from weiji.web.grants import is_for_keys

BEARER: Final = b"bearer "
# RFC 6750, section 3.1.
CHALLENGE: Final = {"www-authenticate": 'Bearer error="invalid_token"'}


class KeyMiddleware(ASGIMiddleware):
    """Says who the caller is, where `Authorization: Bearer wj_…` does. A key that is none is answered 401.

    *mode* is the installation's. It stands behind `SessionMiddleware`, which leaves such requests alone.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, database: Database, mode: str) -> None:
        self.database = database
        self.mode = mode

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the key, if there is one, and go on."""
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if header[: len(BEARER)].lower() == BEARER and is_for_keys(scope["route_handler"]):
            token = KeyToken.read(header[len(BEARER) :].decode("latin-1").strip())
            caller = await find_caller(self.database, token) if token and token.mode == self.mode else None
            if caller is None:
                raise NotAuthorizedException("The key is wrong, revoked or expired.", headers=CHALLENGE)
            set_caller(scope, caller)
        await next_app(scope, receive, send)


async def find_caller(database: Database, token: KeyToken) -> Caller | None:
    """Find whom a key acts for, and note that it was used; None where it is good for nothing."""
    now = clock.now()
    async with database.read() as reader:
        row = await reader.row(
            SQL.find_key, shard_of(token.key_id), token.key_id, token.secret_hash, now, now - SEEN_EVERY
        )
    if row is None or not hmac.compare_digest(row["secret_hash"], token.secret_hash):
        return None
    return Caller(
        person_id=row["person_id"],
        handle=row["handle"] or "",
        display_name=row["display_name"],
        locale=row["locale"],
        roles=read_roles(row["roles"]),
        scopes=tuple(row["scopes"]),
        key_id=token.key_id,
    )
