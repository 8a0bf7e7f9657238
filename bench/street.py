"""A street of shops with goods and of buyers with money, for the benches of the trade."""

import random
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import Option, ProductState, SaveProduct, SaveProductStatus, SaveSku, save_products
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.inventory import ON_HAND_MAX, SetStock, SetStockStatus, set_stock
from weiji.kit.batch import Batchers
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.orders import Address, OrderItem, PlaceOrder, PublishRules, TradeRules, publish_rules
from weiji.payments import CreatePaymentStatus, TopUpWallet, top_up_wallets
from weiji.shops import OpenShop, OpenShopStatus, VerifyShop, open_shops, verify_shops

PRICE: Final = 9_800
WALLET: Final = 10**11
SKUS: Final = 20
"""SKUs of a shop."""

NO_HASH: Final = "$argon2id$none"
"""Of no password: nobody signs in here."""

ADDRESS: Final = Address(name="李雷", phone="13800138000", region="浙江省杭州市西湖区", detail="文三路 1 号")


class Shop(Struct, frozen=True):
    """A shop, its owner, its one product and the SKUs of that."""

    id: UUID
    owner_id: UUID
    product_id: UUID
    skus: tuple[UUID, ...]


class Street:
    """Shops and buyers; every choice is repeatable."""

    def __init__(self, shops: int, buyers: int) -> None:
        self.random = random.Random(1)  # noqa: S311 - it has to be repeatable, not secret.
        self.shops = [make_shop(SKUS) for _ in range(shops)]
        self.buyers = [new_id() for _ in range(buyers)]

    async def open(self, batchers: Batchers) -> None:
        """Open the shops, fill their shelves and the buyers' wallets."""
        await _sign_up(batchers, self.buyers)
        for shop in self.shops:
            await open_shop(batchers, shop, ON_HAND_MAX)
        top_ups = [
            TopUpWallet(id=new_id(buyer), person_id=buyer, amount=WALLET, actor=Actor("person", buyer))
            for buyer in self.buyers
        ]
        topped_up = await batchers.of(top_up_wallets).submit_all(top_ups)
        assert set(topped_up) == {CreatePaymentStatus.CREATED}

    def orders(self, count: int) -> list[PlaceOrder]:
        """Make orders of one unit each: random buyers, shops and SKUs."""
        return [order(self.random.choice(self.buyers), *self.choose()) for _ in range(count)]

    def choose(self) -> tuple[Shop, UUID]:
        """Choose a shop and one of its SKUs."""
        shop = self.random.choice(self.shops)
        return shop, self.random.choice(shop.skus)


async def lift_limits(tx: Transaction) -> None:
    """Publish rules by which a new shop sells as much as it likes in a day: as the second version, if there is none."""
    rules = TradeRules(grade_settle_days=(1, 1, 1, 0, 0))
    command = PublishRules(version=2, effective_at=None, rules=rules, reason="A bench sells much.", actor=BY_SYSTEM)
    await publish_rules(tx, [command])


def make_shop(skus: int) -> Shop:
    """Name a shop and what it has."""
    id = new_id()
    return Shop(id, new_id(), new_id(id), tuple(new_id(id) for _ in range(skus)))


def order(buyer: UUID, shop: Shop, sku: UUID) -> PlaceOrder:
    """Make an order of one unit."""
    return PlaceOrder(
        id=new_id(shop.id),
        shop_id=shop.id,
        buyer_id=buyer,
        buyer_name="韩梅梅",
        items=(OrderItem(sku, 1, PRICE),),
        address=ADDRESS,
        actor=Actor("buyer", buyer),
    )


async def _sign_up(batchers: Batchers, people: Sequence[UUID]) -> None:
    commands = [
        SignUpPerson(
            id=id,
            handle=f"p{id.hex[-12:]}",
            phone=None,
            display_name="某人",
            locale="zh-CN",
            password_hash=NO_HASH,
            actor=Actor("person", id),
        )
        for id in people
    ]
    await batchers.of(sign_up_people).submit_all(commands)


def goods(shop: Shop, title: str, price: int) -> SaveProduct:
    """Describe a shop's product, with SKUs of one price."""
    values = tuple(f"{number} 号" for number in range(1, len(shop.skus) + 1))
    return SaveProduct(
        id=shop.product_id,
        shop_id=shop.id,
        title=title,
        skus=tuple(
            SaveSku(id=sku, choices=(value,), price=price) for sku, value in zip(shop.skus, values, strict=True)
        ),
        options=(Option(name="款式", values=values),),
        actor=Actor("person", shop.owner_id),
        state=ProductState.LISTED,
    )


async def open_shop(batchers: Batchers, shop: Shop, stock: int) -> None:
    """Open a shop whose product has SKUs of one price."""
    owner = Actor("person", shop.owner_id)
    await _sign_up(batchers, [shop.owner_id])
    opening = OpenShop(id=shop.id, handle=f"s{shop.id.hex[-12:]}", name="小店", owner_id=shop.owner_id, actor=owner)
    assert await batchers.of(open_shops).submit(opening) is OpenShopStatus.CREATED
    await batchers.of(verify_shops, "shop_id").submit(VerifyShop(shop_id=shop.id, actor=owner))
    saved = await batchers.of(save_products).submit(goods(shop, "青花瓷茶杯", PRICE))
    assert saved.status is SaveProductStatus.CREATED, saved
    stocks = [SetStock(sku_id=sku, shop_id=shop.id, on_hand=stock, actor=owner) for sku in shop.skus]
    assert set(await batchers.of(set_stock, "shop_id").submit_all(stocks)) == {SetStockStatus.SET}
