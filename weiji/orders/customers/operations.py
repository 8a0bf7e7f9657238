"""The verbs of customers. Each takes an open transaction and a batch, and answers every command.

Locks: consents, in the order of shop and person; then the heads of streams. Two who agree at once for the first time
write the same row, of which one finds the other's: the contact of the later one stands.
"""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.customers import ContactGiven, ContactWithdrawn
from weiji.kit.db import Transaction
from weiji.orders.customers import store
from weiji.orders.customers.model import (
    GiveContact,
    GiveContactStatus,
    WithdrawContact,
    WithdrawContactStatus,
)


async def give_contacts(tx: Transaction, commands: Sequence[GiveContact]) -> list[GiveContactStatus]:
    """Let shops keep how to reach their buyers. Results are in the order of *commands*. Publishes ContactGiven."""
    ids = [command.order_id for command in commands]
    orders = await store.get_orders(tx, set(ids))
    state = await store.lock_consents(tx, store.keys_of(orders, ids), orders)
    before = dict(state.consents)
    statuses, told = [], []
    for command in commands:
        status = state.give(command)
        statuses.append(status)
        if status is GiveContactStatus.GIVEN:
            person_id = orders[command.order_id].buyer_id
            event = ContactGiven(person_id=person_id, order_id=command.order_id, text_version=command.text_version)
            told.append(Occurrence(event, command.shop_id, person_id, command.actor))
    await store.write_consents(tx, before, state)
    await publish(tx, told)
    return statuses


async def withdraw_contacts(tx: Transaction, commands: Sequence[WithdrawContact]) -> list[WithdrawContactStatus]:
    """Have shops forget how to reach people. Results are in the order of *commands*. Publishes ContactWithdrawn."""
    state = await store.lock_consents(tx, [(command.shop_id, command.person_id) for command in commands], {})
    before = dict(state.consents)
    statuses, told = [], []
    for command in commands:
        status = state.withdraw(command)
        statuses.append(status)
        if status is WithdrawContactStatus.WITHDRAWN:
            event = ContactWithdrawn(person_id=command.person_id)
            told.append(Occurrence(event, command.shop_id, command.person_id, command.actor))
    await store.write_consents(tx, before, state)
    await publish(tx, told)
    return statuses
