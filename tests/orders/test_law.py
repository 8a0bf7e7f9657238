"""Proves that a batch is answered as its commands one by one, and both as a naive model of the trade says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import copied
from tests.orders.market import ADDRESS, Market, open_market
from tests.orders.naive import NaiveTrade
from weiji.events import BY_CHANNEL, BY_CLOCK, Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import operations
from weiji.orders.model import (
    CancelUnsent,
    CloseOrder,
    ConfirmOrder,
    OrderItem,
    PlaceOrder,
    Prolong,
    RefundOrder,
    RepriceOrder,
    SettleOrder,
    ShipParcel,
    TakePayment,
)

STOCK: Final = 4
ORDERS: Final = 2
Operation = Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]]
REACHED: Final = {
    "place placed", "place exists", "place exists_with_different_order", "place sold_out", "take held", "take closed",
    "take already_paid", "take amount_differs", "reprice done", "reprice exists", "reprice total_changed",
    "reprice amounts_invalid", "reprice not_allowed_now", "close done", "ship done", "ship exists",
    "ship exists_with_different_parcel", "ship lines_invalid", "ship not_allowed_now", "prolong done", "confirm done",
    "confirm exists", "confirm too_early", "settle done", "settle exists", "settle too_early", "refund done",
    "confirm order_not_found", "ship done in part_shipped", "refund not_allowed_now", "confirm done in part_shipped",
    "cancel done", "cancel exists", "cancel too_early", "cancel not_allowed_now", "cancel order_not_found",
}  # fmt: skip
"""What the examples must have met, to have proved anything."""

VERBS: Final[dict[str, Operation]] = {
    "place": operations.place_orders,
    "reprice": operations.reprice_orders,
    "take": operations.take_payments,
    "close": operations.close_orders,
    "ship": operations.ship_parcels,
    "prolong": operations.prolong_receipts,
    "confirm": operations.confirm_orders,
    "settle": operations.settle_orders,
    "refund": operations.refund_orders,
    "cancel": operations.cancel_unsent,
}


@dataclass
class Arena:
    """A market of its own, and ids that every example uses again: nothing of it is ever committed."""

    market: Market
    now: datetime
    orders: list[UUID]
    payments: list[UUID]
    parcels: list[UUID]
    buyers: list[UUID]
    nowhere: UUID
    """Of an order that there is not."""
    seen: set[str]


@pytest.fixture(scope="module")
async def arena(server_url: str, template: str) -> AsyncIterator[Arena]:
    async with copied(server_url, template, "law") as url:
        database = await Database.connect(url)
        async with open_market(database, Lanes(2), stock=STOCK) as market:
            near = market.shop_id
            yield Arena(
                market,
                clock.now(),
                [new_id(near) for _ in range(ORDERS)],
                [new_id() for _ in range(4)],
                [new_id(near) for _ in range(4)],
                [new_id(), new_id()],
                new_id(near),
                seen := set(),
            )
        await database.close()
    assert seen >= REACHED, f"the examples are too poor: they never had {REACHED - seen}"


@dataclass(frozen=True)
class Act:
    """What a command is made of: places in the arena's lists, and dice for the rest."""

    order: int
    actor: int
    thing: int
    number: int
    is_odd: bool


@dataclass(frozen=True)
class Step:
    """A batch, and how long after the one before it comes."""

    verb: str
    minutes: int
    acts: list[Act]


ACTS = st.builds(
    Act,
    # Few of each, so that they meet.
    order=st.integers(0, ORDERS - 1),
    actor=st.integers(0, 3),
    thing=st.integers(0, 3),
    number=st.integers(1, 3),
    is_odd=st.integers(0, 9).map(lambda n: n == 9),
)
MINUTES = st.sampled_from([0, 0, 0, 1, 20, 60 * 49, 60 * 24 * 3, 60 * 24 * 11, 60 * 24 * 15])
DAY = 60 * 24
ONWARD = (
    ("place", 0),
    ("reprice", 0),
    ("take", 0),
    ("ship", 0),
    ("prolong", 0),
    ("confirm", 0),
    ("confirm", 0),
    ("settle", 0),
    ("settle", DAY),
    ("settle", 0),
)
"""The verbs in the order in which a trade goes, after how many minutes: most examples should get somewhere."""
BACK = (
    ("place", 0),
    ("take", 0),
    ("take", 0),
    ("ship", 0),
    ("refund", 0),
    ("cancel", 0),
    ("refund", 15 * DAY),
    ("cancel", 0),
    ("confirm", 0),
    ("settle", DAY),
)
"""The same for a trade whose money goes back, all before anything is shipped, or a part after a part."""
STEPS = st.lists(
    st.builds(Step, verb=st.sampled_from(list(VERBS)), minutes=MINUTES, acts=st.lists(ACTS, min_size=1, max_size=4)),
    max_size=6,
).flatmap(
    lambda aside: st.sampled_from([ONWARD, BACK]).flatmap(
        lambda way: st.tuples(*(st.lists(ACTS, min_size=1, max_size=4) for _ in way)).map(
            lambda acts: _mix([Step(*step, its) for step, its in zip(way, acts, strict=True)], aside)
        )
    )
)


def _mix(way: list[Step], aside: list[Step]) -> list[Step]:
    """Put the steps of *aside* between those of the way."""
    mixed = []
    for place, step in enumerate(way):
        mixed.append(step)
        mixed += aside[place :: len(way)]
    return mixed


def _command(arena: Arena, verb: str, act: Act, model: NaiveTrade) -> Any:
    market = arena.market
    order_id = arena.nowhere if act.is_odd and act.number == 3 else arena.orders[act.order]
    buyer = arena.buyers[act.order % 2]
    actor = [
        Actor("buyer", arena.buyers[act.order % 2] if not act.is_odd else arena.buyers[(act.order + 1) % 2]),
        Actor("merchant", market.seller_id),
        BY_CLOCK,
        Actor("buyer", buyer),
    ][2 if verb == "settle" and not act.is_odd else act.actor]
    move: dict[str, Any] = {"order_id": order_id, "actor": actor, "shop_id": market.shop_id}
    order = model.orders.get(order_id)
    if verb == "place":
        sku = act.thing % 2
        quantity = 0 if act.is_odd and act.number == 1 else act.number + 1
        price = market.prices[sku] + (act.is_odd and act.number == 2)
        bought_by = market.seller_id if act.is_odd and act.thing == 3 else buyer
        return PlaceOrder(
            id=arena.orders[act.order],
            shop_id=market.shop_id,
            buyer_id=bought_by,
            buyer_name="买家",
            items=(OrderItem(market.skus[sku], quantity, price),),
            address=ADDRESS,
            actor=Actor("buyer", bought_by),
        )
    if verb == "take":
        return TakePayment(
            order_id=order_id,
            payment_id=arena.payments[act.thing],
            payer_id=buyer,
            shop_id=market.shop_id,
            amount=(order.total if order else 1) + act.is_odd,
            channel="balance",
            actor=BY_CHANNEL,
        )
    if verb == "ship":
        merchant = Actor("merchant", market.seller_id)
        return ShipParcel(
            id=arena.parcels[act.thing],
            carrier="顺丰",
            tracking_number="" if act.is_odd and act.number == 1 else str(act.number),
            lines=None if act.actor == 0 else ((2 if act.is_odd else 1, act.number),),
            **{**move, "actor": merchant, "shop_id": new_id() if act.is_odd else market.shop_id},
        )
    if verb == "prolong":
        seen = order.due_at if order and order.due_at else arena.now
        return Prolong(days=[3, 5, 4][act.thing % 3], due_at=seen - timedelta(days=3 * (act.number == 3)), **move)
    if verb == "reprice":
        conceded = [0, 1_001, 2_002, 10**9][act.thing]
        seen_total = (order.total if order else 1) + (act.number == 3)
        merchant = Actor("merchant", market.seller_id) if act.actor else actor
        return RepriceOrder(conceded=conceded, freight=0, total=seen_total, **{**move, "actor": merchant})
    if verb == "refund":
        return RefundOrder(reason="缺货", **move)
    if verb == "cancel":
        return CancelUnsent(reason="缺货", **move)
    return {"close": CloseOrder, "confirm": ConfirmOrder, "settle": SettleOrder}[verb](**move)


class _RolledBack(Exception):
    pass


async def _play(arena: Arena, batches: Sequence[tuple[str, datetime, list[Any]]]) -> tuple[list[Any], dict[str, Any]]:
    """Run batches in a transaction that is rolled back; return the answers, and what the tables had in the end."""
    answers: list[Any] = []
    found: dict[str, Any] = {}
    try:
        async with arena.market.database.transaction() as tx:
            for verb, now, commands in batches:
                answers += await VERBS[verb](Transaction(tx.connection, now), commands)
            for name, query in TABLES.items():
                found[name] = [dict(row) for row in await tx.connection.fetch(query)]
            raise _RolledBack
    except _RolledBack:
        return answers, found


TABLES: Final = {
    "orders": "select * from orders.orders order by id",
    "lines": "select * from orders.lines order by order_id, line",
    "parcels": "select * from orders.parcels order by order_id, id",
    # They may go off too early, never too late.
    "alarms": """select o.id, exists (
          select from orders.alarms a
          where a.shard = o.shard and o.id = any (a.order_ids) and a.due_at <= o.due_at) as is_in_time
        from orders.orders o where o.due_at is not null order by o.id""",
    "rejections": "select * from orders.rejections order by order_id, payment_id",
    "stock": "select sku_id, on_hand, held, sold from inventory.stock order by sku_id",
    "accounts": "select id, debits_posted, credits_posted from ledger.accounts order by id",
    "transfers": "select id, amount, code from ledger.transfers order by id",
    "events": "select stream, type, subject_id, at, data::text from events.events order by 1, seq",
}


def _status(answer: Any) -> str:
    return str(getattr(answer, "status", answer))


@settings(
    max_examples=200,
    derandomize=True,  # The fixture asks what the examples reached: they must be the same ones each time.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=STEPS)
async def test_law_of_batches(arena: Arena, steps: list[Step]) -> None:
    market = arena.market
    model = NaiveTrade(market.shop_id, market.seller_id, dict(zip(market.skus, market.prices, strict=True)), STOCK)
    batches: list[tuple[str, datetime, list[Any]]] = []
    expected: list[str] = []
    now = arena.now
    for step in steps:
        now += timedelta(minutes=step.minutes)
        commands = [_command(arena, step.verb, act, model) for act in step.acts]
        for command in commands:
            order = model.orders.get(command.id if step.verb == "place" else command.order_id)
            state = order.state if order else "none"
            status = getattr(model, step.verb)(command, now)
            arena.seen |= {f"{step.verb} {status}", f"{step.verb} {status} in {state}"}
            expected.append(status)
        batches.append((step.verb, now, commands))
    together, left_together = await _play(arena, batches)
    singly, left_singly = await _play(arena, [(verb, at, [one]) for verb, at, batch in batches for one in batch])
    assert together == singly
    assert left_together == left_singly
    assert [_status(answer) for answer in together] == expected
    _compare(arena, model, left_together)


def _standing(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["state"], row["due_at"], row["units_shipped"], row["payment_id"]


def _compare(arena: Arena, model: NaiveTrade, left: dict[str, Any]) -> None:
    """Compare what PostgreSQL has with what the naive model has."""
    assert all(row["is_in_time"] for row in left["alarms"])
    assert {row["id"]: _standing(row) for row in left["orders"]} == {
        id: (order.state, order.due_at, order.shipped, order.payment_id) for id, order in model.orders.items()
    }
    assert {row["sku_id"]: (row["on_hand"], row["held"], row["sold"]) for row in left["stock"]} == {
        sku: (model.on_hand[sku], model.held[sku], model.sold[sku]) for sku in model.prices
    }
    balances = {row["id"]: row["credits_posted"] - row["debits_posted"] for row in left["accounts"]}
    shop_id = arena.market.shop_id
    assert balances.get(chart.merchant_pending(shop_id).id, 0) == model.pending
    assert balances.get(chart.merchant_available(shop_id).id, 0) == model.available
    for id in model.orders:
        assert balances.get(chart.escrow(id).id, 0) == model.escrow.get(id, 0)
