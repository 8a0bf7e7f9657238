"""The ledger in PostgreSQL as examples, workloads and drills want one: with a clock of theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from tests.ledger.examples import Counters
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS
from weiji.ledger import create_accounts, create_transfers, expire_pending
from weiji.ledger.model import Account, AccountFlags, AccountStatus, Transfer, TransferResult
from weiji.ledger.operations import EPOCH

ONE_LANE: Final = "update kit.installation set lanes = 1"
"""Events on purpose in shards where they don't belong would else be in another lane, which a batch never is."""


def moment(micros: int) -> datetime:
    """Turn microseconds since 1970 into a moment."""
    return EPOCH + timedelta(microseconds=micros)


class StoredLedger:
    """One lane of the ledger, in a transaction that stays open, or else each step in one of its own."""

    def __init__(self, place: Transaction | Database) -> None:
        self.place = place
        self.expired_until = 0

    async def create_accounts(self, events: Sequence[Account], clock: int) -> list[AccountStatus]:
        if isinstance(self.place, Transaction):
            self.place.now = moment(clock)
            return await create_accounts(self.place, events)
        async with self.place.transaction() as tx:
            tx.now = moment(clock)
            return await create_accounts(tx, events)

    async def create_transfers(self, events: Sequence[Transfer], clock: int) -> list[TransferResult]:
        if isinstance(self.place, Transaction):
            self.place.now = moment(clock)
            return await create_transfers(self.place, events)
        async with self.place.transaction() as tx:
            tx.now = moment(clock)
            return await create_transfers(tx, events)

    async def expire_pending(self, clock: int) -> list[UUID]:
        if isinstance(self.place, Transaction):
            return await self._expire(self.place, clock)
        async with self.place.transaction() as tx:
            return await self._expire(tx, clock)

    async def _expire(self, tx: Transaction, clock: int) -> list[UUID]:
        tx.now = moment(clock)
        count = await expire_pending(tx, list(range(SHARDS)), 10_000)
        rows = await tx.connection.fetch(
            "select pending_id, timestamp from ledger.transfers where flags & 1024 <> 0 and timestamp > $1"
            " order by timestamp",
            self.expired_until,
        )
        assert len(rows) == count
        if rows:
            self.expired_until = rows[-1]["timestamp"]
        return [row["pending_id"] for row in rows]

    async def accounts(self) -> list[asyncpg.Record]:
        """Read every account, past the operations."""
        query = "select * from ledger.accounts"
        if isinstance(self.place, Transaction):
            return list(await self.place.connection.fetch(query))
        return list(await self.place.pool.fetch(query))

    async def balances(self) -> Mapping[UUID, Counters]:
        return {
            row["id"]: (row["debits_pending"], row["debits_posted"], row["credits_pending"], row["credits_posted"])
            for row in await self.accounts()
        }

    async def account_flags(self) -> Mapping[UUID, AccountFlags]:
        return {row["id"]: AccountFlags(row["flags"]) for row in await self.accounts()}


async def set_one_lane(url: str) -> None:
    """Put all shards of an empty installation into one lane."""
    connection = await asyncpg.connect(url)
    await connection.execute(ONE_LANE)
    await connection.close()
