"""The desk's page that leads over to the sandbox."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.shops import get_shops
from weiji.twin.beside import Twin
from weiji.twin.entering import make_ticket
from weiji.twin.model import TwinState, Way
from weiji.twin.tickets import write_ticket
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.locales import current
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest


class SandboxPages(Controller):
    """The way over."""

    path = "/merchant/{shop_id:uuid}/sandbox"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], twin: NamedDependency[Twin]) -> Response[str]:
        """Show how the sandbox stands, and what it is for."""
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
        if shop is None:
            raise NotFoundException
        return page(
            request,
            "twin/entrance.html",
            shop=shop,
            here=_here(shop_id),
            state=(await twin.state()).value,
            is_run_here=twin.is_run_here,
            address=twin.address_for(request),
            home=str(request.base_url).rstrip("/"),
        )

    @post("/start", status_code=303, opt=rate("sandbox_start", "30/hour"))
    async def start(self, request: WebRequest, shop_id: FromPath[UUID], twin: NamedDependency[Twin]) -> Response[str]:
        """Start it: the page says when it is there."""
        twin.want()
        return redirect(request, _here(shop_id))

    @get("/entrance", opt=rate("sandbox_entrance", "60/hour"))
    async def enter(self, request: WebRequest, shop_id: FromPath[UUID], twin: NamedDependency[Twin]) -> Response[str]:
        """Send the owner over with a ticket. Nothing here changes by it: another site can only send them there."""
        if await twin.state() is not TwinState.UP or request.caller.person_id is None:
            return redirect(request, _here(shop_id), toast=_("沙箱还没有准备好。"), tone="warn")
        home = (request.settings.url or str(request.base_url)).rstrip("/")
        actor = request.actor("merchant")
        ticket = await make_ticket(
            request.database, shop_id, request.caller.person_id, Way.BROWSER, current(), home, actor
        )
        if ticket is None:
            raise NotFoundException
        query = urlencode({"ticket": write_ticket(ticket)})
        return redirect(request, f"{twin.address_for(request)}/arrival?{query}")


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/sandbox"


ROUTES: Final = (SandboxPages,)
