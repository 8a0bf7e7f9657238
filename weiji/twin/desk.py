"""What the operator does with the twin, and tells of."""

from typing import Final

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.twin import SandboxEmptied, SandboxStarted
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import first_id
from weiji.twin.beside import Twin

STREAM: Final = first_id(0, "twin")
"""Where the trail of what the operator does with the sandbox is."""


async def empty_twin(database: Database, twin: Twin, actor: Actor) -> bool:
    """Empty the sandbox, if this process runs it; tell whether. Publishes SandboxEmptied."""
    if not await twin.empty():
        return False

    await _tell(database, SandboxEmptied(), actor)
    return True


async def start_twin(database: Database, twin: Twin, actor: Actor) -> None:
    """Start the sandbox, if this process runs it and it does not run. Publishes SandboxStarted."""
    if twin.want():
        await _tell(database, SandboxStarted(), actor)


async def _tell(database: Database, event: Event, actor: Actor) -> None:
    async def tell(tx: Transaction) -> None:
        await publish(tx, [Occurrence(event, STREAM, STREAM, actor)])

    await database.retried(tell)
