"""What onboarding does by the clock, and when a shop is handed over."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Final
from uuid import UUID

from weiji.events import Delivered
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.jobs import Job
from weiji.onboarding import operations, store
from weiji.onboarding.operations import forget_applications, void_applications

AT_ONCE: Final = 20
"""Applications whose documents are removed in one transaction: some are megabytes."""


async def forget(database: Database, limit: int) -> int:
    """Remove what was sent in with applications that were rejected or withdrawn long ago."""
    most = min(limit, AT_ONCE)
    found = most
    total = 0
    while found == most:
        async with database.read() as reader:
            due = await store.get_due_to_forget(reader, clock.now(), most)
        found = len(due)
        total += found
        for _, group in groupby(sorted(due, key=shard_of), key=shard_of):
            await database.retried(partial(_forget, shop_ids=list(group)))
    return total


async def note_kinds(database: Database, limit: int) -> int:
    """Write beside old applications who is behind their shops: their fields are sealed, so no migration could."""
    async with database.read() as reader:
        lacking = await store.get_without_kind(reader, limit)
    for _, group in groupby(sorted(lacking, key=shard_of), key=shard_of):
        await database.retried(partial(_note_kinds, shop_ids=list(group)))
    return len(lacking)


async def follow_hand_overs(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """ShopHandedOver: what the owner before sent in is removed, and the new one begins anew."""
    await void_applications(tx, sorted({delivered.event.shop_id for delivered in batch}))


async def _note_kinds(tx: Transaction, shop_ids: Sequence[UUID]) -> None:
    await operations.note_kinds(tx, shop_ids)


async def _forget(tx: Transaction, shop_ids: Sequence[UUID]) -> None:
    await forget_applications(tx, shop_ids)


JOBS: Final = (
    Job(name="onboarding.forget_applications", every=timedelta(hours=1), work=forget),
    Job(name="onboarding.note_kinds", every=timedelta(hours=1), work=note_kinds),
)
