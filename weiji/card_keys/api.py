"""The JSON API of card keys. Their texts come in, and never go out here: buyers ask for theirs by the order."""

import asyncio
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta, Struct

from weiji.card_keys.model import (
    KEY_MAX,
    KEYS_MAX,
    DiscardKey,
    DiscardStatus,
    StoredKey,
    StoreKeys,
    StoreResult,
)
from weiji.card_keys.operations import discard_keys, get_keys_of_sku, store_keys
from weiji.card_keys.sealing import seal_lines
from weiji.catalog import get_skus_for_sale
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.permissions import Permission

NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]


class StoreKeysBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Card keys of a SKU, each a text for one buyer. The answer tells faults by their place, from 1."""

    id: NearShop
    shop_id: UUID
    sku_id: UUID
    card_keys: Annotated[list[Annotated[str, Meta(max_length=KEY_MAX)]], Meta(min_length=1, max_length=KEYS_MAX)]


class DiscardKeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A card key that nobody has bought."""

    id: UUID
    shop_id: UUID
    sku_id: UUID


class DiscardAnswer(Struct):
    """How discarding a key ended."""

    status: DiscardStatus


StoreKeysBatch = Batch[StoreKeysBody]
DiscardKeyBatch = Batch[DiscardKeyBody]


class CardKeysApi(Controller):
    """Card keys."""

    path = "/api/v1/card-keys"
    tags = ("stock",)

    @post("/store", **operation("StoreCardKeys", "stock:write", repeat="key_taken"))
    async def store(self, request: ApiRequest, data: StoreKeysBatch) -> Response[list[StoreResult]]:
        """Store card keys of virtual goods of shops that you work for: there are as many units as keys."""
        actor = request.actor("merchant")
        commands = []
        for body in data:
            keys, faults = await asyncio.to_thread(seal_lines, body.id, body.card_keys)
            shop_id = request.shop_if_may(body.shop_id, Permission.GOODS)
            commands.append(
                StoreKeys(id=body.id, shop_id=shop_id, sku_id=body.sku_id, keys=keys, faults=faults, actor=actor)
            )
        return await run(request, store_keys, "sku_id", commands)

    @post("/discard", **operation("DiscardCardKeys", "stock:write", repeat="key_taken"))
    async def discard(self, request: ApiRequest, data: DiscardKeyBatch) -> Response[list[DiscardAnswer]]:
        """Take card keys that nobody has bought out of the store. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            DiscardKey(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                sku_id=body.sku_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, discard_keys, "sku_id", commands)

    @get("/", **operation("ListCardKeys", "stock:read"))
    async def index(self, request: ApiRequest, sku_id: UUID, after: After = None, limit: Limit = 20) -> Page[StoredKey]:
        """List the card keys of a SKU of a shop that you work for, the last stored first: their ends, never more."""
        async with request.database.read() as reader:
            sku = (await get_skus_for_sale(reader, [sku_id]))[0]
            if sku is None or not request.caller.may(sku.shop_id, Permission.GOODS):
                raise NotFoundException
            keys, next = await get_keys_of_sku(reader, sku_id, after=after, limit=limit)
        return Page(items=keys, next=next)


ROUTES: Final = (CardKeysApi,)
"""What the program serves of this module."""
