"""What goods say, as word rules are tried on it: all that is on sale, and what else was saved lately."""

from datetime import datetime
from uuid import UUID

from weiji.catalog import store
from weiji.catalog.model import ProductState
from weiji.catalog.operations import get_products
from weiji.catalog.reviewing import texts_of
from weiji.kit.db import Reader
from weiji.word_rules import WRITTEN, Place, Shown, Slice, Written, slice_of


async def read_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> Slice:
    """Read goods of a shard, in two statements."""
    ids = await store.get_written(reader, shard, after, since, limit)
    goods = [product for product in await get_products(reader, ids) if product] if ids else []
    things = [
        Written(
            id=product.id,
            shop_id=product.shop_id,
            texts=texts_of(product),
            shown=Shown(f"/products/{product.id}", product.title, product.shop.name) if is_on_sale else None,
            is_recent=product.updated_at > since,
            is_on_sale=is_on_sale,
        )
        for product in goods
        for is_on_sale in (product.state is ProductState.LISTED,)
    ]
    return slice_of(things, ids, limit)


WRITTEN[Place.PRODUCT] = read_written
