"""Rate limits, counted in the memory of each process: with *n* processes a caller may have up to *n* times as much.

They keep one caller from crowding out the others, and slow down guessing. What must hold exactly (tries of a
password, say) is counted in the database by the module that owns it.
"""

import math
import time
from ipaddress import ip_address, ip_network
from typing import Any, Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from litestar.enums import ScopeType
from litestar.exceptions import TooManyRequestsException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.kit.security import note_refusal
from weiji.web.caller import caller_of

DEFAULT: Final = "6000/minute"

NOTED: Final = parse("1/minute")
"""How often it is noted of one caller that they ask too often."""


def rate(name: str, limit: str) -> dict[str, Any]:
    """Give a route a limit of its own: `@post("/sign-in", opt=rate("sign_in", "10/minute"))`.

    Routes with the same *name* share one count. It is kept by address, whoever is signed in.
    """
    return {"rate": (name, parse(limit))}


class RateMiddleware(ASGIMiddleware):
    """Counts requests for each caller, or for each address where the caller is not known."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limit: str | None = DEFAULT) -> None:
        self.limit = parse(limit) if limit else None
        self.limiter = FixedWindowRateLimiter(MemoryStorage())

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count the request, and let it through or refuse it. A route with `opt={"rate": None}` is not counted."""
        own = scope["route_handler"].opt.get("rate", ())
        if own:
            name, limit = own
            await self._count(scope, limit, name, _address(scope))
        if self.limit is not None and own is not None:
            await self._count(scope, self.limit, "all", str(caller_of(scope).person_id or _address(scope)))
        await next_app(scope, receive, send)

    async def _count(self, scope: Scope, limit: RateLimitItem, *keys: str) -> None:
        if await self.limiter.hit(limit, *keys):
            return
        if await self.limiter.hit(NOTED, "noted", *keys):
            person = caller_of(scope).person_id
            note_refusal("request_refused", reason="too_many", limit=keys[0], path=scope["path"], person=person)
        stats = await self.limiter.get_window_stats(limit, *keys)
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        raise TooManyRequestsException(headers={"retry-after": str(wait)})


def _address(scope: Scope) -> str:
    """Tell where a request comes from; of IPv6 the network of 64 bits, since one household has that many."""
    client = scope.get("client")
    if client is None:
        return "unknown"
    try:
        address = ip_address(client[0])
    except ValueError:
        return client[0]
    return str(ip_network((address, 64), strict=False) if address.version == 6 else address)
