"""The JSON API of storefronts."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.catalog import ProductCard
from weiji.shops import get_shops
from weiji.storefronts.model import (
    Design,
    GoodsOrder,
    PublishDesign,
    PublishDesignResult,
    RestoreVersion,
    RestoreVersionResult,
    SaveDraft,
    SaveDraftResult,
    Version,
)
from weiji.storefronts.operations import (
    get_goods,
    get_storefront,
    get_version,
    list_versions,
    publish_designs,
    restore_versions,
    save_drafts,
)
from weiji.storefronts.sharing import short_address
from weiji.storefronts.starts import Start, by_itself, start
from weiji.web import Permission
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.sharing import base_of

Counted = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class SaveDraftBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole draft of a shop that you work for. `version` is that of the draft you saw; 0 where there was none."""

    shop_id: UUID
    design: Design
    version: Counted


class PublishDesignBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Show buyers the draft of a shop that you work for. `version` is that of the draft you saw."""

    shop_id: UUID
    version: Counted


class RestoreVersionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Make the draft of a shop that you work for what a version was. `version` is that of the draft you give up."""

    shop_id: UUID
    number: Counted
    version: Counted


class StorefrontAnswer(Struct, kw_only=True):
    """What buyers see of a shop's page. Without a design of its own, one is made of what the shop has."""

    shop_id: UUID
    handle: str
    address: str
    """The short address, as it is printed and as the QR code has it."""
    design: Design
    number: int
    """The version that is published; 0: none was."""
    published_at: datetime | None


class DraftAnswer(Struct, kw_only=True):
    """The draft of a shop, and which version buyers see."""

    shop_id: UUID
    draft: Design
    version: int
    number: int
    is_published: bool
    """Whether buyers see what the draft has."""


class StartAnswer(Struct):
    """A design to begin with: save it as the draft."""

    name: Start
    design: Design


class VersionAnswer(Struct, kw_only=True):
    """A version that was published."""

    number: int
    design: Design


SaveDraftBatch = Batch[SaveDraftBody]
PublishDesignBatch = Batch[PublishDesignBody]
RestoreVersionBatch = Batch[RestoreVersionBody]


class StorefrontsApi(Controller):
    """The pages of shops."""

    path = "/api/v1/storefronts"
    tags = ("storefronts",)

    @post("/save-draft", **operation("SaveStorefrontDrafts", "shops:write", repeat="key_taken"))
    async def save(self, request: ApiRequest, data: SaveDraftBatch) -> Response[list[SaveDraftResult]]:
        """Replace drafts of shops that you work for. The answer has one result for each, in order.

        Buyers see nothing of it until it is published. Pictures are addresses that UploadPictures gave.
        """
        actor = request.actor("merchant")
        commands = [
            SaveDraft(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                design=body.design,
                version=body.version,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, save_drafts, "shop_id", commands)

    @post("/publish", **operation("PublishStorefronts", "shops:write", repeat="key_taken"))
    async def publish(self, request: ApiRequest, data: PublishDesignBatch) -> Response[list[PublishDesignResult]]:
        """Show buyers the drafts of shops that you work for. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            PublishDesign(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                version=body.version,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, publish_designs, "shop_id", commands)

    @post("/restore", **operation("RestoreStorefrontVersions", "shops:write", repeat="key_taken"))
    async def restore(self, request: ApiRequest, data: RestoreVersionBatch) -> Response[list[RestoreVersionResult]]:
        """Make drafts of shops that you work for what versions were. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            RestoreVersion(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                number=body.number,
                version=body.version,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, restore_versions, "shop_id", commands)

    @get("/{shop_id:uuid}", **operation("GetStorefront", is_public=True))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> StorefrontAnswer:
        """Read what buyers see of a shop's page."""
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            front = await get_storefront(reader, shop_id)
        if shop is None:
            raise NotFoundException
        return StorefrontAnswer(
            shop_id=shop_id,
            handle=shop.handle,
            address=short_address(base_of(request), shop.handle),
            design=front.published or by_itself(shop_id),
            number=front.number,
            published_at=front.published_at,
        )

    @get("/{shop_id:uuid}/goods", **operation("ListStorefrontGoods", is_public=True))
    async def goods(
        self,
        request: ApiRequest,
        shop_id: FromPath[UUID],
        order: GoodsOrder = GoodsOrder.NEWEST,
        kind: Annotated[str, Meta(max_length=200)] | None = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ProductCard]:
        """List what a shop has listed, in an order; with `kind`, only that."""
        async with request.database.read() as reader:
            wanted = None if kind is None else kind.replace("\x00", "")
            found = await get_goods(reader, shop_id, order=order, kind=wanted, after=after, limit=limit)
        if found is None:
            raise NotFoundException
        return Page(items=[*found.shelves[0]], next=found.after)

    @get("/{shop_id:uuid}/draft", **operation("GetStorefrontDraft", "shops:read"))
    async def draft(self, request: ApiRequest, shop_id: FromPath[UUID]) -> DraftAnswer:
        """Read the draft of a shop that you work for; what it would begin with, where nothing was ever saved."""
        _check(request, shop_id)
        async with request.database.read() as reader:
            front = await get_storefront(reader, shop_id)
        return DraftAnswer(
            shop_id=shop_id,
            draft=front.draft or by_itself(shop_id),
            version=front.version,
            number=front.number,
            is_published=front.is_published,
        )

    @get("/{shop_id:uuid}/starts", **operation("ListStorefrontStarts", "shops:read"))
    async def starts(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Page[StartAnswer]:
        """List designs to begin with, in your language."""
        _check(request, shop_id)
        return Page(items=[StartAnswer(which, start(shop_id, which)) for which in Start], next=None)

    @get("/{shop_id:uuid}/versions", **operation("ListStorefrontVersions", "shops:read"))
    async def versions(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Page[Version]:
        """List the versions that a shop keeps which you work for, 30 at most, the newest first."""
        _check(request, shop_id)
        async with request.database.read() as reader:
            return Page(items=await list_versions(reader, shop_id), next=None)

    @get("/{shop_id:uuid}/version", **operation("GetStorefrontVersion", "shops:read"))
    async def version(self, request: ApiRequest, shop_id: FromPath[UUID], number: Counted) -> VersionAnswer:
        """Read a version that a shop keeps which you work for."""
        _check(request, shop_id)
        async with request.database.read() as reader:
            design = await get_version(reader, shop_id, number)
        if design is None:
            raise NotFoundException
        return VersionAnswer(number=number, design=design)


def _check(request: ApiRequest, shop_id: UUID) -> None:
    if not request.caller.may(shop_id, Permission.SHOP):
        raise NotFoundException


ROUTES: Final = (StorefrontsApi,)
"""What the program serves of this module."""
