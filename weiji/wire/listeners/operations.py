"""The verbs of listeners. Each takes an open transaction and a batch, and answers every command, in its order."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.wire import ListenerPut
from weiji.kit.db import Transaction
from weiji.wire.keys import lock_merchants
from weiji.wire.listeners import rules, store
from weiji.wire.listeners.model import NoteStockApp, NoteStockAppStatus, PutListener, PutListenerStatus


async def note_stock_apps(tx: Transaction, commands: Sequence[NoteStockApp]) -> list[NoteStockAppStatus]:
    """Note by which app's names merchants are told who has coupons of stocks. Publishes nothing."""
    added = await store.add_stock_apps(tx, list({each.campaign_id: each for each in reversed(commands)}.values()))
    there = await store.get_stock_apps(tx, [(each.campaign_id, each.shop_id) for each in commands])
    statuses = []
    for command in commands:
        if there[command.campaign_id] != command.appid:
            statuses.append(NoteStockAppStatus.EXISTS_WITH_DIFFERENT_APP)
        elif command.campaign_id in added:
            added.remove(command.campaign_id)  # The next one says it again.
            statuses.append(NoteStockAppStatus.NOTED)
        else:
            statuses.append(NoteStockAppStatus.EXISTS)
    return statuses


async def put_listeners(tx: Transaction, commands: Sequence[PutListener]) -> list[PutListenerStatus]:
    """Say where merchants want to be told. Publishes ListenerPut where that is another address now."""
    # The merchant's row is held: whoever changes its listeners takes turns, whether or not there are any yet.
    await lock_merchants(tx, [command.shop_id for command in commands])
    keys = [(command.mchid, command.topic) for command in commands]
    before = {(each.mchid, each.topic): (each.url, each.key_id) for each in await store.get_listeners(tx, keys)}
    after = dict(before)
    shops = {command.mchid: command.shop_id for command in commands}
    statuses = []
    told = []
    for command in commands:
        key = command.mchid, command.topic
        was = after.get(key)
        statuses.append(rules.judge_put(after, command))
        url = _url(after.get(key))
        if url != _url(was):
            event = ListenerPut(mchid=command.mchid, topic=command.topic.value, url=url)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.put_listeners(
        tx, [(*key, shops[key[0]], *place) for key, place in after.items() if before.get(key) != place]
    )
    await store.remove_listeners(tx, [key for key in before if key not in after])
    await publish(tx, told)
    return statuses


def _url(place: rules.Place | None) -> str | None:
    return place[0] if place else None
