"""Proves that virtual goods are handed out once and after payment, shown to their buyer only, and go back unseen."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from tests.card_keys.examples import disagreements, texts_in_tables, upload
from tests.catalog.examples import simple
from tests.orders.market import ADDRESS, Market, open_as
from weiji.aftersale import AgreeCase, AskCase, CaseKind, CaseStatus, Reason, agree_cases, ask_cases
from weiji.card_keys import get_keys_of_orders, open_keys, store_keys
from weiji.catalog import Delivery, Presale, SaveSku, get_products, save_products
from weiji.events import BY_CLOCK, BY_SYSTEM, Actor
from weiji.inventory import ON_HAND_MAX, SetStock, set_stock
from weiji.inventory.handlers import lift_caps
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders import MoveStatus, OrderItem, PlaceOrder, PlaceStatus, RefundOrder, State, handing_out, rules
from weiji.orders import operations as orders
from weiji.orders.model import HandOutKeys, ShowKeys

DAY = timedelta(days=1)


class Cards(Market):
    """The market sells gift cards, too."""

    card: UUID

    async def open(self, stock: int = 100) -> None:
        await super().open(stock)
        card = simple(
            self.shop_id,
            title="礼品卡",
            delivery=Delivery.VIRTUAL,
            skus=(SaveSku(id=new_id(self.shop_id), price=5_000),),
        )
        self.card = card.skus[0].id
        self.skus.append(self.card)
        self.prices.append(5_000)
        async with self.database.transaction() as tx:
            await save_products(tx, [card])
            await store_keys(tx, [upload(self.shop_id, self.card, [f"CARD-{n:04}-XYZ" for n in range(6)])])

    async def buy(self, buyer: UUID, quantity: int = 2) -> UUID:
        order_id, result = await self.place(buyer, sku=2, quantity=quantity)
        assert result.status is PlaceStatus.PLACED
        await self.pay(buyer, order_id)
        return order_id

    async def show(self, buyer: UUID, order_id: UUID) -> MoveStatus:
        command = ShowKeys(order_id=order_id, actor=Actor("buyer", buyer))
        return await self.batchers.of(handing_out.show_keys, "order_id").submit(command)

    async def refund(self, actor: Actor, order_id: UUID) -> MoveStatus:
        command = RefundOrder(order_id=order_id, shop_id=self.shop_id, actor=actor, reason="不要了")
        return await self.batchers.of(orders.refund_orders, "order_id").submit(command)

    async def agree(self) -> None:
        """Prove that the counters say how many keys there are."""
        async with self.database.transaction() as tx:
            assert await disagreements(tx) == 0


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Cards]:
    KEYS.use(bytes(range(32)))
    async with open_as(Cards, database, lanes) as market:
        yield market


async def refund_all(market: Cards, buyer: UUID, order_id: UUID) -> None:
    """Have a buyer ask for all of their money back, and the shop agree."""
    asking = AskCase(
        id=new_id(order_id),
        order_id=order_id,
        line=1,
        kind=CaseKind.REFUND,
        quantity=2,
        reason=Reason.DEFECTIVE,
        actor=Actor("buyer", buyer),
    )
    assert await market.batchers.of(ask_cases, "order_id").submit(asking) is CaseStatus.DONE
    agreed = AgreeCase(case_id=asking.id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id))
    assert await market.batchers.of(agree_cases, "case_id").submit(agreed) is CaseStatus.DONE
    await market.settle_events()


async def test_what_is_paid_is_handed_out_shown_and_confirmed_by_a_shorter_clock(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id = await market.buy(buyer)
    order = await market.order(order_id)
    assert (order.state, order.units_shipped, order.parcels, order.address) == (State.SHIPPED, 2, [], None)
    assert order.due_at is not None
    assert order.shipped_at is not None
    assert order.due_at - order.shipped_at == 2 * DAY
    assert await market.stock(2) == (4, 0, 2)
    assert await market.show(buyer, order_id) is MoveStatus.DONE
    async with market.database.read() as reader:
        keys = open_keys((await get_keys_of_orders(reader, [order_id]))[order_id])
        for _, text in keys:
            assert await texts_in_tables(reader, text[:9]) == []
    assert [line for line, _ in keys] == [1, 1]
    await market.turn(2 * DAY + timedelta(minutes=1))
    assert (await market.order(order_id)).state is State.RECEIVED
    assert await market.show(buyer, order_id) is MoveStatus.DONE
    await market.agree()


async def test_keys_of_a_payment_that_its_channel_disputes_leave_the_clock_standing(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer, sku=2)
    order = await market.order(order_id)
    order.state, order.due_at, order.open_cases, order.open_chargebacks = State.PAID, None, 1, 1
    assert rules.judge_hand_out(order, clock.now()) is MoveStatus.DONE
    assert (order.due_at, order.time_left) == (None, 2 * DAY)


async def test_keys_wait_for_the_money_and_only_their_buyer_sees_them(market: Cards) -> None:
    buyer, stranger = new_id(), new_id()
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer, sku=2)
    assert await market.show(buyer, order_id) is MoveStatus.NOT_ALLOWED_NOW
    early = HandOutKeys(order_id=order_id, actor=BY_SYSTEM)
    submit = market.batchers.of(handing_out.hand_out, "order_id").submit
    assert await submit(early) is MoveStatus.NOT_ALLOWED_NOW
    assert await submit(HandOutKeys(order_id=new_id(order_id), actor=BY_SYSTEM)) is MoveStatus.ORDER_NOT_FOUND
    await market.pay(buyer, order_id)
    assert await market.show(stranger, order_id) is MoveStatus.ORDER_NOT_FOUND
    assert await market.ship(order_id) is MoveStatus.NOT_ALLOWED_NOW
    assert (await market.order(order_id)).keys_shown_at is None


async def test_handing_out_again_gives_nothing_more(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id = await market.buy(buyer)
    command = HandOutKeys(order_id=order_id, actor=BY_SYSTEM)
    submit = market.batchers.of(handing_out.hand_out, "order_id").submit
    assert set(await asyncio.gather(*(submit(command) for _ in range(5)))) == {MoveStatus.EXISTS}
    async with market.database.transaction() as tx:
        assert await handing_out.hand_out(tx, [command, command]) == [MoveStatus.EXISTS] * 2
    assert await market.stock(2) == (4, 0, 2)
    await market.agree()


@pytest.mark.parametrize("who", ["buyer", "merchant"])
async def test_unseen_keys_go_back_and_the_money_with_them(market: Cards, who: str) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id = await market.buy(buyer)
    actor = Actor("buyer", buyer) if who == "buyer" else Actor("merchant", market.seller_id)
    assert await market.refund(actor, order_id) is MoveStatus.DONE
    await market.settle_events()
    order = await market.order(order_id)
    assert (order.state, order.units_shipped, order.lines[0].shipped) == (State.REFUNDED, 0, 0)
    assert (await market.money(buyer, order_id))["wallet"] == 100_000
    assert await market.stock(2) == (6, 0, 0)
    assert await market.show(buyer, order_id) is MoveStatus.NOT_ALLOWED_NOW
    await market.agree()


async def test_seen_keys_never_go_back(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id = await market.buy(buyer)
    assert await market.show(buyer, order_id) is MoveStatus.DONE
    for actor in (Actor("buyer", buyer), Actor("merchant", market.seller_id)):
        assert await market.refund(actor, order_id) is MoveStatus.KEYS_SHOWN
    assert await market.refund(BY_CLOCK, order_id) is MoveStatus.NOT_ALLOWED_NOW


async def test_of_showing_and_taking_back_at_once_one_wins(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    ids = [await market.buy(buyer, 1) for _ in range(6)]
    await asyncio.gather(
        *(market.show(buyer, id) for id in ids), *(market.refund(Actor("buyer", buyer), id) for id in ids)
    )
    for id in ids:
        order = await market.order(id)
        assert (order.state is State.REFUNDED) is (order.keys_shown_at is None)
    await market.agree()


def _place(market: Market, buyer: UUID, items: list[int], *, has_address: bool = True) -> PlaceOrder:
    return PlaceOrder(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        buyer_id=buyer,
        buyer_name="买家",
        items=tuple(OrderItem(market.skus[n], 1, market.prices[n]) for n in items),
        address=ADDRESS if has_address else None,
        actor=Actor("buyer", buyer),
    )


async def test_what_is_sent_needs_an_address_and_goes_by_itself(market: Cards) -> None:
    buyer = new_id()
    commands = [
        _place(market, buyer, [0, 2]),
        _place(market, buyer, [0], has_address=False),
        _place(market, buyer, [2], has_address=False),
    ]
    async with market.database.transaction() as tx:
        statuses = [result.status for result in await orders.place_orders(tx, commands)]
    assert statuses == [PlaceStatus.MIXED_DELIVERY, PlaceStatus.ADDRESS_MISSING, PlaceStatus.PLACED]


async def test_a_presale_orders_its_quantity_and_the_rest_is_sold_once_the_goods_are_there(market: Cards) -> None:
    buyer, now = new_id(), clock.now()
    presale = Presale(ends_at=now + 5 * DAY, ships_at=now + 5 * DAY, quantity=2)
    lamp = simple(
        market.shop_id, title="新灯", presale=presale, skus=(SaveSku(id=new_id(market.shop_id), price=9_900),)
    )
    market.skus.append(lamp.skus[0].id)
    market.prices.append(9_900)

    async def place(quantity: int = 1) -> PlaceStatus:
        return (await market.place(buyer, sku=3, quantity=quantity))[1].status

    async with market.database.transaction() as tx:
        assert (await save_products(tx, [lamp]))[0].status == "created"
        stock = SetStock(sku_id=lamp.skus[0].id, shop_id=market.shop_id, on_hand=9, actor=BY_SYSTEM)
        await set_stock(tx, [stock])
        (page,) = await get_products(tx, [lamp.id])
        assert page
        assert (page.skus[0].available, page.presale) == (2, presale)
    assert [await place(3), await place(), await place(), await place()] == ["sold_out", "placed", "placed", "sold_out"]
    more = msgspec.structs.replace(presale, quantity=3)
    async with market.database.transaction() as tx:
        assert (await save_products(tx, [msgspec.structs.replace(lamp, presale=more)]))[0].status == "updated"
    assert [await place(), await place()] == ["placed", "sold_out"]
    await market.turn(5 * DAY + timedelta(minutes=1))
    # What nobody paid is free again; that the clock lifts the cap lets all of it be ordered.
    assert await place(4) == "sold_out"
    assert await lift_caps(market.database, 10) >= 1
    assert await place(4) == "placed"
    async with market.database.transaction() as tx:
        assert (await save_products(tx, [msgspec.structs.replace(lamp, presale=None)]))[0].status == "updated"
    assert await place(5) == "placed"


async def test_a_presale_that_is_taken_away_leaves_no_cap(market: Cards) -> None:
    now = clock.now()
    presale = Presale(ends_at=now + 5 * DAY, ships_at=now + 5 * DAY, quantity=1)
    lamp = simple(market.shop_id, title="灯", presale=presale, skus=(SaveSku(id=new_id(market.shop_id), price=9_900),))
    async with market.database.transaction() as tx:
        await save_products(tx, [lamp])
        await set_stock(tx, [SetStock(sku_id=lamp.skus[0].id, shop_id=market.shop_id, on_hand=9, actor=BY_SYSTEM)])
        for quantity in (0, -1, ON_HAND_MAX + 1):
            wrong = msgspec.structs.replace(lamp, presale=msgspec.structs.replace(presale, quantity=quantity))
            assert (await save_products(tx, [wrong]))[0].status == "invalid_presale"
        # No page could show it: there is no earlier year to write it in by another zone's clock.
        first = Presale(ends_at=datetime(1, 1, 2, tzinfo=SHANGHAI), ships_at=now)
        assert (await save_products(tx, [msgspec.structs.replace(lamp, presale=first)]))[0].status == "invalid_presale"
        for wanted, available in ((msgspec.structs.replace(presale, quantity=None), 9), (presale, 1), (None, 9)):
            await save_products(tx, [msgspec.structs.replace(lamp, presale=wanted)])
            (page,) = await get_products(tx, [lamp.id])
            assert page
            assert page.skus[0].available == available


async def test_a_presale_takes_orders_until_its_end_and_promises_count_from_the_day_of_shipping(market: Cards) -> None:
    buyer, now = new_id(), clock.now()
    await market.fund([buyer], 100_000)
    presale = Presale(ends_at=now + 5 * DAY, ships_at=now + 20 * DAY)
    lamp = simple(
        market.shop_id, title="新灯", presale=presale, skus=(SaveSku(id=new_id(market.shop_id), price=9_900),)
    )
    market.skus.append(lamp.skus[0].id)
    market.prices.append(9_900)
    async with market.database.transaction() as tx:
        await save_products(tx, [lamp])
        stock = SetStock(sku_id=lamp.skus[0].id, shop_id=market.shop_id, on_hand=5, actor=BY_SYSTEM)
        await set_stock(tx, [stock])
    order_id, result = await market.place(buyer, sku=3)
    assert result.status is PlaceStatus.PLACED
    await market.pay(buyer, order_id)
    order = await market.order(order_id)
    assert order.ships_at == presale.ships_at
    assert order.due_at == presale.ships_at + timedelta(days=14)
    await market.turn(6 * DAY)
    assert (await market.place(buyer, sku=3))[1].status is PlaceStatus.PRESALE_ENDED
    await market.turn(14 * DAY)
    assert (await market.place(buyer, sku=3))[1].status is PlaceStatus.PLACED
    assert await market.ship(order_id) is MoveStatus.DONE


async def test_who_has_the_money_again_sees_no_keys_that_they_had_not_seen(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 1_000_000)
    unseen, seen = await market.buy(buyer), await market.buy(buyer)
    await market.settle_events()
    assert await market.show(buyer, seen) is MoveStatus.DONE
    await market.turn(timedelta(days=3))
    await market.settle_events()
    order = await market.order(unseen)
    assert (order.state, order.keys_shown_at) == (State.RECEIVED, None), "the clock confirmed it"
    order.open_chargebacks = 1
    look = ShowKeys(order_id=unseen, actor=Actor("buyer", buyer))
    assert rules.judge_show(order, look, clock.now()) is MoveStatus.CASE_OPEN, "they may have it by their channel"
    for order_id in (unseen, seen):
        await refund_all(market, buyer, order_id)
        order = await market.order(order_id)
        assert order.refunded == order.total
    assert await market.show(buyer, unseen) is MoveStatus.NOT_ALLOWED_NOW
    assert await market.show(buyer, seen) is MoveStatus.DONE, "what was seen is no secret"
    assert await market.stock(2) == (4, 0, 2), "and can't be sold again, as what was not seen can"
    await market.agree()


async def test_who_saw_their_keys_may_have_all_of_their_money_back_before_receipt(market: Cards) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id = await market.buy(buyer)
    assert await market.show(buyer, order_id) is MoveStatus.DONE
    await refund_all(market, buyer, order_id)
    order = await market.order(order_id)
    assert (order.state, order.refunded) == (State.REFUNDED, order.total)
    assert await market.stock(2) == (4, 0, 2)
    await market.agree()
