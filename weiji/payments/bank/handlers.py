"""What happens to a statement that was held once two of the staff let it in: it is imported like any other."""

from collections.abc import Sequence
from functools import partial

from weiji.events import Delivered, Subscription
from weiji.events.payments import BankStatementReleased
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.seal import KEYS
from weiji.payments.bank import store
from weiji.payments.bank.importing import HELD_COLUMN, import_statement


class Reactions:
    """Imports what was let in. An import that was cut off is done again with no harm."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def import_released(self, database: Database, batch: Sequence[Delivered]) -> None:
        """BankStatementReleased: its lines count; the file itself is forgotten."""
        for delivered in batch:
            event: BankStatementReleased = delivered.event
            async with database.read() as reader:
                held = await store.get_held(reader, event.statement_id)
            if held is None or held.content is None:
                continue
            content = KEYS.unseal_bytes(held.content, HELD_COLUMN, held.id)
            await import_statement(database, self.batchers, held.name, content, delivered.actor, is_released=True)
            await database.retried(partial(store.forget_content, id=held.id))


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what the bank's statements hear of."""
    reactions = Reactions(batchers)
    released = (BankStatementReleased,)
    return [Subscription(name="bank.import_released", events=released, caller=reactions.import_released)]
