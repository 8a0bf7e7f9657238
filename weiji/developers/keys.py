"""Who is asking, by an API key: one statement for a request that has one, on routes that are for keys."""

import hmac
import time
from collections.abc import Collection
from datetime import datetime
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
from weiji.kit.live import Live
from weiji.web.caller import Caller, set_caller
from weiji.web.grants import is_for_keys

BEARER: Final = b"bearer "
# RFC 6750, section 3.1.
CHALLENGE: Final = {"www-authenticate": 'Bearer error="invalid_token"'}


class KeyMiddleware(ASGIMiddleware):
    """Says who the caller is, where `Authorization: Bearer wj_…` does. A key that is none is answered 401.

    *mode* is the installation's. It stands behind `SessionMiddleware`, which leaves such requests alone. Given *live*,
    callers are remembered: see `RememberedCallers`.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, database: Database, mode: str, live: Live | None = None) -> None:
        self.database = database
        self.mode = mode
        self.remembered = RememberedCallers(live) if live else None

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the key, if there is one, and go on."""
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if header[: len(BEARER)].lower() == BEARER and is_for_keys(scope["route_handler"]):
            token = KeyToken.read(header[len(BEARER) :].decode("latin-1").strip())
            caller = await self._find(token) if token and token.mode == self.mode else None
            if caller is None:
                raise NotAuthorizedException("The key is wrong, revoked or expired.", headers=CHALLENGE)
            set_caller(scope, caller)
        await next_app(scope, receive, send)

    async def _find(self, token: KeyToken) -> Caller | None:
        if self.remembered is None:
            found = await find_caller(self.database, token)
            return found[0] if found else None
        caller = self.remembered.get(token)
        if caller is None:
            since = self.remembered.tell_time()
            found = await find_caller(self.database, token)
            if found:
                caller, expires_at = found
                self.remembered.put(token, caller, since, expires_at)
        return caller


class RememberedCallers:
    """Who asked with a key lately, so that a program that asks often costs one statement in half a minute.

    A revoked key, a role that was taken back and a changed name are events that change a caller, and each of these is
    told to every process: whoever it is about is forgotten at once. Where this process is told nothing, it remembers
    nobody; where it believes to be told and is not, `SECONDS` are the longest that a revoked key still opens something.
    """

    SECONDS: Final = 30.0
    MAX: Final = 10_000

    def __init__(self, live: Live) -> None:
        self._callers: dict[KeyToken, tuple[float, datetime, Caller]] = {}
        self._keys: dict[str, set[KeyToken]] = {}
        self._forgotten_at = 0.0
        self._live = live
        live.on_callers = self.forget

    def tell_time(self) -> float:
        """Tell the time by which entries grow old. It is no business time: a turned clock does not change it."""
        return time.monotonic()

    def get(self, token: KeyToken) -> Caller | None:
        """Recall who asks with a key; None where that has to be looked up."""
        found = self._callers.get(token)
        if found is None:
            return None
        since, expires_at, caller = found
        return caller if self.tell_time() < since + self.SECONDS and clock.now() < expires_at else None

    def put(self, token: KeyToken, caller: Caller, since: float, expires_at: datetime) -> None:
        """Remember until it expires who asks with a key, read *since*; unless somebody was forgotten meanwhile."""
        if since <= self._forgotten_at or not self._live.is_listening:
            return
        if len(self._callers) >= self.MAX:
            self._callers.clear()
            self._keys.clear()
        self._callers[token] = (since, expires_at, caller)
        self._keys.setdefault(str(caller.person_id), set()).add(token)

    def forget(self, ids: Collection[str]) -> None:
        """Forget the people whom something happened to; everybody, where *ids* is empty."""
        # Somebody who is being looked up just now may be meant, too.
        self._forgotten_at = self.tell_time()
        if not ids:
            self._callers.clear()
            self._keys.clear()
            return
        for id in self._keys.keys() & set(ids):
            for token in self._keys.pop(id):
                self._callers.pop(token, None)


async def find_caller(database: Database, token: KeyToken) -> tuple[Caller, datetime] | None:
    """Find whom a key acts for, and until when, and note that it was used; None where it is good for nothing."""
    now = clock.now()
    async with database.read() as reader:
        row = await reader.row(
            SQL.find_key, shard_of(token.key_id), token.key_id, token.secret_hash, now, now - SEEN_EVERY
        )
    if row is None or not hmac.compare_digest(row["secret_hash"], token.secret_hash):
        return None
    caller = Caller(
        person_id=row["person_id"],
        handle=row["handle"] or "",
        display_name=row["display_name"],
        locale=row["locale"],
        roles=read_roles(row["roles"]),
        scopes=tuple(row["scopes"]),
        key_id=token.key_id,
    )
    return caller, row["expires_at"]
