"""Proves that parcels are followed once sent, and that their delivery lets the clock confirm sooner, never later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.orders.market import Market, open_market
from weiji import carriers
from weiji.carriers import ParcelState, TrackingEvent
from weiji.carriers.model import RecordReport, Report
from weiji.carriers.operations import record_reports
from weiji.carriers.polling import Polling
from weiji.carriers.trackers.simulated import RETURNED
from weiji.events import Actor
from weiji.events.outbox import get_events, get_trail
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import derive, new_id
from weiji.orders import (
    CancelUnsent,
    Casework,
    MoveStatus,
    Order,
    PublishRules,
    ShipParcel,
    State,
    TradeRules,
    publish_rules,
)
from weiji.orders import operations as orders
from weiji.orders.buyer_words import events_of
from weiji.orders.model import NoteDelivery, Parcel
from weiji.orders.numbers import CheckParcel, CheckStatus, check_parcels
from weiji.orders.rules import DELIVERY_NOTICE, judge_delivery
from weiji.web.locales import speaking

DAY = timedelta(days=1)


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market
    carriers.REGISTRY.register(None)


async def wish(market: Market, days: int) -> None:
    """Let the operator confirm so many days after delivery."""
    rules = TradeRules(delivered_confirm_days=days)
    command = PublishRules(
        version=2, effective_at=clock.now() + timedelta(seconds=1), rules=rules, reason="送达就快",
        actor=Actor("staff", new_id()),
    )  # fmt: skip
    async with market.database.transaction() as tx:
        await publish_rules(tx, [command])
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(seconds=2))


async def paid(market: Market, quantity: int = 1) -> tuple[UUID, UUID]:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order_id, _ = await market.place(buyer, quantity=quantity)
    await market.pay(buyer, order_id)
    return buyer, order_id


async def send(
    market: Market, order_id: UUID, number: str, lines: Any = None, carrier: str = "圆通", id: UUID | None = None
) -> UUID:
    command = ShipParcel(
        id=id or new_id(market.shop_id), order_id=order_id, shop_id=market.shop_id, carrier=carrier,
        tracking_number=number, lines=lines, actor=Actor("merchant", market.seller_id),
    )  # fmt: skip
    assert await market.batchers.of(orders.ship_parcels, "order_id").submit(command) is MoveStatus.DONE
    return command.id


async def note(market: Market, order_id: UUID, parcel_id: UUID, at: datetime | None = None) -> MoveStatus:
    command = NoteDelivery(order_id=order_id, parcel_id=parcel_id, delivered_at=at or clock.now())
    return await market.batchers.of(orders.note_deliveries, "order_id").submit(command)


async def told(market: Market) -> list[dict[str, Any]]:
    async with market.database.read() as reader:
        rows = await reader.connection.fetch(
            "select data from events.events where type = 'OrderDelivered' and stream = $1 order by seq", market.shop_id
        )
    return [row["data"] for row in rows]


async def test_a_batch_may_name_one_order_as_often_as_it_may_name_orders(market: Market) -> None:
    _, order_id = await paid(market, quantity=3)
    ids = [new_id(market.shop_id) for _ in range(4)]
    asked = [ids[0], ids[1], ids[0], ids[1], ids[2], *ids * 300]
    commands = [
        ShipParcel(
            id=id, order_id=order_id, shop_id=market.shop_id, carrier="圆通", tracking_number="YT1234567890123",
            lines=((1, 1),), actor=Actor("merchant", market.seller_id),
        )
        for id in asked
    ]  # fmt: skip
    async with market.database.transaction() as tx:
        statuses = await orders.ship_parcels(tx, commands)
    done, exists, refused = MoveStatus.DONE, MoveStatus.EXISTS, MoveStatus.NOT_ALLOWED_NOW
    assert statuses == [done, done, exists, exists, done, *[exists, exists, exists, refused] * 300]
    assert len((await market.order(order_id)).parcels) == 3


async def test_by_default_delivery_is_told_and_changes_no_deadline(market: Market) -> None:
    _, order_id = await paid(market)
    parcel_id = await send(market, order_id, "YT1234567890123")
    before = await market.order(order_id)
    assert await note(market, new_id(market.shop_id), parcel_id) is MoveStatus.ORDER_NOT_FOUND
    assert await note(market, order_id, new_id(market.shop_id)) is MoveStatus.EXISTS, "none of its parcels"
    assert await note(market, order_id, parcel_id) is MoveStatus.DONE
    assert await note(market, order_id, parcel_id) is MoveStatus.EXISTS
    after = await market.order(order_id)
    assert after.due_at == before.due_at
    assert after.parcels[0].delivered_at is not None
    assert [event["is_sooner"] for event in await told(market)] == [False]


async def test_where_the_operator_wishes_the_clock_confirms_sooner_once_every_parcel_is_there(market: Market) -> None:
    await wish(market, 3)
    buyer, order_id = await paid(market, quantity=2)
    first = await send(market, order_id, "YT1234567890123", ((1, 1),))
    assert await note(market, order_id, first) is MoveStatus.DONE
    second = await send(market, order_id, "YT1234567890124")
    shipped = await market.order(order_id)
    assert shipped.state is State.SHIPPED
    assert shipped.due_at is not None
    assert not await told(market), "half of it is no delivery"
    clock.CLOCK.follow(clock.CLOCK.offset + DAY)
    at = clock.now()
    await asyncio.gather(*(note(market, order_id, second, at) for _ in range(6)))
    due = (await market.order(order_id)).due_at
    assert due == at + 3 * DAY
    assert len(await told(market)) == 1
    async with market.database.read() as reader:
        trail = await get_trail(reader, order_id)
    for locale, why in (
        ("zh_CN", "全部送达，会提前自动确认收货"),
        ("en", "Everything is delivered; receipt will be confirmed sooner"),
    ):
        with speaking(locale):
            steps = events_of(await market.order(order_id), trail)
        assert steps[0]["title"] == why, "the buyer reads why there is less time"
    await market.turn(3 * DAY - timedelta(minutes=5))
    assert (await market.order(order_id)).state is State.SHIPPED
    await market.turn(timedelta(minutes=6))
    assert (await market.order(order_id)).state is State.RECEIVED
    assert (await market.money(buyer, order_id))["escrow"] == 0


async def test_what_arrived_hastens_the_clock_when_the_rest_is_cancelled(market: Market) -> None:
    await wish(market, 3)
    _, order_id = await paid(market, quantity=2)
    first = await send(market, order_id, "YT1234567890123", ((1, 1),))
    at = clock.now()
    assert await note(market, order_id, first, at) is MoveStatus.DONE
    assert not await told(market), "half of it is no delivery"
    seller = Actor("merchant", market.seller_id)
    cancel = CancelUnsent(order_id=order_id, shop_id=market.shop_id, actor=seller, reason="断货")
    assert await market.batchers.of(orders.cancel_unsent, "order_id").submit(cancel) is MoveStatus.DONE
    assert (await market.order(order_id)).due_at == at + 3 * DAY
    assert [event["is_sooner"] for event in await told(market)] == [True]


async def test_what_arrives_while_the_clock_stands_leaves_less_on_it(market: Market) -> None:
    await wish(market, 3)
    _, order_id = await paid(market)
    parcel = await send(market, order_id, "YT1234567890123")
    async with market.database.transaction() as tx:
        work = await Casework.lock(tx, [order_id])
        work.stop(work.orders[order_id])
        await work.write(tx)
    assert await note(market, order_id, parcel) is MoveStatus.DONE
    assert (await market.order(order_id)).due_at is None
    clock.CLOCK.follow(clock.CLOCK.offset + 5 * DAY)
    async with market.database.transaction() as tx:
        work = await Casework.lock(tx, [order_id])
        work.go_on(work.orders[order_id])
        await work.write(tx)
        now = tx.now
    due = (await market.order(order_id)).due_at
    assert due is not None
    assert timedelta(0) < now + 3 * DAY - due < timedelta(minutes=1), "and so much is left when it runs on"


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=4),
    st.integers(0, 10),
    st.integers(0, 400),
    st.permutations(range(4)),
)
def test_the_deadline_never_moves_back_and_leaves_a_day(
    hours: list[int], days: int, noted: int, order: list[int]
) -> None:
    """min(old, delivered + n days), but not before a day after anybody could know."""
    sent = clock.now()
    due = sent + 10 * DAY
    rules = TradeRules(delivered_confirm_days=days)
    shop = new_id()
    parcels = [
        Parcel(id=new_id(shop), carrier="圆通", tracking_number="YT1", lines=((1, 1),), shipped_at=sent) for _ in hours
    ]
    trade: Any = Order(
        id=new_id(shop), number="1", shop_id=shop, shop_name="", buyer_id=shop, buyer_name="", state=State.SHIPPED,
        goods=1, freight=0, total=1, fee=0, rules_version=1, units=1, units_shipped=1, due_at=due, prolonged=0,
        payment_id=None, channel=None, refund_id=None, refund_reason=None, placed_at=sent,
        paid_at=sent, shipped_at=sent, received_at=None, settled_at=None, closed_at=None, refunded_at=None,
        parcels=parcels, rules=rules,
    )  # fmt: skip
    now = sent + timedelta(hours=noted)
    answers = []
    for place in [place for place in order if place < len(parcels)]:
        at = sent + timedelta(hours=hours[place])
        command = NoteDelivery(order_id=trade.id, parcel_id=parcels[place].id, delivered_at=at)
        answers.append(judge_delivery(trade, command, now))
        assert judge_delivery(trade, command, now) == (False, False)
    assert answers == [(True, False)] * (len(parcels) - 1) + [(True, True)]
    last = sent + timedelta(hours=max(hours))
    assert trade.due_at == (min(due, max(last + days * DAY, now + DELIVERY_NOTICE)) if days else due)


@pytest.mark.parametrize("is_one_number", [True, False])
async def test_parcels_of_two_orders_that_their_sender_calls_the_same_are_followed_each(
    market: Market, is_one_number: bool
) -> None:
    carriers.REGISTRY.register(carriers.SimulatedTracker())
    await wish(market, 1)
    parcel_id = new_id(market.shop_id)
    _, one = await paid(market)
    _, two = await paid(market)
    await send(market, one, "YT1234567890123", id=parcel_id)
    await market.reactions.follow_parcels(market.database, 500)
    await send(market, two, "YT1234567890123" if is_one_number else "YT1234567890124", id=parcel_id)
    for _ in range(2):
        await market.reactions.follow_parcels(market.database, 500)
    followed = await market.database.pool.fetch("select order_id, id from carriers.parcels")
    assert {row["order_id"] for row in followed} == {one, two}
    assert len(followed) == 2, "each once"
    before = {id: (await market.order(id)).due_at for id in (one, two)}

    async def arrive(order_id: UUID, text: str) -> None:
        event = TrackingEvent(at=clock.now(), text=text, state=ParcelState.DELIVERED)
        (id,) = (row["id"] for row in followed if row["order_id"] == order_id)
        async with market.database.transaction() as tx:
            report = Report(state=ParcelState.DELIVERED, events=(event,))
            await record_reports(tx, [RecordReport(parcel_id=id, report=report)])
        await market.settle_events()

    async def seen(order_id: UUID) -> tuple[ParcelState | None, list[str], bool]:
        order = await market.order(order_id)
        (parcel,) = order.parcels
        assert parcel.id == parcel_id
        is_sooner = order.due_at != before[order_id]
        return parcel.state, [event.text for event in parcel.tracking], is_sooner

    await arrive(one, "门卫签收")
    assert await seen(one) == (ParcelState.DELIVERED, ["门卫签收"], True)
    assert await seen(two) == (ParcelState.ANNOUNCED, [], False)
    await arrive(two, "本人签收")
    assert await seen(two) == (ParcelState.DELIVERED, ["本人签收"], True)
    assert await seen(one) == (ParcelState.DELIVERED, ["门卫签收"], True)
    async with market.database.read() as reader:
        events = await get_events(reader, market.shop_id, 0, 1_000)
    arrived = [(each["subject_id"], each["data"]["parcel_id"]) for each in events if each["type"] == "ParcelDelivered"]
    assert arrived == [(one, str(parcel_id)), (two, str(parcel_id))]


async def test_what_was_sent_is_followed_asked_for_and_delivered_by_the_clock(market: Market) -> None:
    await wish(market, 1)
    _, order_id = await paid(market)
    ids = (new_id(market.shop_id) for _ in range(1_000))
    id = next(id for id in ids if (derive(order_id, "parcel", id).int >> 6) % RETURNED)
    parcel_id = await send(market, order_id, "YT1234567890123", id=id)
    await market.reactions.follow_parcels(market.database, 500)
    assert (await market.order(order_id)).parcels[0].state is None, "nobody is there to ask"
    carriers.REGISTRY.register(carriers.SimulatedTracker())
    _, other = await paid(market)
    await send(market, other, "YT1234567890124", id=UUID(int=new_id(market.shop_id).int ^ 1))
    for _ in range(2):
        await market.reactions.follow_parcels(market.database, 1)
    assert (await market.order(order_id)).parcels[0].state == "announced"
    assert (await market.order(other)).parcels[0].state == "announced", "its id is of another shard"
    polling = Polling(market.batchers)
    for _ in range(40):
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(hours=4))
        await polling.poll(market.database, 500)
    await market.settle_events()
    (parcel,) = (await market.order(order_id)).parcels
    assert parcel.id == parcel_id
    assert parcel.state == "delivered"
    assert [event.at for event in parcel.tracking] == sorted((event.at for event in parcel.tracking), reverse=True)
    assert len(parcel.tracking) >= 6
    assert parcel.delivered_at is not None
    assert await told(market)


async def test_a_number_that_went_to_another_buyer_is_told(market: Market) -> None:
    buyer, first = await paid(market)
    await send(market, first, "YT1234567890123")
    again, _ = await market.place(buyer)
    _, other = await paid(market)

    async def check(order_id: UUID, carrier: str, number: str, shop_id: UUID | None = None) -> CheckStatus:
        async with market.database.read() as reader:
            (found,) = await check_parcels(reader, shop_id or market.shop_id, [CheckParcel(order_id, carrier, number)])
        return found.status

    assert await check(other, "圆通", "yt 1234567890123") is CheckStatus.NUMBER_USED
    assert await check(again, "圆通", "YT1234567890123") is CheckStatus.FINE, "one buyer, one parcel"
    assert await check(other, "圆通", "YT1234567890123", new_id()) is CheckStatus.FINE, (
        "another shop knows nothing of it"
    )
    assert await check(other, "国际邮政", "RB123456784GB") is CheckStatus.NUMBER_WRONG
    assert await check(other, "圆通", "JT1234567890123") is CheckStatus.OTHER_CARRIER
    assert await check(other, "圆通", "YT1") is CheckStatus.NUMBER_UNUSUAL
    assert await check(other, "同城配送", "1") is CheckStatus.CARRIER_UNKNOWN
    assert await check(other, "中通", "123") is CheckStatus.NUMBER_UNUSUAL
    clock.CLOCK.follow(clock.CLOCK.offset + 200 * DAY)
    assert await check(other, "圆通", "YT1234567890123") is CheckStatus.FINE, "numbers are given out anew"
