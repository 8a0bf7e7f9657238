"""Goods that their buyer picks up: a code once they are paid, for which the shop hands them over.

The code in the shop's hands is the buyer's word that they have the goods: to write it off is shipment and receipt at
once. Who reads the database can use none: a code is sealed, and found by what takes the installation's key to make. Who
guesses at a shop may be wrong `TRIES` times, and then for a while no code is looked at there.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.events.orders import OrderPickedUp
from weiji.inventory import MoveKind, StockMove, StockStatus, move_stock
from weiji.kit.db import Transaction
from weiji.kit.seal import KEYS, Place, column
from weiji.orders import rules, store
from weiji.orders.casework import Casework
from weiji.orders.machine import State
from weiji.orders.model import MoveStatus, Order, ShowPickupCode, WriteOff, WriteOffResult

DIGITS: Final = 12
"""Of a code."""

GROUP: Final = 4
"""Digits that are read aloud in one breath."""

TRIES: Final = 10
"""Wrong codes at one shop, after which none is looked at until the time is up: so many digits are never guessed."""

TRIES_WITHIN: Final = timedelta(minutes=10)

COLUMN: Final = column(
    "orders.pickup_codes:sealed", Place(table="orders.pickup_codes", column="sealed", of=("order_id",))
)
"""What codes are sealed for, each for its order."""


def read_code(text: str) -> str:
    """Read a code as people write it, with whatever stands between its digits."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def write_code(code: str) -> str:
    """Write a code in groups of digits."""
    return " ".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


async def give_codes(tx: Transaction, orders: Sequence[Order]) -> None:
    """Give paid orders the codes for which their goods are handed over."""
    codes = [(order, f"{secrets.randbelow(10**DIGITS):0{DIGITS}}") for order in orders]
    if codes:
        await store.add_pickup_codes(
            tx, [(order, _index(code), KEYS.seal(code, COLUMN, order.id)) for order, code in codes]
        )


async def show_codes(tx: Transaction, commands: Sequence[ShowPickupCode]) -> list[MoveStatus]:
    """Say whether buyers are shown the codes of orders; results are in the order of *commands*.

    Who is to be shown one and has none gets it: an order may have been paid at a release that knew of no codes.
    """
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    theirs = [
        order if (order := orders.get(command.order_id)) and rules.is_theirs(order, command) else None
        for command in commands
    ]
    statuses = [code_status(order) for order in theirs]
    shown = {order.id: order for order in theirs if order and code_status(order) is MoveStatus.DONE}
    await give_codes(tx, list(shown.values()))
    return statuses


def _index(code: str) -> bytes:
    return KEYS.blind_index(code, COLUMN)


def code_status(order: Order | store.PickupOrder | None) -> MoveStatus:
    """Tell whether the buyer of an order is shown its code: it is paid, not handed over yet, and no case is open."""
    if order is None:
        return MoveStatus.ORDER_NOT_FOUND
    if order.pickup is None or order.state is not State.PAID:
        return MoveStatus.NOT_ALLOWED_NOW
    return MoveStatus.CASE_OPEN if order.open_cases else MoveStatus.DONE


def open_code(order: store.PickupOrder) -> str | None:
    """Open the code of an order for its buyer; None where they are shown none."""
    if order.sealed is None or code_status(order) is not MoveStatus.DONE:
        return None
    return KEYS.unseal(order.sealed, COLUMN, order.id)


async def write_off(tx: Transaction, commands: Sequence[WriteOff]) -> list[WriteOffResult]:
    """Hand goods over for codes; results are in the order of *commands*. Publishes OrderPickedUp and OrderReceived.

    Locks the tries of the shops before the orders.
    """
    tries = await store.lock_pickup_tries(tx, [command.shop_id for command in commands])
    before = {shop_id: (its.wrong, its.since) for shop_id, its in tries.items()}
    asked = [(command.shop_id, _index(command.code)) for command in commands]
    found = await store.find_pickup_codes(tx, dict.fromkeys(asked))
    work = Casework(await store.lock_orders(tx, list(found.values())), tx.now)
    results = []
    done: list[Order] = []
    for command, key in zip(commands, asked, strict=True):
        its = tries[command.shop_id]
        over_at = its.since + TRIES_WITHIN
        if its.wrong >= TRIES and tx.now < over_at:
            results.append(WriteOffResult(MoveStatus.TOO_MANY_TRIES, again_at=over_at))
            continue
        if key not in found:
            if not its.wrong or tx.now >= over_at:
                its.wrong, its.since = 0, tx.now
            its.wrong += 1
            results.append(WriteOffResult(MoveStatus.CODE_NOT_FOUND))
            continue
        order = work.orders[found[key]]
        status = rules.judge_write_off(order, command, tx.now)
        results.append(WriteOffResult(status, order.id, order.number, order.received_at))
        if status is MoveStatus.DONE and not command.is_trial:
            assert order.pickup is not None
            done.append(order)
            place = order.pickup
            work.tell(order, OrderPickedUp(place_id=place.place_id, place=place.name, units=order.units), command.actor)
            work.receive(order, command.actor)
    await store.write_pickup_tries(tx, {id: its for id, its in tries.items() if (its.wrong, its.since) != before[id]})
    if done:
        await _take_stock(tx, done)
        await store.hand_over(tx, done)
    await work.write(tx)
    return results


async def _take_stock(tx: Transaction, orders: Sequence[Order]) -> None:
    await store.read_lines(tx, {order.id: order for order in orders})
    moves = [
        StockMove(
            order_id=order.id,
            kind=MoveKind.TAKE,
            lines=tuple((line.sku_id, line.left) for line in order.lines if line.left),
            is_handed_over=True,
        )
        for order in orders
    ]
    statuses = await move_stock(tx, moves)
    assert all(status is StockStatus.MOVED for status in statuses), f"held stock is gone: {statuses}"
