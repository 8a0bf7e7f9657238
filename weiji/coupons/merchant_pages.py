"""A shop's coupons, for its staff."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from weiji.coupons import desk
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.web import shop_staff
from weiji.web.actors import actor_of
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.rates import rate

AnyRequest = Request[Any, Any, Any]


class CouponDeskPages(Controller):
    """A shop's campaigns: what they take off is the shop's to bear."""

    path = "/merchant/{shop_id:uuid}/coupons"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: AnyRequest, shop_id: FromPath[UUID], database: NamedDependency[Database]
    ) -> Response[str]:
        """List the campaigns with what they brought."""
        return await desk.show_list(request, database, shop_id)

    @get("/new")
    async def show_form(
        self, request: AnyRequest, shop_id: FromPath[UUID], database: NamedDependency[Database]
    ) -> Response[str]:
        """Ask for a new campaign."""
        return await desk.show_form(request, database, shop_id)

    @post("/", status_code=303)
    async def create(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
    ) -> Response[str]:
        """Create a campaign."""
        form = await read_form(request)
        return await desk.create(request, form, database, batchers, shop_id, actor_of(request.scope, "merchant"))

    @post("/serving", status_code=303, opt=rate("coupons", "600/minute"))
    async def serve(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
    ) -> Response[str]:
        """Use a coupon at the till, or take that back."""
        form = await read_form(request)
        return await desk.serve(request, form, database, batchers, shop_id, actor_of(request.scope, "merchant"))

    @get("/{campaign_id:uuid}")
    async def show(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        campaign_id: FromPath[UUID],
        database: NamedDependency[Database],
    ) -> Response[str]:
        """Show a campaign."""
        return await desk.show_one(request, database, shop_id, campaign_id)

    @post("/{campaign_id:uuid}", status_code=303)
    async def act(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        campaign_id: FromPath[UUID],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
    ) -> Response[str]:
        """Start, pause, resume or stop a campaign."""
        form = await read_form(request)
        actor = actor_of(request.scope, "merchant")
        return await desk.act(request, form, database, batchers, shop_id, campaign_id, actor)


ROUTES: Final = (CouponDeskPages,)
"""What the program serves of this module."""
