"""A shop's coupons, for its staff."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Response

from weiji.coupons import desk
from weiji.web import shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.rates import rate
from weiji.web.requests import WebRequest


class CouponDeskPages(Controller):
    """A shop's campaigns: what they take off is the shop's to bear."""

    path = "/merchant/{shop_id:uuid}/coupons"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List the campaigns with what they brought."""
        return await desk.show_list(request, shop_id)

    @get("/new")
    async def show_form(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Ask for a new campaign."""
        return await desk.show_form(request, shop_id)

    @post("/", status_code=303)
    async def create(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Create a campaign."""
        form = await read_form(request)
        return await desk.create(request, form, shop_id, request.actor("merchant"))

    @post("/serving", status_code=303, opt=rate("coupons", "600/minute"))
    async def serve(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Use a coupon at the till, or take that back."""
        form = await read_form(request)
        return await desk.serve(request, form, shop_id, request.actor("merchant"))

    @get("/{campaign_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], campaign_id: FromPath[UUID]) -> Response[str]:
        """Show a campaign."""
        return await desk.show_one(request, shop_id, campaign_id)

    @post("/{campaign_id:uuid}", status_code=303)
    async def act(self, request: WebRequest, shop_id: FromPath[UUID], campaign_id: FromPath[UUID]) -> Response[str]:
        """Start, pause, resume or stop a campaign."""
        form = await read_form(request)
        actor = request.actor("merchant")
        return await desk.act(request, form, shop_id, campaign_id, actor)


ROUTES: Final = (CouponDeskPages,)
"""What the program serves of this module."""
