"""The verbs of profit sharing. Each takes an open transaction and a batch, and answers every command, in its order.

A receiver may live in another shard than the order: money goes there, and comes back, by `transit` and an event.
"""

from collections.abc import Sequence
from uuid import UUID

from weiji import escrow
from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.wire import (
    OrderUnfrozen,
    ProfitShared,
    ReceiverPut,
    ShareReturnAsked,
    ShareReturned,
    ShareReturnEnded,
)
from weiji.kit.db import Transaction
from weiji.ledger import create_transfers
from weiji.wire.complaints import get_claims
from weiji.wire.sharing import rules, store
from weiji.wire.sharing.model import (
    EndReturn,
    GiveShareBack,
    Part,
    PutReceiver,
    PutReceiverStatus,
    ReceiveShare,
    Return,
    ReturnSplit,
    ReturnState,
    ReturnStatus,
    SplitOrder,
    SplitStatus,
)
from weiji.wire.trade import MerchantOrder, get_disputed
from weiji.wire.trade.store import change_orders, lock_orders


async def put_receivers(tx: Transaction, commands: Sequence[PutReceiver]) -> list[PutReceiverStatus]:
    """Name those whom merchants may share with, or take names back. Publishes ReceiverPut."""
    await store.put_receivers(tx, commands)
    told = [
        Occurrence(
            ReceiverPut(mchid=c.mchid, account=c.account, is_removed=c.is_removed), c.shop_id, c.shop_id, c.actor
        )
        for c in commands
    ]
    await publish(tx, told)
    return [PutReceiverStatus.PUT for _ in commands]


async def split_orders(tx: Transaction, commands: Sequence[SplitOrder]) -> list[SplitStatus]:
    """Share orders' escrow with others, and give the rest to the shop where that is wanted.

    Publishes ProfitShared for each part, OrderUnfrozen for each rest.
    """
    orders = await lock_orders(tx, [command.order_id for command in commands])
    splits = await store.get_splits(tx, [command.id for command in commands])
    before = set(splits)
    pairs = {
        (orders[command.order_id].caller_mchid, wish.mchid)
        for command in commands
        if command.order_id in orders
        for wish in command.wishes
    }
    receivers = await store.get_receivers(tx, pairs)
    # Whoever complains, or books a chargeback, holds the order, too: what is asked for and disputed now is all that is.
    wished = {command.order_id for command in commands if command.wishes}
    parted = [order for id, order in orders.items() if id in wished]
    claims, disputed = await get_claims(tx, parted), await get_disputed(tx, parted)
    changed: dict[UUID, MerchantOrder] = {}
    chains: list[escrow.Chain] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        added = order.held_subsidy if order else 0
        kept = claims.get(command.order_id, 0), disputed.get(command.order_id, 0)
        status, fee = rules.judge_split(order, splits, receivers, command, tx.now, *kept)
        statuses.append(status)
        if order is None or status is not SplitStatus.CREATED:
            continue
        changed[order.id] = order
        split = splits[command.id]
        chains += rules.share_out(order, split, fee, added)
        for part in split.parts:
            shared = ProfitShared(
                share_id=part.id,
                receiver_id=part.shop_id,
                mchid=part.mchid,
                amount=part.amount,
                is_person=part.type.is_person,
                split_id=split.id,
            )
            told.append(Occurrence(shared, order.shop_id, order.id, command.actor))
        if split.released:
            unfrozen = OrderUnfrozen(amount=split.released, fee=fee)
            told.append(Occurrence(unfrozen, order.shop_id, order.id, command.actor))
    await change_orders(tx, list(changed.values()))
    await store.add_splits(tx, [split for id, split in splits.items() if id not in before])
    await escrow.post(tx, chains)
    await publish(tx, told)
    return statuses


async def receive_shares(tx: Transaction, commands: Sequence[ReceiveShare]) -> list[bool]:
    """Give shops and people what others shared with them, once for each share."""
    chains = [
        escrow.receive_share(c.order_id, c.shop_id, c.share_id, c.amount, is_person=c.is_person) for c in commands
    ]
    await escrow.post(tx, list({chain.transfers[0].id: chain for chain in chains}.values()))
    return [True for _ in commands]


async def return_splits(tx: Transaction, commands: Sequence[ReturnSplit]) -> list[ReturnStatus]:
    """Ask receivers to give back what they got; what is asked for, once. Publishes ShareReturnAsked."""
    orders = await lock_orders(tx, [command.order_id for command in commands])
    splits = await store.get_splits(tx, [command.split_id for command in commands])
    returns = await store.get_returns(tx, [command.id for command in commands])
    before = set(returns)
    changed: list[Part] = []
    told = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        split = splits.get(command.split_id) if order else None
        status, part = rules.judge_return(split, returns, command, tx.now)
        statuses.append(status)
        if order is None or part is None:
            continue
        changed.append(part)
        asked = ShareReturnAsked(return_id=command.id, receiver_id=part.shop_id, amount=command.amount)
        told.append(Occurrence(asked, order.shop_id, order.id, command.actor))
    await store.change_parts(tx, changed)
    await store.add_returns(tx, [found for id, found in returns.items() if id not in before])
    await publish(tx, told)
    return statuses


async def give_shares_back(tx: Transaction, commands: Sequence[GiveShareBack]) -> list[bool]:
    """Take back from shops what was shared with them; False: one has less to withdraw. Publishes ShareReturned."""
    chains = [escrow.return_share(c.order_id, c.shop_id, c.return_id, c.amount) for c in commands]
    opening = {account.id: account for chain in chains for account in chain.opening}
    results = await create_transfers(tx, [chain.transfers[0] for chain in chains], list(opening.values()))
    answers = [result.is_made for result in results]
    told = [
        Occurrence(
            ShareReturned(order_id=command.order_id, return_id=command.return_id, is_given=is_given),
            command.shop_id,
            command.shop_id,
            BY_SYSTEM,
        )
        for command, is_given in zip(commands, answers, strict=True)
    ]
    await publish(tx, told)
    return answers


async def end_returns(tx: Transaction, commands: Sequence[EndReturn]) -> list[bool]:
    """Bring what came back to the orders' shops. False: that was done before. Publishes ShareReturnEnded."""
    orders = await lock_orders(tx, [command.order_id for command in commands])
    returns = await store.get_returns(tx, [command.return_id for command in commands])
    splits = await store.get_splits(tx, [found.split_id for found in returns.values()])
    changed: dict[UUID, MerchantOrder] = {}
    ended: list[Return] = []
    parts: list[Part] = []
    chains: list[escrow.Chain] = []
    told = []
    answers = []
    for command in commands:
        order, found = orders[command.order_id], returns[command.return_id]
        is_new = found.state is ReturnState.PROCESSING
        answers.append(is_new)
        if not is_new:
            continue
        part = next(part for part in splits[found.split_id].parts if part.place == found.place)
        rules.end_return(order, part, found, tx.now, is_given=command.is_given)
        ended.append(found)
        parts.append(part)
        if command.is_given:
            changed[order.id] = order
            chains += rules.bring_back(order, found)
        event = ShareReturnEnded(return_id=found.id, amount=found.amount, is_given=command.is_given)
        told.append(Occurrence(event, order.shop_id, order.id, BY_SYSTEM))
    await change_orders(tx, list(changed.values()))
    await store.end_returns(tx, ended)
    await store.change_parts(tx, parts)
    await escrow.post(tx, chains)
    await publish(tx, told)
    return answers
