"""The verbs of listeners. Each takes an open transaction and a batch, and answers every command, in its order."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.wire import ComplaintListenerPut
from weiji.kit.db import Transaction
from weiji.wire.complaints import rules, store
from weiji.wire.complaints.model import PutListener, PutListenerStatus
from weiji.wire.keys import lock_merchants


async def put_listeners(tx: Transaction, commands: Sequence[PutListener]) -> list[PutListenerStatus]:
    """Say where merchants want to be told of complaints. Publishes ComplaintListenerPut where that is another now."""
    # The merchant's row is held: whoever changes its listener takes turns, whether or not there is one yet.
    await lock_merchants(tx, [command.shop_id for command in commands])
    mchids = [command.mchid for command in commands]
    before = {each.mchid: each.url for each in await store.get_listeners(tx, mchids)}
    after = dict(before)
    shops = {command.mchid: command.shop_id for command in commands}
    statuses = []
    told = []
    for command in commands:
        was = after.get(command.mchid)
        statuses.append(rules.judge_put(after, command))
        if after.get(command.mchid) != was:
            event = ComplaintListenerPut(mchid=command.mchid, url=after.get(command.mchid))
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.put_listeners(
        tx, [(mchid, shops[mchid], url) for mchid, url in after.items() if before.get(mchid) != url]
    )
    await store.remove_listeners(tx, [mchid for mchid in before if mchid not in after])
    await publish(tx, told)
    return statuses
