"""The verbs of combined orders. Each takes an open transaction and a batch, and answers every command, in its order.

A combined order has no money: its payment has a part for each order, and each order takes its own.
"""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.wire import CombinedOrderPlaced
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.webhooks import queue_messages
from weiji.wire.combined import rules, store
from weiji.wire.combined.model import (
    CombinedOrder,
    EndCombinedOrder,
    EndCombinedStatus,
    PlaceCombinedOrder,
    PlaceCombinedResult,
    PlaceCombinedStatus,
)
from weiji.wire.notices import notice


async def place_combined_orders(tx: Transaction, commands: Sequence[PlaceCombinedOrder]) -> list[PlaceCombinedResult]:
    """Make combined orders; one whose number was used is the one that there is. Publishes CombinedOrderPlaced."""
    combined = await store.lock_combined(tx, [command.id for command in commands])
    before = set(combined)
    results = [rules.judge_place(combined, command, tx.now) for command in commands]
    await store.add_combined(tx, [found for id, found in combined.items() if id not in before])
    told = [
        Occurrence(
            CombinedOrderPlaced(mchid=c.mchid, number=c.number, order_ids=tuple(line.order_id for line in c.lines)),
            c.shop_id,
            c.id,
            c.actor,
        )
        for c, result in zip(commands, results, strict=True)
        if result.status is PlaceCombinedStatus.CREATED
    ]
    await publish(tx, told)
    return results


async def end_combined_orders(tx: Transaction, commands: Sequence[EndCombinedOrder]) -> list[EndCombinedStatus]:
    """Note that combined orders have ended; the merchants of those that were paid are told, once for each."""
    combined = await store.lock_combined(tx, [command.combined_id for command in commands])
    changed: list[CombinedOrder] = []
    messages = []
    statuses = []
    for command in commands:
        found = combined.get(command.combined_id)
        status = rules.judge_end(found, command, tx.now)
        statuses.append(status)
        if found is None or status is not EndCombinedStatus.ENDED:
            continue
        changed.append(found)
        if found.is_paid:
            messages.append(
                notice(
                    derive(found.id, "notice", "paid"),
                    found.shop_id,
                    found.mchid,
                    found.id,
                    type="TRANSACTION.SUCCESS",
                    original_type="transaction",
                    summary="支付成功",
                    url=found.notify_url,
                    resource=command.resource,
                    key_id=found.key_id,
                )
            )
    await store.end_combined(tx, changed)
    await queue_messages(tx, messages)
    return statuses
