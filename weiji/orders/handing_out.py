"""Virtual goods: card keys are handed out once they are paid, and shown when their buyer asks; unseen they may go back.

Keys and stock change in the transaction that changes the order, so each order has its keys once, or not at all.
"""

from collections.abc import Sequence

from weiji.card_keys import HandOut, hand_out_keys, take_back_keys
from weiji.events import Occurrence, publish
from weiji.events.orders import KeysHandedOut, KeysShown
from weiji.kit.db import Transaction
from weiji.orders import rules, store
from weiji.orders.machine import State
from weiji.orders.model import HandOutKeys, MoveStatus, Order, ShowKeys


async def hand_out(tx: Transaction, commands: Sequence[HandOutKeys]) -> list[MoveStatus]:
    """Give paid orders their card keys; results are in the order of *commands*. Publishes KeysHandedOut."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    statuses: list[MoveStatus] = []
    done: list[Order] = []
    told: list[Occurrence] = []
    for command in commands:
        order = orders.get(command.order_id)
        status = MoveStatus.ORDER_NOT_FOUND if order is None else rules.judge_hand_out(order, tx.now)
        statuses.append(status)
        if order is not None and status is MoveStatus.DONE:
            done.append(order)
            event = KeysHandedOut(units=order.units, due_at=order.due_at)
            told.append(Occurrence(event, order.shop_id, order.id, command.actor))
    if done:
        await store.read_lines(tx, {order.id: order for order in done})
        for order in done:
            for line in order.lines:
                line.shipped = line.quantity
        await store.add_parcels(tx, done, [])
        await store.keep_time(tx, done)
        await hand_out_keys(tx, [_hand_out_of(order) for order in done])
    await publish(tx, told)
    return statuses


def _hand_out_of(order: Order) -> HandOut:
    return HandOut(order_id=order.id, lines=tuple((line.line, line.sku_id, line.quantity) for line in order.lines))


async def show_keys(tx: Transaction, commands: Sequence[ShowKeys]) -> list[MoveStatus]:
    """Let buyers see their card keys; results are in the order of *commands*. Publishes KeysShown for each look."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    statuses: list[MoveStatus] = []
    first: list[Order] = []
    told: list[Occurrence] = []
    for command in commands:
        order = orders.get(command.order_id)
        if order is None or not rules.is_theirs(order, command):
            statuses.append(MoveStatus.ORDER_NOT_FOUND)
            continue
        was_shown = order.keys_shown_at is not None
        status = rules.judge_show(order, command, tx.now)
        statuses.append(status)
        if status is MoveStatus.DONE:
            told.append(Occurrence(KeysShown(is_first=not was_shown), order.shop_id, order.id, command.actor))
            if not was_shown:
                first.append(order)
    await store.note_shown(tx, first)
    await publish(tx, told)
    return statuses


async def take_back(tx: Transaction, orders: Sequence[Order]) -> None:
    """Put the card keys of locked orders back that are refunded unseen."""
    if orders:
        await store.read_lines(tx, {order.id: order for order in orders})
        for order in orders:
            for line in order.lines:
                line.shipped = 0
        await store.count_shipped(tx, orders)
        await take_back_keys(tx, [order.id for order in orders])


def was_handed_out(order: Order) -> bool:
    """Tell whether the buyer has the order's card keys."""
    return order.is_virtual and order.state in (State.SHIPPED, State.RECEIVED, State.COMPLETED)


def is_unseen(order: Order) -> bool:
    """Tell whether an order has card keys that its buyer never saw."""
    return order.is_virtual and order.units_shipped > 0 and order.keys_shown_at is None
