"""Serves the payment protocol at once, and the rest of the program from when somebody first asks for it.

To put all pages and operations together takes longer than everything else that a sandbox does to begin, and most
programs that are tested against it never ask for one.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.app import make_app
from weiji.program import Program
from weiji.wire.gate import PREFIX

AT_ONCE: Final = (PREFIX, "/health", "/ready")
"""What the paths begin with that are served from the first moment."""


def make_app_by_and_by(program: Program) -> ASGIApp:
    """Put HTTP round a program: first the protocol; the rest when it is asked for."""
    first = make_app(program, rate_limit=None, edges=())
    return behind(first, lambda: make_app(program, rate_limit=None))


def behind(first: ASGIApp, make_rest: Callable[[], ASGIApp]) -> ASGIApp:
    """Serve some paths by *first*; the others by what is made, once, when one of them is asked for."""
    making: asyncio.Future[ASGIApp] | None = None

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal making
        if scope["path"].startswith(AT_ONCE):
            await first(scope, receive, send)
            return
        if making is None:
            making = asyncio.ensure_future(asyncio.to_thread(make_rest))
        # Whoever goes away meanwhile takes nothing from the others.
        rest = await asyncio.shield(making)
        await rest(scope, receive, send)

    return run
