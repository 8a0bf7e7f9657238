"""A program with nothing but the frame: the gallery, and routes that ask for what the frame must refuse.

Who is signed in is said by headers here, since the identity module is not part of it. Run as a program, it
serves the browser tests.
"""

import sys
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from litestar import Litestar, Request, get, post
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.params import FromPath
from litestar.response import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.kit.batch import QueueFull
from weiji.web import (
    BODY_BYTES_MAX,
    Caller,
    Edge,
    Refused,
    WebFrame,
    page,
    rate,
    redirect,
    set_caller,
    shop_staff,
    signed_in,
    staff,
)
from weiji.web import gettext as _
from weiji.web.permissions import Permission
from weiji.web.server import Server

PERSON = UUID("01990000-0000-7000-8000-000000000001")
SESSION = UUID("01990000-0000-7000-8000-000000000002")
SHOP = UUID("01990000-0000-7000-8000-000000000003")
SECRET = b"the secret of one session, 32 by"


def person(**changes: Any) -> Caller:
    """Make somebody who is signed in by a cookie."""
    known: dict[str, Any] = {
        "person_id": PERSON,
        "handle": "aqing",
        "display_name": "阿青",
        "session_id": SESSION,
        "csrf_secret": SECRET,
    }
    return Caller(**{**known, **changes})


CALLERS = {
    "person": person(),
    "english": person(locale="en"),
    "staff": person(roles=(("platform", "finance"),)),
    "merchant": person(roles=((str(SHOP), "owner"),)),
    "clerk": person(roles=((str(SHOP), "orders"),)),
    "key": Caller(person_id=PERSON, scopes=("orders:read",)),
}


class Identify(ASGIMiddleware):
    """Believes the header x-caller."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set the caller, as the identity module does."""
        name = dict(scope["headers"]).get(b"x-caller")
        if name:
            set_caller(scope, CALLERS[name.decode()])
        await next_app(scope, receive, send)


@get("/refused/{status:int}")
async def refuse(status: FromPath[int]) -> None:
    """Refuse with a status."""
    raise HTTPException(status_code=status)


@get(["/told", "/api/told"])
async def tell() -> None:
    """Refuse with a reason."""
    raise Refused(_("加入购物车"))


@get(["/unstorable", "/api/unstorable"])
async def store_nul() -> None:
    """Meet a text with U+0000."""
    raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence for encoding: 0x00")


@get(["/busy", "/api/busy"])
async def wait() -> None:
    """Have too much to do."""
    raise QueueFull


@get(["/away/{what:str}", "/api/away/{what:str}"])
async def lack(what: str) -> None:
    """Find the database away, or somebody holding a lock for long."""
    raise {
        "gone": ConnectionError("no such socket"),
        "full": asyncpg.DiskFullError("No space left on device"),
        "locked": asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
        "slow": TimeoutError(),
        "cancelled": asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        "doubled": asyncpg.UniqueViolationError("duplicate key"),
    }[what]


@get("/private", guards=[signed_in])
async def show_private(request: Request[Any, Any, Any]) -> Response[str]:
    """Show something to people in whom we know."""
    return page(request, "web/gallery_form.html", wrong=False)


@get("/books", guards=[staff("finance")])
async def show_books() -> str:
    """Show something to the operator's staff."""
    return "books"


@get("/desk/{shop_id:uuid}", guards=[shop_staff(Permission.GOODS)])
async def show_desk(shop_id: FromPath[UUID]) -> str:
    """Show something to a shop's staff."""
    return str(shop_id)


@post(["/change", "/api/change"], status_code=200)
async def change(request: Request[Any, Any, Any]) -> str:
    """Change something."""
    return f"changed {len(await request.form()) or len(await request.body())}"


@post("/guess", status_code=200, opt=rate("guess", "3/minute"))
async def guess() -> str:
    """Be guessed at."""
    return "no"


@get("/whereabouts")
async def show_whereabouts(request: Request[Any, Any, Any]) -> str:
    """Tell the address under which we are known."""
    return str(request.base_url)


@post("/sent-on")
async def send_on(request: Request[Any, Any, Any]) -> Response[str]:
    """Send the browser on."""
    return redirect(request, "/private", toast="收到了 ✓")


def make(*, url: str | None = None, limit: str | None = None) -> Any:
    """Put the program together."""
    routes = [
        refuse,
        tell,
        wait,
        lack,
        store_nul,
        show_private,
        show_books,
        show_desk,
        change,
        guess,
        send_on,
        show_whereabouts,
    ]
    frame = WebFrame(is_debug=True, limit=limit)
    app = Litestar(
        routes,
        middleware=[Identify()],
        plugins=[frame],
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )
    return Edge(app, url=url)


if __name__ == "__main__":
    uvloop.run(Server(make(), "127.0.0.1", int(sys.argv[1]), stops_within=1).serve())
