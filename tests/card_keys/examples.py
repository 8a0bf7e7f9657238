"""A shop that sells gift cards, for the tests of card keys."""

from collections.abc import Sequence
from uuid import UUID

from tests.catalog.examples import opened_shop, simple
from weiji.card_keys import StoreKeys, seal_lines
from weiji.catalog import Delivery, SaveProductStatus, save_products
from weiji.events import BY_SYSTEM
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import new_id


async def card_shop(tx: Transaction) -> tuple[UUID, UUID]:
    """Open a shop with a gift card: its id, and the SKU's."""
    shop_id = await opened_shop(tx)
    card = simple(shop_id, title="礼品卡", delivery=Delivery.VIRTUAL)
    assert (await save_products(tx, [card]))[0].status is SaveProductStatus.CREATED
    return shop_id, card.skus[0].id


def upload(shop_id: UUID, sku_id: UUID, lines: Sequence[str], id: UUID | None = None) -> StoreKeys:
    """Store keys, one a line."""
    id = id or new_id(shop_id)
    keys, faults = seal_lines(id, lines)
    return StoreKeys(id=id, shop_id=shop_id, sku_id=sku_id, keys=keys, faults=faults, actor=BY_SYSTEM)


async def disagreements(reader: Reader) -> int:
    """Count the SKUs whose counter does not say how many keys there are."""
    found: int = await reader.connection.fetchval(
        """select count(*) from inventory.stock t
        where t.is_keyed and t.on_hand <> (
          select count(*) from card_keys.keys k
          where k.shard = t.shard and k.sku_id = t.sku_id and k.order_id is null)"""
    )
    return found


async def texts_in_tables(reader: Reader, text: str) -> list[str]:
    """Name the tables that have a text anywhere: it should be none."""
    tables = await reader.connection.fetch(
        """select table_schema || '.' || table_name as name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"""
    )
    found = []
    for (name,) in tables:
        if await reader.connection.fetchval(f"select exists (select from {name} t where t::text like $1)", f"%{text}%"):  # noqa: S608
            found.append(name)
    return found
