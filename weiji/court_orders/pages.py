"""What somebody whose money a court has had held can read about it."""

from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.court_orders import store, words
from weiji.shops import get_shops
from weiji.web import page, shop_staff, signed_in
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

SHOWN: Final = 100
"""Orders that are shown, the newest first."""


class OwnCourtOrders(Controller):
    """A person's."""

    path = "/wallet/court-orders"
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List what courts ordered about your wallet."""
        async with request.database.read() as reader:
            orders = await store.list_of_owner(reader, request.person_id, SHOWN)
        return page(request, "court_orders/own.html", orders=orders, state_word=words.state_word)


class MerchantCourtOrders(Controller):
    """A shop's."""

    path = "/merchant/{shop_id:uuid}/court-orders"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List what courts ordered about the shop's money."""
        async with request.database.read() as reader:
            orders = await store.list_of_owner(reader, shop_id, SHOWN)
            (shop,) = await get_shops(reader, [shop_id])
        if shop is None:
            raise NotFoundException
        return page(
            request,
            "court_orders/merchant.html",
            shop=shop,
            orders=orders,
            state_word=words.state_word,
            place_word=words.place_word,
        )


ROUTES: Final = (OwnCourtOrders, MerchantCourtOrders)
"""What the program serves of this module."""
