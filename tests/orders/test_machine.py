"""Proves the machine: every verb in every state, by everybody, is done, refused or repeated as the table says."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
from msgspec.structs import replace

from tests.orders.market import Market, open_market
from weiji.events import BY_CLOCK, Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders import MoveStatus, State, Verb
from weiji.orders import operations as orders
from weiji.orders.machine import TRANSITIONS
from weiji.orders.model import (
    CancelUnsent,
    CloseOrder,
    ConfirmOrder,
    Prolong,
    RefundOrder,
    RepriceOrder,
    SettleOrder,
    ShipParcel,
)

DAY = timedelta(days=1)
ACTORS: Final = ("buyer", "merchant", "clock")
OPERATIONS: Final[dict[Verb, Any]] = {
    Verb.REPRICE: orders.reprice_orders,
    Verb.CLOSE: orders.close_orders,
    Verb.REFUND: orders.refund_orders,
    Verb.CANCEL_UNSENT: orders.cancel_unsent,
    Verb.SHIP: orders.ship_parcels,
    Verb.PROLONG: orders.prolong_receipts,
    Verb.CONFIRM: orders.confirm_orders,
    Verb.SETTLE: orders.settle_orders,
}
REPEATED: Final = {
    (Verb.CLOSE, State.CLOSED),
    (Verb.REFUND, State.REFUNDED),
    (Verb.CONFIRM, State.RECEIVED),
    (Verb.CONFIRM, State.COMPLETED),
    (Verb.SETTLE, State.COMPLETED),
}
"""Where the answer to a verb is that it was done before, whoever asks."""


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


async def _bring(market: Market, buyer: Any, state: State) -> Any:
    """Bring a new order into a state."""
    order_id, _ = await market.place(buyer, quantity=2)
    if state is State.CLOSED:
        await market.close(Actor("buyer", buyer), order_id)
    if state in (State.CREATED, State.CLOSED):
        return order_id
    await market.pay(buyer, order_id)
    if state is State.REFUNDED:
        refund = RefundOrder(
            order_id=order_id, shop_id=market.shop_id, actor=Actor("merchant", market.seller_id), reason="缺货"
        )
        await market.batchers.of(orders.refund_orders, "order_id").submit(refund)
    elif state is State.PART_SHIPPED:
        await market.ship(order_id, ((1, 1),))
    elif state is not State.PAID:
        await market.ship(order_id)
        if state is not State.SHIPPED:
            await market.confirm(buyer, order_id)
    if state is State.COMPLETED:
        await market.turn(DAY)
    return order_id


def _command(verb: Verb, order: Any, market: Market, actor: Actor) -> Any:
    move: dict[str, Any] = {"order_id": order.id, "shop_id": market.shop_id, "actor": actor}
    if verb is Verb.SHIP:
        return ShipParcel(id=new_id(market.shop_id), carrier="顺丰", tracking_number="1", **move)
    if verb is Verb.REPRICE:
        return RepriceOrder(conceded=100, freight=0, total=order.total, **move)
    if verb is Verb.PROLONG:
        return Prolong(days=3, due_at=order.due_at or clock.now(), **move)
    if verb is Verb.REFUND:
        return RefundOrder(reason="缺货", **move)
    if verb is Verb.CANCEL_UNSENT:
        return CancelUnsent(reason="缺货", **move)
    return {Verb.CLOSE: CloseOrder, Verb.CONFIRM: ConfirmOrder, Verb.SETTLE: SettleOrder}[verb](**move)


@pytest.mark.parametrize("state", State)
async def test_every_verb_by_everybody(market: Market, state: State) -> None:
    buyer = new_id()
    await market.fund([buyer], 10_000_000)
    actors = {"buyer": Actor("buyer", buyer), "merchant": Actor("merchant", market.seller_id), "clock": BY_CLOCK}
    for verb, operation in OPERATIONS.items():
        for kind in ACTORS:
            order = await market.order(await _bring(market, buyer, state))
            assert order.state is state
            # So late that no clock and no patience is in the way.
            before = clock.CLOCK.offset
            clock.CLOCK.follow(before + 40 * DAY)
            command = _command(verb, order, market, actors[kind])
            status = await market.batchers.of(operation, "order_id").submit(command)
            clock.CLOCK.follow(before)
            after = await market.order(order.id)
            lines = [t for t in TRANSITIONS if t.verb is verb and state in t.sources and kind in t.actors]
            where = f"{verb} by {kind} in {state}"
            if lines:
                (line,) = lines
                assert status is MoveStatus.DONE, where
                target = State.SHIPPED if verb is Verb.SHIP else line.target or state
                assert after.state is target, where
            else:
                expected = MoveStatus.EXISTS if (verb, state) in REPEATED else MoveStatus.NOT_ALLOWED_NOW
                assert status is expected, where
                assert after == order, where


@pytest.mark.parametrize("state", State)
async def test_nobody_who_bought_grants_themselves_what_a_shop_grants(market: Market, state: State) -> None:
    """Who bought before they came to work for the shop: as a clerk with every right, or its owner."""
    buyer = new_id()
    await market.fund([buyer], 10_000_000)
    own = Actor("merchant", buyer)
    for verb in (Verb.REPRICE, Verb.REFUND, Verb.CANCEL_UNSENT, Verb.PROLONG):
        order = await market.order(await _bring(market, buyer, state))
        submit = market.batchers.of(OPERATIONS[verb], "order_id").submit
        assert await submit(_command(verb, order, market, own)) is MoveStatus.OWN_ORDER, verb
        assert await market.order(order.id) == order, verb
        elsewhere = replace(_command(verb, order, market, own), shop_id=new_id())
        assert await submit(elsewhere) is MoveStatus.ORDER_NOT_FOUND, verb
    # What gives them nothing goes on: goods that were paid for are sent, and a buyer may close, too.
    for verb, source in ((Verb.CLOSE, State.CREATED), (Verb.SHIP, State.PAID), (Verb.SHIP, State.PART_SHIPPED)):
        if state is source:
            order = await market.order(await _bring(market, buyer, state))
            submit = market.batchers.of(OPERATIONS[verb], "order_id").submit
            assert await submit(_command(verb, order, market, own)) is MoveStatus.DONE, verb


@pytest.mark.parametrize("state", [State.CREATED, State.PAID, State.PART_SHIPPED, State.SHIPPED, State.RECEIVED])
async def test_the_clock_does_nothing_early(market: Market, state: State) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    order = await market.order(await _bring(market, buyer, state))
    assert order.due_at is not None
    verb = {
        State.CREATED: Verb.CLOSE, State.PAID: Verb.REFUND, State.PART_SHIPPED: Verb.CANCEL_UNSENT,
        State.SHIPPED: Verb.CONFIRM, State.RECEIVED: Verb.SETTLE,
    }[state]  # fmt: skip
    submit = market.batchers.of(OPERATIONS[verb], "order_id").submit
    before = clock.CLOCK.offset
    left = order.due_at - clock.now()
    clock.CLOCK.follow(before + left - timedelta(minutes=1))
    assert await submit(_command(verb, order, market, BY_CLOCK)) is MoveStatus.TOO_EARLY
    assert await market.order(order.id) == order
    clock.CLOCK.follow(before + left + timedelta(seconds=1))
    assert await submit(_command(verb, order, market, BY_CLOCK)) is MoveStatus.DONE


def test_who_may_end_a_trade_that_was_shipped_in_part() -> None:
    """Said once more by hand: the table can't be wrong without somebody noticing."""
    ends = {(t.verb, actor) for t in TRANSITIONS if State.PART_SHIPPED in t.sources for actor in t.actors}
    assert ends == {
        (Verb.CANCEL_UNSENT, "merchant"),
        (Verb.CANCEL_UNSENT, "clock"),
        (Verb.SHIP, "merchant"),
        (Verb.SHIP_LAST, "merchant"),
        (Verb.CONFIRM, "buyer"),
    }


def test_the_table_ends() -> None:
    """From every state that is no end something leads on, and from no end anything but a late payment."""
    ends = {State.COMPLETED, State.CLOSED, State.REFUNDED}
    for state in State:
        verbs = {t.verb for t in TRANSITIONS if state in t.sources and t.target not in (None, state)}
        assert verbs == ({Verb.REOPEN} if state is State.CLOSED else set()) if state in ends else verbs
