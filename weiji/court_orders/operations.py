"""The verbs of court orders. Each takes an open transaction and a batch of one lane, and answers every command.

Whoever calls has seen to it that two of the staff agreed (`approvals`); only the sweep goes by the clock. Locks: court
orders in id order, then accounts, then the heads of streams.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from functools import partial
from uuid import UUID

from weiji.court_orders import rules, store
from weiji.court_orders.model import (
    CourtOrder,
    CourtOrderStatus,
    ExecuteCourtOrder,
    ObeyCourtOrder,
    ReleaseCourtOrder,
    SweepCourtOrder,
)
from weiji.deposits import repay_debts
from weiji.escrow import Chain, post
from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.court_orders import CourtOrderExecuted, CourtOrderObeyed, CourtOrderReleased, MoneyHeld
from weiji.kit.db import Transaction
from weiji.ledger import chart


async def obey_court_orders(tx: Transaction, commands: Sequence[ObeyCourtOrder]) -> list[CourtOrderStatus]:
    """Hold money as courts ordered: at once what is there, the rest as it comes; by an order in force once.

    Until an order has what it lacks, nothing goes out of the account. Publishes CourtOrderObeyed, DebtRepaid.
    """
    accounts = [rules.account_of(command.place, command.owner_id).id for command in commands]
    found = await store.lock_court_orders(tx, [command.id for command in commands], accounts)
    made: dict[UUID, CourtOrder] = {}
    in_force = {rules.key_of_order(o.place, o.owner_id, o.number) for o in found.values() if o.ended_at is None}
    actors: dict[UUID, Actor] = {}
    statuses = []
    for command in commands:
        key = rules.key_of_order(command.place, command.owner_id, command.number)
        if command.id in found or command.id in made:
            statuses.append(CourtOrderStatus.EXISTS)
            continue
        if key in in_force:
            statuses.append(CourtOrderStatus.ORDER_OBEYED)
            continue
        in_force.add(key)
        made[command.id] = rules.new_order(command, tx.now)
        actors[command.id] = command.actor
        statuses.append(CourtOrderStatus.DONE)
    told, freezing = await _serve(tx, [*found.values(), *made.values()], new=made)
    await store.change_court_orders(tx, list(found.values()))
    await store.add_court_orders(tx, list(made.values()))
    await post(tx, freezing)
    for order in made.values():
        event = CourtOrderObeyed(
            owner_id=order.owner_id,
            place=order.place.value,
            amount=order.amount,
            taken=order.taken,
            court=order.court,
            number=order.number,
        )
        told.append(_told(order, event, actors[order.id]))
    await publish(tx, told)
    return statuses


async def sweep_court_orders(tx: Transaction, commands: Sequence[SweepCourtOrder]) -> list[CourtOrderStatus]:
    """Take what came in since, up to what was ordered; the order that came first, first.

    Publishes DebtRepaid, MoneyHeld.
    """
    found = await store.lock_court_orders(tx, [command.court_order_id for command in commands])
    lacking = {order.id for order in found.values() if order.ended_at is None and order.missing != 0}
    told, freezing = await _serve(tx, list(found.values()))
    await store.change_court_orders(tx, list(found.values()))
    await post(tx, freezing)
    await publish(tx, told)
    return [
        CourtOrderStatus.COURT_ORDER_NOT_FOUND
        if command.court_order_id not in found
        else CourtOrderStatus.DONE
        if command.court_order_id in lacking
        else CourtOrderStatus.ENDED
        for command in commands
    ]


async def lock_before_holds(tx: Transaction, shop_ids: Collection[UUID]) -> list[CourtOrder]:
    """Lock what courts ordered about the money of shops: before anything is posted, as whoever serves them does."""
    accounts = [make(id).id for id in shop_ids for make in (chart.merchant_available, chart.merchant_deposit)]
    return list((await store.lock_court_orders(tx, [], accounts)).values())


async def serve_before_holds(tx: Transaction, shop_ids: Collection[UUID]) -> tuple[list[Chain], list[Occurrence]]:
    """Let what is held of shops change its holder, though courts froze their accounts since: courts get none of it.

    They take now what is there for them. Then the accounts are open, until the caller posts what freezes them again,
    last, in this transaction; give that, and what is to be told. Whoever posts before calls `lock_before_holds` first.
    """
    found = await lock_before_holds(tx, shop_ids)
    told, freezing = await _serve(tx, found)
    await store.change_court_orders(tx, found)
    return freezing, told


async def execute_court_orders(tx: Transaction, commands: Sequence[ExecuteCourtOrder]) -> list[CourtOrderStatus]:
    """Pay what is held to courts. Publishes CourtOrderExecuted."""
    found = await store.lock_court_orders(tx, [command.court_order_id for command in commands])
    executed = await store.get_executions(tx, [command.id for command in commands])
    notices = await store.get_notices(tx, found.keys())
    chains: list[Chain] = []
    added: list[ExecuteCourtOrder] = []
    told: list[Occurrence] = []
    changed: dict[UUID, CourtOrder] = {}
    statuses = []
    for command in commands:
        order = found.get(command.court_order_id)
        status, chain = rules.judge_execution(order, executed, notices, command, tx.now)
        statuses.append(status)
        if order is not None and chain is not None:
            executed.add(command.id)
            notices.add(rules.key_of_notice(order.id, command.number))
            chains.append(chain)
            added.append(command)
            changed[order.id] = order
            event = CourtOrderExecuted(amount=command.amount, number=command.number, way=command.way)
            told.append(_told(order, event, command.actor))
    await store.change_court_orders(tx, list(changed.values()))
    await store.add_executions(tx, added)
    await post(tx, chains)
    await publish(tx, told)
    return statuses


async def release_court_orders(tx: Transaction, commands: Sequence[ReleaseCourtOrder]) -> list[CourtOrderStatus]:
    """Let go of what is held, and take nothing more; the next order about the account has it first.

    Publishes CourtOrderReleased, DebtRepaid, MoneyHeld.
    """
    found = await store.lock_court_orders(tx, [command.court_order_id for command in commands])
    chains: list[Chain] = []
    told: list[Occurrence] = []
    changed: dict[UUID, CourtOrder] = {}
    statuses = []
    for command in commands:
        order = found.get(command.court_order_id)
        held = order.held if order else 0
        status, chain = rules.judge_release(order, command, tx.now)
        statuses.append(status)
        if order is not None and status is CourtOrderStatus.DONE:
            chains += [rules.thaw(order)] if order.is_freezing else []
            chains += [chain] if chain else []
            changed[order.id] = order
            told.append(_told(order, CourtOrderReleased(amount=held, number=command.number), command.actor))
    await post(tx, chains)
    freezing: Sequence[Chain] = ()
    if changed:
        served, freezing = await _serve(tx, list(found.values()))
        told += served
    await store.change_court_orders(tx, list(found.values()))
    await post(tx, freezing)
    await publish(tx, told)
    return statuses


async def _serve(
    tx: Transaction, orders: Sequence[CourtOrder], new: Container[UUID] = ()
) -> tuple[list[Occurrence], list[Chain]]:
    """Serve orders; tell what was taken for those that are not *new*, and what freezes, to be posted last."""
    told: list[Occurrence] = []

    async def repay(causes: Mapping[UUID, UUID]) -> None:
        told.extend(await repay_debts(tx, causes))

    taken, freezing = await rules.serve(orders, partial(post, tx), repay)
    told += [
        _told(order, MoneyHeld(amount=amount), BY_CLOCK) for order, amount in taken if amount and order.id not in new
    ]
    return told, freezing


def _told(order: CourtOrder, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, order.owner_id, order.id, actor)
