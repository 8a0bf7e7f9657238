"""The things of the demo town that pages are about: found, or made where the town has none."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from weiji import payments
from weiji.demo.goods import STORES
from weiji.demo.people import BY_HANDLE, RESIDENTS, STREET
from weiji.demo.town import CARRIERS, REGIONS, product_of, shop_id
from weiji.events import Actor
from weiji.identity import get_addresses
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.orders import PutInCart, State, put_in_cart, store
from weiji.payments import CreatePayment, CreatePayoutAccount, PayoutSource, RequestPayout, SandboxChannel
from weiji.program import Program

BUYER: Final = BY_HANDLE["xiaoyu"]
BANK: Final = "小镇银行 湖边支行"
NEWCOMER_NAME: Final = "新来的人"

OWNERS_OF_SHOPS: Final = {str(shop_id(shop)): BY_HANDLE[shop.owner].name for shop in STORES}
"""Who has which shop."""


async def find_places(program: Program) -> dict[str, str]:
    """Name what the paths of the visits name: the buyer's orders by state, and so on."""
    tea = STORES[0]
    goods = [product_of(tea, good) for good in tea.goods]
    gone = next((s, g) for s in STORES for g in s.goods if not g.stock and not g.is_draft)
    places = {
        "handle": tea.handle,
        "shop": str(shop_id(tea)),
        "product": str(goods[0].id),
        "sold_out": str(product_of(*gone).id),
        "sku": str(goods[1].skus[0].id),
    }
    places |= await _find_orders(program)
    async with program.database.read() as reader:
        places["address"] = str((await get_addresses(reader, BUYER.id))[0].id)
    await program.batchers.of(put_in_cart, "person_id").submit_all(
        [PutInCart(person_id=BUYER.id, sku_id=product.skus[0].id, quantity=2) for product in goods[:2]]
    )
    places["charge"] = str(await _begin_payment(program, UUID(places["created"])))
    places["account"] = str(await _withdraw(program))
    return places


async def _find_orders(program: Program) -> dict[str, str]:
    found: dict[str, str] = {}
    async with program.database.read() as reader:
        for state in State:
            for order in await store.list_orders_of_buyer(reader, BUYER.id, (state,), None, 50):
                is_asked = state is State.PAID and order.refund_asked_at is not None
                name = "asked" if is_asked else state.value
                found |= {name: str(order.id), f"{name}_shop": str(order.shop_id)}
    return found


async def _begin_payment(program: Program, order_id: UUID) -> UUID:
    async with program.database.read() as reader:
        order = await store.get_order(reader, order_id)
    assert order is not None
    command = CreatePayment(
        id=new_id(BUYER.id),
        payer_id=BUYER.id,
        subject_id=order_id,
        payee_id=order.shop_id,
        amount=order.total,
        channel=SandboxChannel.name,
        expires_at=clock.now() + timedelta(minutes=15),
        actor=Actor("buyer", BUYER.id),
    )
    await program.batchers.of(payments.create_payments).submit(command)
    await payments.start_payments(program.database, program.lanes, [command.id])
    return command.id


async def _withdraw(program: Program) -> UUID:
    actor = Actor("buyer", BUYER.id)
    account = CreatePayoutAccount(
        id=new_id(BUYER.id), owner_id=BUYER.id, holder=BUYER.name, bank=BANK, number="6222000012345670", actor=actor
    )
    await program.batchers.of(payments.create_payout_accounts).submit(account)
    payout = RequestPayout(
        id=new_id(BUYER.id),
        owner_id=BUYER.id,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=5_000,
        fee=100,
        channel=SandboxChannel.name,
        actor=actor,
    )
    await program.batchers.of(payments.request_payouts).submit(payout)
    return account.id


@cache
def own_words() -> re.Pattern[str]:
    """Match what people of the town have written themselves: names, goods, stories, addresses, reasons."""
    words = {BANK, NEWCOMER_NAME, "简体中文", *STREET, *CARRIERS}
    words |= {text for resident in RESIDENTS for text in (resident.name, resident.region, resident.detail)}
    words |= {text for pair in REGIONS for text in pair}
    for shop in STORES:
        words |= {shop.name, shop.story}
        for good in shop.goods:
            words |= {good.title, good.kind, good.story}
            words |= {text for name, values in good.options for text in (name, *values)}
    # What the town's history has orders, refunds and rules say.
    town = (Path(__file__).parents[2] / "weiji" / "demo" / "town.py").read_text("utf-8")
    words |= set(re.findall(r'"([^"\n]*[一-鿿][^"\n]*)"', town))
    ordered = sorted((word for word in words if word), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)))
