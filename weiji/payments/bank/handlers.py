"""What happens to files that were held: those that two of the staff let in are imported like any other."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from weiji.events import Delivered, Subscription
from weiji.events.payments import BankStatementReleased
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.payments.bank import store
from weiji.payments.bank.holding import KEPT_FOR, content_of
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankImportResult, BankImportStatus, FileKind
from weiji.payments.bank.reading import StatementUnreadable, read_reason
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.model import BankReturnsResult, BankReturnsStatus

FORGET_EVERY: Final = timedelta(hours=1)


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
            content = content_of(held) if held is not None else None
            if held is None or content is None or held.released_at is None:
                continue
            name, actor, agreed = held.name, delivered.actor, held.amount
            result: BankReturnsResult | BankImportResult
            if held.kind is FileKind.RETURNS:
                result = await import_returns(database, self.batchers, name, content, actor, agreed=agreed)
                returns = result.returns
            else:
                result = await import_statement(database, self.batchers, name, content, actor, agreed=agreed)
                returns = None
            if result.reason:
                # It was read when it was held. Two have let it in: it is kept until it is understood again.
                raise StatementUnreadable(*read_reason(result.reason))
            if result.status in (BankImportStatus.HELD, BankReturnsStatus.HELD):
                continue  # Two are asked again.
            await database.retried(partial(store.finish, id=held.id, returns=returns))


async def forget_waiting(database: Database, limit: int) -> int:
    """Forget files that nobody let in within days: they have the numbers of people's accounts."""
    async with database.transaction() as tx:
        ids = await store.list_waiting_since(tx, tx.now - KEPT_FOR, limit)
        await store.drop(tx, dict.fromkeys(ids, tx.now))
    return len(ids)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what the bank's statements hear of."""
    reactions = Reactions(batchers)
    released = (BankStatementReleased,)
    return [Subscription(name="bank.import_released", events=released, caller=reactions.import_released)]


def jobs() -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name="bank.forget_waiting", every=FORGET_EVERY, work=forget_waiting)]
