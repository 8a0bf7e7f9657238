"""Shops and goods for the tests of the search, indexed as the program does it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.catalog.examples import opened_shop, simple, stock
from weiji.catalog import SaveProduct, SaveProductStatus, SaveSku, save_products
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.search import Found, Search, find_products, index_products


class Market:
    """One shop; `put` puts goods on its shelves and into the index."""

    def __init__(self, tx: Transaction, shop_id: UUID) -> None:
        self.tx = tx
        self.shop_id = shop_id

    @property
    def handle(self) -> str:
        """The shop's handle."""
        return f"s{self.shop_id.hex[-12:]}"

    async def put(self, *titles: str, on_hand: int = 5, **facts: Any) -> list[SaveProduct]:
        """Save goods with these titles, and index them."""
        price = facts.pop("price", 9_99)
        goods = [
            simple(self.shop_id, title=title, skus=(SaveSku(id=new_id(self.shop_id), price=price),), **facts)
            for title in titles
        ]
        await self.save(goods)
        for one in goods:
            await stock(self.tx, one, on_hand)
        await self.index(goods)
        return goods

    async def save(self, goods: Sequence[SaveProduct]) -> None:
        """Save goods."""
        saved = await save_products(self.tx, goods)
        assert {result.status for result in saved} <= {SaveProductStatus.CREATED, SaveProductStatus.UPDATED}, saved

    async def index(self, goods: Sequence[SaveProduct]) -> None:
        """Index goods."""
        await index_products(self.tx, [one.id for one in goods])

    async def search(self, text: str, **narrowed: Any) -> Found:
        """Search."""
        limit, after = narrowed.pop("limit", 50), narrowed.pop("after", None)
        return await find_products(self.tx, Search(text=text, **narrowed), limit=limit, after=after)

    async def titles(self, text: str, **narrowed: Any) -> list[str]:
        """Name what has exactly the words."""
        found = await self.search(text, **narrowed)
        return [] if found.is_similar else [product.title for product in found.products]


async def open_market(tx: Transaction) -> Market:
    """Open a shop."""
    return Market(tx, await opened_shop(tx))
