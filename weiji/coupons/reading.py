"""What is asked of a campaign, held against the goods that there are."""

from collections.abc import Sequence
from uuid import UUID

from weiji.catalog import Tree, get_categories, get_products
from weiji.kit.db import Reader

NOTHING = frozenset({UUID(int=0)})
"""In the place of goods that are not there: a coupon for them is for nothing."""

Scope = tuple[frozenset[UUID], frozenset[UUID]]
"""Products and categories."""


async def read_terms(
    reader: Reader, asked: Sequence[tuple[UUID | None, Sequence[UUID], Sequence[UUID]]]
) -> list[Scope]:
    """Say what campaigns are for: of each its shop, and the products and categories that it names.

    Categories come with all that lies in them. What is not there, or is another shop's, makes the scope one that
    `create_campaigns` refuses.
    """
    products = {id for _, ids, _ in asked for id in ids}
    found = (
        {product.id: product.shop_id for product in await get_products(reader, sorted(products)) if product}
        if products
        else {}
    )
    categories = {id for _, _, ids in asked for id in ids}
    tree = await get_categories(reader) if categories else Tree([])
    inside = {id: {each.id for each in tree.inside(id)} for id in categories if id in tree.categories}
    scopes: list[Scope] = []
    for shop_id, product_ids, category_ids in asked:
        are_goods_there = all(id in found and shop_id in (None, found[id]) for id in product_ids)
        if are_goods_there and all(id in inside for id in category_ids):
            scopes.append((frozenset(product_ids), frozenset(each for id in category_ids for each in inside[id])))
        else:
            scopes.append((NOTHING, NOTHING))
    return scopes
