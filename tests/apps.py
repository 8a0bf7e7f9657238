"""HTTP round programs: an app is put together once and then serves one program after another.

To put all pages together takes longer than most tests of a page take otherwise.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from litestar import Litestar
from litestar.types import ASGIApp

from weiji.app import backend_of, given_by, make_app
from weiji.developers.keys import KeyMiddleware, RememberedCallers
from weiji.identity.sessions import SessionMiddleware
from weiji.program import Program
from weiji.supervision.proof import prover_of
from weiji.web.rates import RateMiddleware
from weiji.wire.running import wire_of

_FREE: Final[defaultdict[object, list[Any]]] = defaultdict(list)
"""Apps that serve no program now, by what they were put together for."""


@contextmanager
def app_of(program: Program, edges: tuple[str, ...]) -> Iterator[ASGIApp]:
    """Give an app with some edges that serves *program*, without limits for all requests."""
    settings = program.settings
    kind = (edges, settings.mode, settings.url, settings.metrics, settings.is_twin)
    if _FREE[kind]:
        served = _FREE[kind].pop()
        turn(inside(served), program)
    else:
        with patch("weiji.app.ROUTES_OF", edges):
            served = make_app(program, rate_limit=None)
    yield served
    _FREE[kind].append(served)


def inside(served: Any) -> Litestar:
    """Find the app within what stands round it: an edge, and what believes a proxy."""
    while not isinstance(served, Litestar):
        served = served.app
    return served


def turn(app: Litestar, program: Program) -> None:
    """Have an app serve another program; of the one before nothing is left in it."""
    app.state["given"].update(given_by(program))
    app.state["backend"] = backend_of(program)
    for gate in app.state["gates"]:
        gate.backend = app.state["backend"]
        wire = wire_of(program.database)
        gate.directory = wire.directory
        if hasattr(gate, "wire"):
            gate.wire, gate.keyring = wire, wire.keyring
    for part in app.middleware:
        match part:
            case SessionMiddleware():
                part.database = program.database
            case KeyMiddleware():
                part.database = program.database
                part.remembered = RememberedCallers(program.live)
            case _:
                pass
    forget_rates(app)
    prover_of(program.database).keys = (program.public_key,)


def forget_rates(app: Litestar) -> None:
    """Count what is asked of an app anew: all tests ask from one address, and a minute has many of them."""
    for part in app.middleware:
        if isinstance(part, RateMiddleware):
            part.limiter = FixedWindowRateLimiter(MemoryStorage())
