"""The JSON API of shops."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.shops.handles import ChangeHandle, ChangeHandleStatus
from weiji.shops.model import (
    COLOUR_DEFAULT,
    SHOPS_MAX,
    STORY_MAX,
    OpenShop,
    OpenShopStatus,
    Shop,
    ShopState,
    Standing,
    UpdateShop,
    UpdateShopStatus,
    Verification,
)
from weiji.shops.operations import change_handles, get_shops, open_shops, update_shops
from weiji.web.api import ApiRequest, Batch, Page, Typed, operation, run
from weiji.web.permissions import Permission

Story = Annotated[str, Meta(max_length=STORY_MAX)]


class OpenShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The shop to open. You will own it."""

    id: UUID
    handle: Typed
    name: Typed
    story: Story = ""
    colour: Typed = COLOUR_DEFAULT


class OpenShopAnswer(Struct):
    """How opening a shop ended."""

    status: OpenShopStatus


class UpdateShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change of a shop; what is left out stays."""

    shop_id: UUID
    name: Typed | None = None
    story: Story | None = None
    colour: Typed | None = None
    status: ShopState | None = None


class UpdateShopAnswer(Struct):
    """How changing a shop ended."""

    status: UpdateShopStatus


class ShopAnswer(Struct, kw_only=True):
    """A shop as everybody sees it."""

    id: UUID
    handle: str
    name: str
    story: str
    owner_id: UUID
    status: ShopState
    """Whether it sells."""
    standing: Standing
    colour: str
    created_at: datetime
    verification: Verification
    away_until: datetime | None
    """Until when it is on holiday; with `standing` open it sells meanwhile, and ships from then on."""
    away_notice: str


def _describe(shop: Shop) -> ShopAnswer:
    holiday = shop.holiday if shop.is_away else None
    return ShopAnswer(
        id=shop.id,
        handle=shop.handle,
        name=shop.name,
        story=shop.story,
        owner_id=shop.owner_id,
        status=shop.sells,
        standing=shop.standing,
        colour=shop.colour,
        created_at=shop.created_at,
        verification=shop.verification,
        away_until=holiday.ends_at if holiday else None,
        away_notice=holiday.notice if holiday else "",
    )


class ChangeHandleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The short address that a shop is to have. It may change once."""

    shop_id: UUID
    handle: Typed


class ChangeHandleAnswer(Struct):
    """How changing a handle ended."""

    status: ChangeHandleStatus


ChangeHandleBatch = Batch[ChangeHandleBody]
OpenShopBatch = Batch[OpenShopBody]
UpdateShopBatch = Batch[UpdateShopBody]


class ShopsApi(Controller):
    """Shops."""

    path = "/api/v1/shops"
    tags = ("shops",)

    @post("/open", **operation("OpenShops", "shops:write", repeat="key_taken"))
    async def open(self, request: ApiRequest, data: OpenShopBatch) -> Response[list[OpenShopAnswer]]:
        """Open shops of your own. The answer has one result for each, in order."""
        actor = request.actor()
        commands = [
            OpenShop(
                id=body.id,
                handle=body.handle,
                name=body.name,
                owner_id=request.person_id,
                actor=actor,
                story=body.story,
                colour=body.colour,
            )
            for body in data
        ]
        return await run(request, open_shops, "id", commands)

    @post("/update", **operation("UpdateShops", "shops:write", repeat="key_taken"))
    async def update(self, request: ApiRequest, data: UpdateShopBatch) -> Response[list[UpdateShopAnswer]]:
        """Change shops that you work for. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            UpdateShop(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                actor=actor,
                name=body.name,
                story=body.story,
                colour=body.colour,
                status=body.status,
            )
            for body in data
        ]
        return await run(request, update_shops, "shop_id", commands)

    @post("/change-handle", **operation("ChangeShopHandles", "shops:write", repeat="key_taken"))
    async def change_handle(self, request: ApiRequest, data: ChangeHandleBatch) -> Response[list[ChangeHandleAnswer]]:
        """Give shops that you own another short address. The answer has one result for each, in order.

        What led to the former address leads to the new one for ever.
        """
        actor = request.actor("merchant")
        commands = [
            ChangeHandle(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                handle=body.handle,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, change_handles, "shop_id", commands)

    @get("/", **operation("ListShops", "shops:read"))
    async def index(self, request: ApiRequest) -> Page[ShopAnswer]:
        """List the shops that you work for, 100 at most."""
        async with request.database.read() as reader:
            found = await get_shops(reader, request.caller.shop_ids[:SHOPS_MAX])
        return Page(items=[_describe(shop) for shop in found if shop], next=None)

    @get("/{shop_id:uuid}", **operation("GetShop", is_public=True))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> ShopAnswer:
        """Read a shop, as everybody may."""
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
        if shop is None:
            raise NotFoundException
        return _describe(shop)


ROUTES: Final = (ShopsApi,)
"""What the program serves of this module."""
