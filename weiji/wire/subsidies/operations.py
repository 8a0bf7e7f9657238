"""The verbs of subsidies. Each takes an open transaction and a batch, and answers every command, in its order.

Who pays may live in another shard than the order: money goes there, and comes back, by `transit` and an event.
"""

from collections.abc import Sequence
from uuid import UUID

from weiji import escrow
from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.wire import SubsidyDeclined, SubsidyGiven, SubsidyReceived, SubsidyReturned
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.ledger import create_transfers
from weiji.wire.subsidies import rules, store
from weiji.wire.subsidies.model import (
    DeclineStatus,
    DeclineSubsidy,
    GiveSubsidy,
    GiveSubsidyStatus,
    ReceiveSubsidy,
    ReturnSubsidy,
    ReturnSubsidyStatus,
    Subsidy,
    SubsidyReturn,
    TakeSubsidyBack,
    subsidy_id_of,
)
from weiji.wire.trade import MerchantOrder, get_refunds
from weiji.wire.trade.store import change_orders, lock_orders
from weiji.wire.turns import next_turn


async def give_subsidies(tx: Transaction, commands: Sequence[GiveSubsidy]) -> list[GiveSubsidyStatus]:
    """Take what service providers add to orders from what they may withdraw. Publishes SubsidyGiven."""
    statuses: list[GiveSubsidyStatus] = []
    told: list[Occurrence] = []
    while len(statuses) < len(commands):
        some = next_turn(commands[len(statuses) :], lambda command: command.id)
        found = await store.get_subsidies(tx, [command.id for command in some])
        answers = [rules.judge_give(found.get(command.id), command) for command in some]
        new = [c for c, answer in zip(some, answers, strict=True) if answer is GiveSubsidyStatus.CREATED]
        made = await _post(
            tx,
            # Tried under another number, it is another transfer: one that was refused is refused for ever.
            [escrow.give_subsidy(c.order_id, c.payer_id, derive(c.id, "given", c.number, c.amount), c.amount)
             for c in new],
        )  # fmt: skip
        given = {command.id for command, is_made in zip(new, made, strict=True) if is_made}
        subsidies = [
            Subsidy(
                id=c.id,
                payer_id=c.payer_id,
                mchid=c.mchid,
                order_id=c.order_id,
                number=c.number,
                amount=c.amount,
                description=c.description,
                created_at=tx.now,
            )
            for c in new
            if c.id in given
        ]
        await store.add_subsidies(tx, subsidies)
        for command, answer in zip(some, answers, strict=True):
            if answer is GiveSubsidyStatus.CREATED and command.id not in given:
                statuses.append(GiveSubsidyStatus.INSUFFICIENT_FUNDS)
                continue
            statuses.append(answer)
            if answer is GiveSubsidyStatus.CREATED:
                event = SubsidyGiven(
                    subsidy_id=command.id, order_id=command.order_id, shop_id=command.shop_id, amount=command.amount
                )
                told.append(Occurrence(event, command.payer_id, command.payer_id, command.actor))
    await publish(tx, told)
    return statuses


async def _post(tx: Transaction, chains: Sequence[escrow.Chain]) -> list[bool]:
    """Post chains of one transfer that may be refused; tell which were made."""
    if not chains:
        return []
    opening = {account.id: account for chain in chains for account in chain.opening}
    results = await create_transfers(tx, [chain.transfers[0] for chain in chains], list(opening.values()))
    return [result.is_made for result in results]


async def receive_subsidies(tx: Transaction, commands: Sequence[ReceiveSubsidy]) -> list[bool]:
    """Take what was added into its orders; False: one has it. Publishes SubsidyReceived."""
    orders = await lock_orders(tx, [command.order_id for command in commands])
    changed: dict[UUID, MerchantOrder] = {}
    chains: list[escrow.Chain] = []
    told = []
    answers = []
    for command in commands:
        order = orders[command.order_id]
        answers.append(rules.receive(order, command, tx.now))
        if not answers[-1]:
            continue
        changed[order.id] = order
        chains += rules.bring(order, command)
        event = SubsidyReceived(
            subsidy_id=command.subsidy_id, amount=command.amount, is_released=bool(order.subsidy_released)
        )
        told.append(Occurrence(event, order.shop_id, order.id, BY_SYSTEM))
    await change_orders(tx, list(changed.values()))
    await escrow.post(tx, chains)
    await publish(tx, told)
    return answers


async def decline_subsidies(tx: Transaction, commands: Sequence[DeclineSubsidy]) -> list[DeclineStatus]:
    """Note that service providers add nothing to orders. Publishes SubsidyDeclined."""
    orders = await lock_orders(tx, [command.order_id for command in commands])
    changed: dict[UUID, MerchantOrder] = {}
    told = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        was_declined = order is not None and order.subsidy_declined_at is not None
        status = rules.judge_decline(order, command, tx.now)
        statuses.append(status)
        if order is not None and status is DeclineStatus.DECLINED and not was_declined:
            changed[order.id] = order
            told.append(Occurrence(SubsidyDeclined(), order.shop_id, order.id, command.actor))
    await change_orders(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def return_subsidies(tx: Transaction, commands: Sequence[ReturnSubsidy]) -> list[ReturnSubsidyStatus]:
    """Send subsidies back, or parts of them: from escrow, or from the shop that had them. Publishes SubsidyReturned."""
    orders = await lock_orders(tx, [command.order_id for command in commands])
    returns = await store.get_subsidy_returns(tx, [command.id for command in commands])
    named = {command.refund_id for command in commands if command.refund_id is not None}
    refunds = await get_refunds(tx, named) if named else {}
    answered = await store.list_answered_refunds(tx, list(refunds)) if refunds else set()
    statuses: list[ReturnSubsidyStatus] = []
    changed: dict[UUID, MerchantOrder] = {}
    new: list[SubsidyReturn] = []
    told = []
    while len(statuses) < len(commands):
        some = next_turn(commands[len(statuses) :], lambda command: command.order_id)
        answers = [
            rules.judge_return(
                orders.get(command.order_id),
                returns,
                refunds,
                answered,
                subsidy_id_of(command.payer_id, command.order_id),
                command,
            )
            for command in some
        ]
        asked = [c for c, answer in zip(some, answers, strict=True) if answer is ReturnSubsidyStatus.CREATED]
        made = await _post(tx, [rules.send_back(orders[command.order_id], command) for command in asked])
        given = {command.id for command, is_made in zip(asked, made, strict=True) if is_made}
        for command, answer in zip(some, answers, strict=True):
            if answer is ReturnSubsidyStatus.CREATED and command.id not in given:
                statuses.append(ReturnSubsidyStatus.INSUFFICIENT_FUNDS)
                continue
            statuses.append(answer)
            if answer is not ReturnSubsidyStatus.CREATED:
                continue
            order = changed[command.order_id] = orders[command.order_id]
            order.subsidy_returned += command.amount
            returns[command.id] = _returned(command, order, tx)
            new.append(returns[command.id])
            if command.refund_id is not None:
                answered.add(command.refund_id)
            event = SubsidyReturned(return_id=command.id, payer_id=command.payer_id, amount=command.amount)
            told.append(Occurrence(event, order.shop_id, order.id, command.actor))
    await change_orders(tx, list(changed.values()))
    await store.add_subsidy_returns(tx, new)
    await publish(tx, told)
    return statuses


def _returned(command: ReturnSubsidy, order: MerchantOrder, tx: Transaction) -> SubsidyReturn:
    assert order.subsidy_id, "it was judged so"
    return SubsidyReturn(
        id=command.id,
        subsidy_id=order.subsidy_id,
        order_id=order.id,
        payer_id=command.payer_id,
        number=command.number,
        refund_id=command.refund_id,
        amount=command.amount,
        description=command.description,
        created_at=tx.now,
    )


async def take_subsidies_back(tx: Transaction, commands: Sequence[TakeSubsidyBack]) -> list[bool]:
    """Give service providers again what went back to them, once for each return."""
    chains = [escrow.take_subsidy_back(c.order_id, c.payer_id, c.return_id, c.amount) for c in commands]
    await escrow.post(tx, list({chain.transfers[0].id: chain for chain in chains}.values()))
    return [True for _ in commands]
