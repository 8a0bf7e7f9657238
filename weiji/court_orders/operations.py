"""The verbs of court orders. Each takes an open transaction and a batch of one lane, and answers every command.

Whoever calls has seen to it that two of the staff agreed (`approvals`); only the sweep goes by the clock. Locks: court
orders in id order, then accounts, then the heads of streams.
"""

from collections.abc import Sequence
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
from weiji.escrow import Chain, post
from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.court_orders import CourtOrderExecuted, CourtOrderObeyed, CourtOrderReleased, MoneyHeld
from weiji.kit.db import Transaction


async def obey_court_orders(tx: Transaction, commands: Sequence[ObeyCourtOrder]) -> list[CourtOrderStatus]:
    """Hold money as courts ordered: at once what is there, the rest as it comes. Publishes CourtOrderObeyed."""
    found = await store.lock_court_orders(tx, [command.id for command in commands])
    made: dict[UUID, CourtOrder] = {}
    actors: dict[UUID, Actor] = {}
    statuses = []
    for command in commands:
        if command.id in found or command.id in made:
            statuses.append(CourtOrderStatus.EXISTS)
            continue
        made[command.id] = rules.new_order(command, tx.now)
        actors[command.id] = command.actor
        statuses.append(CourtOrderStatus.DONE)
    await _take(tx, list(made.values()))
    await store.add_court_orders(tx, list(made.values()))
    told = []
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
    """Take what came in since, up to what was ordered; the order that came first, first. Publishes MoneyHeld."""
    found = await store.lock_court_orders(tx, [command.court_order_id for command in commands])
    wanted = {command.court_order_id: None for command in commands}
    active = [found[id] for id in wanted if id in found and found[id].ended_at is None and found[id].missing != 0]
    active.sort(key=lambda order: (order.obeyed_at, order.id))
    before = {order.id: order.taken for order in active}
    await _take(tx, active)
    taken = [order for order in active if order.taken > before[order.id]]
    await store.change_court_orders(tx, active)
    await publish(tx, [_told(order, MoneyHeld(amount=order.taken - before[order.id]), BY_CLOCK) for order in taken])
    return [
        CourtOrderStatus.COURT_ORDER_NOT_FOUND
        if command.court_order_id not in found
        else CourtOrderStatus.DONE
        if command.court_order_id in before
        else CourtOrderStatus.ENDED
        for command in commands
    ]


async def execute_court_orders(tx: Transaction, commands: Sequence[ExecuteCourtOrder]) -> list[CourtOrderStatus]:
    """Pay what is held to courts. Publishes CourtOrderExecuted."""
    found = await store.lock_court_orders(tx, [command.court_order_id for command in commands])
    executed = await store.get_executions(tx, [command.id for command in commands])
    chains: list[Chain] = []
    added: list[ExecuteCourtOrder] = []
    told: list[Occurrence] = []
    changed: dict[UUID, CourtOrder] = {}
    statuses = []
    for command in commands:
        order = found.get(command.court_order_id)
        status, chain = rules.judge_execution(order, executed, command, tx.now)
        statuses.append(status)
        if order is not None and chain is not None:
            executed.add(command.id)
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
    """Let go of what is held, and take nothing more. Publishes CourtOrderReleased."""
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
            chains += [chain] if chain else []
            changed[order.id] = order
            told.append(_told(order, CourtOrderReleased(amount=held, number=command.number), command.actor))
    await store.change_court_orders(tx, list(changed.values()))
    await post(tx, chains)
    await publish(tx, told)
    return statuses


async def _take(tx: Transaction, orders: Sequence[CourtOrder]) -> None:
    """Take for each order what there is; of two about the same money the first takes first."""
    chains = [rules.take(order) for order in orders]
    for order, amount in zip(orders, await post(tx, chains), strict=True):
        rules.note_taken(order, amount)


def _told(order: CourtOrder, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, order.owner_id, order.id, actor)
