"""The verbs of storefronts. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from weiji.events import Occurrence, publish
from weiji.events.storefronts import DesignPublished
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.media import UsePictures, use_pictures
from weiji.shops import get_shops
from weiji.storefronts import store
from weiji.storefronts.model import (
    GOODS_MAX,
    VERSIONS_MAX,
    Design,
    Front,
    GoodsOrder,
    PublishDesign,
    PublishDesignResult,
    RestoreVersion,
    RestoreVersionResult,
    SaveDraft,
    SaveDraftResult,
    Shelf,
    Storefront,
    Version,
)
from weiji.storefronts.rules import (
    CHOICES,
    Fronts,
    judge_publications,
    judge_restorations,
    judge_saves,
    shelves_of,
    texts_of,
    urls_of,
)
from weiji.storefronts.starts import by_itself
from weiji.web.cursors import read_cursor
from weiji.word_rules import Text, screen_shop_texts

ShelfKey = Annotated[int, Meta(ge=0, le=2**62)]
"""What a page of goods goes on after: units sold, fen, or microseconds since 1970, which must stay a time."""

ADDRESSES_MAX: Final = 50_000
"""Addresses of one site map (sitemaps.org, protocol 0.9)."""


async def save_drafts(tx: Transaction, commands: Sequence[SaveDraft]) -> list[SaveDraftResult]:
    """Replace drafts; results are in the order of *commands*. Each shop's design stays locked until *tx* ends."""
    state = await _lock(tx, {command.shop_id for command in commands})
    results = judge_saves(state, commands)
    await _write(tx, state)
    return results


async def publish_designs(tx: Transaction, commands: Sequence[PublishDesign]) -> list[PublishDesignResult]:
    """Show buyers what drafts have; results are in the order of *commands*. Publishes DesignPublished."""
    state = await _lock(tx, {command.shop_id for command in commands})
    drafts = {id: front.draft for id, front in state.fronts.items() if front.draft and not front.is_published}
    things = [Text(subject_id=id, texts=texts_of(draft)) for id, draft in drafts.items()]
    state.hits = dict(zip(drafts, await screen_shop_texts(tx, things), strict=True))
    results = judge_publications(state, commands, tx.now)
    await _write(tx, state)
    await store.add_versions(tx, state.published)
    await store.remove_versions(tx, state.dropped)
    await use_pictures(
        tx,
        [
            *(_use(new.shop_id, new.number, new.design) for new in state.published),
            *(_use(shop_id, number, None) for shop_id, number in state.dropped),
        ],
    )
    actors = {(c.shop_id, r.number): c.actor for c, r in zip(commands, results, strict=True)}
    await publish(
        tx,
        [
            Occurrence(
                DesignPublished(shop_id=new.shop_id, number=new.number),
                new.shop_id,
                new.shop_id,
                actors[new.shop_id, new.number],
            )
            for new in state.published
        ],
    )
    return results


async def restore_versions(tx: Transaction, commands: Sequence[RestoreVersion]) -> list[RestoreVersionResult]:
    """Make drafts what versions were; results are in the order of *commands*. Buyers see nothing of it yet."""
    state = await _lock(tx, {command.shop_id for command in commands})
    state.versions = await store.get_versions(tx, {(command.shop_id, command.number) for command in commands})
    results = judge_restorations(state, commands)
    await _write(tx, state)
    return results


async def _lock(tx: Transaction, shop_ids: Collection[UUID]) -> Fronts:
    wanted = list(shop_ids)
    found = [shop.id for shop in await get_shops(tx, wanted) if shop]
    return Fronts(fronts=await store.lock_designs(tx, found))


async def _write(tx: Transaction, state: Fronts) -> None:
    changed = {id: state.fronts[id] for id in sorted(state.changed)}
    await store.save_designs(tx, changed)
    await use_pictures(tx, [_use(id, 0, front.draft) for id, front in changed.items()])


def _use(shop_id: UUID, number: int, design: Design | None) -> UsePictures:
    """Say which pictures a version uses; 0 is the draft."""
    return UsePictures(
        holder_id=derive(shop_id, "storefront", "version", number), owner_id=shop_id, urls=urls_of(design)
    )


async def get_storefront(reader: Reader, shop_id: UUID) -> Storefront:
    """Read a shop's design as its merchant has it, in one statement."""
    return (await store.get_designs(reader, [shop_id])).get(shop_id) or Storefront()


async def get_front(
    reader: Reader, shop_id: UUID, design: Design | None = None, *, has_choices: bool = False
) -> Front | None:
    """Read what a shop's page is made of, in one statement: with *design*, as if that were published.

    With *has_choices* the last two shelves have what a form offers to choose from: products with videos, then all.
    """
    if design and has_choices:
        shelves = [*shelves_of(design), *CHOICES]
        return await store.get_front(reader, shop_id, shelves, [])
    return await store.get_front(
        reader, shop_id, shelves_of(design) if design else None, shelves_of(by_itself(shop_id))
    )


async def get_goods(
    reader: Reader,
    shop_id: UUID,
    *,
    order: GoodsOrder = GoodsOrder.NEWEST,
    kind: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Front | None:
    """Read a shop with a page of what it has listed (with *kind*: only that), in one statement. Raises Malformed."""
    key, id = read_cursor(after, tuple[ShelfKey, UUID]) or (None, None)
    limit = max(1, min(limit, GOODS_MAX))
    shelf = Shelf(rule=order.value, limit=limit + 1, kind=kind, key=key, after=id)
    return await store.get_front(reader, shop_id, [shelf], [], limit)


async def list_versions(reader: Reader, shop_id: UUID) -> list[Version]:
    """List the versions that a shop keeps, the newest first."""
    return await store.list_versions(reader, shop_id, VERSIONS_MAX)


async def get_version(reader: Reader, shop_id: UUID, number: int) -> Design | None:
    """Read a version that a shop keeps."""
    return (await store.get_versions(reader, [(shop_id, number)])).get((shop_id, number))


async def get_open_shards(reader: Reader) -> list[tuple[int, datetime]]:
    """Tell which shards have open shops, and when the last page of each changed."""
    return await store.get_open_shards(reader)


async def get_addresses(reader: Reader, shard: int) -> list[tuple[str, datetime]]:
    """List the pages of a shard that anybody may find, as many as a site map may have."""
    return await store.get_addresses(reader, shard, ADDRESSES_MAX)
