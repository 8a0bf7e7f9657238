"""What is asked of a campaign, held against the goods that there are."""

from collections.abc import Sequence
from uuid import UUID

from weiji.catalog import get_categories, get_products
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
    tree = await get_categories(reader) if any(categories for _, _, categories in asked) else None
    known = {category.id for category in tree.all()} if tree else set()
    scopes: list[Scope] = []
    for shop_id, product_ids, category_ids in asked:
        are_there = all(id in found and shop_id in (None, found[id]) for id in product_ids)
        inside = {each.id for id in category_ids if id in known and tree for each in tree.inside(id)}
        if not are_there or not known.issuperset(category_ids):
            scopes.append((NOTHING, NOTHING))
        else:
            scopes.append((frozenset(product_ids), frozenset(inside)))
    return scopes
