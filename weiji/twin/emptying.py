"""What page and API share of emptying the twin."""

from typing import Final

from weiji.events import Actor, Occurrence, publish
from weiji.events.twin import SandboxEmptied
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import first_id
from weiji.twin.beside import Twin

STREAM: Final = first_id(0, "twin")
"""Where the trail of what the operator does with the sandbox is."""


async def empty_twin(database: Database, twin: Twin, actor: Actor) -> bool:
    """Empty the sandbox, if this process runs it; tell whether. Publishes SandboxEmptied."""
    if not await twin.empty():
        return False

    async def tell(tx: Transaction) -> None:
        await publish(tx, [Occurrence(SandboxEmptied(), STREAM, STREAM, actor)])

    await database.retried(tell)
    return True
