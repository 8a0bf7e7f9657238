"""Proves the books: replays every batch against its hash, and every counter, hold and snapshot against the transfers.

Time and memory grow with the number of transfers and of accounts; nothing is locked. One repeatable snapshot is read,
so that it may run while money moves.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing
from operator import itemgetter
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Database, Reader, Row
from weiji.kit.ids import SHARD_MASK, SHARDS, shard_of
from weiji.kit.sql import Statement
from weiji.ledger import chain
from weiji.ledger.bits import (
    AT_CREATION,
    CLOSING_CREDIT,
    CLOSING_DEBIT,
    EXPIRED,
    FREEZING_CREDIT,
    FREEZING_DEBIT,
    FROZEN_CREDITS,
    FROZEN_DEBITS,
    HISTORY,
    HOLD_EXPIRED,
    HOLD_PENDING,
    HOLD_POSTED,
    HOLD_VOIDED,
    PENDING,
    POST,
)
from weiji.ledger.operations import END_OF_TIME, START_OF_TIME, to_micros
from weiji.ledger.rules import SECOND, account_flags
from weiji.ledger.store import SQL

T = TypeVar("T")

ROWS: Final = 20_000
"""Rows of history that are read at once, about."""

PATIENCE: Final = 3_600.0
"""Seconds that a statement of a verification may take: one looks at the keys of every row there is, at 0.6 µs each, and
nobody waits for it."""

DEFECTS: Final = 20
"""Defects that are named; after the first few, the rest follow from them."""


class Defect(Struct, frozen=True):
    """Something in the books that is not as it was written."""

    where: str
    what: str


class Report(Struct):
    """What a verification found. The books are proved when `defects` is empty."""

    batches: int = 0
    transfers: int = 0
    accounts: int = 0
    signatures: int = 0
    defects: list[Defect] = []

    @property
    def is_proved(self) -> bool:
        """Whether nothing is wrong."""
        return not self.defects


async def verify(database: Database, keys: Collection[bytes] = ()) -> Report:
    """Replay the chain of every lane and compare every counter, hold and snapshot; name what is wrong, first row first.

    *keys* are the public keys that heads may be signed with. Without them a signature only has to be one of the key
    that stands beside it, which whoever can rewrite the chain can make.
    """
    async with (
        database.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await audit(Reader(connection, PATIENCE), keys)


async def _ahead(pages: AsyncIterator[T]) -> AsyncGenerator[T]:
    """Give what is read, page by page, and read the next meanwhile: the database and the program are busy at once."""

    async def read() -> T | None:
        return await anext(pages, None)

    task = asyncio.create_task(read())
    try:
        while (page := await task) is not None:
            task = asyncio.create_task(read())
            yield page
    finally:
        # A statement that was broken off would end the transaction, in which others are to be read.
        await asyncio.wait([task])
        _ = task.cancelled() or task.exception()  # It is not missed: nobody asked for the page any more.


async def audit(reader: Reader, keys: Collection[bytes] = ()) -> Report:
    """Verify as `verify` does, in a transaction of the caller's, in which nothing changes meanwhile."""
    return await _Audit(reader, frozenset(keys)).run()


Entry: TypeAlias = Row | tuple[int, int, bytes]
"""A row of the history: its time, the shard where it lies, and its record, which is what the hash covers of it."""


class _Page(Struct, frozen=True):
    """A stretch of a lane's chain, with all that there is of its time."""

    batches: list[Row]
    history: list[Entry]
    snapshots: list[Row]
    transfers: int
    accounts: int


_ACCOUNT, _TRANSFER, _ = chain.NAMES


def _named(record: bytes) -> str:
    return f"{chain.NAMES[record[0]]} {chain.id_of(record)}"


class _Replay:
    """Counters and holds as the history makes them; ids are the bytes of its records."""

    def __init__(self) -> None:
        self.accounts: dict[bytes, list[int]] = {}
        """Of each its flags, and what `read_counters` reads."""
        self.holds: dict[bytes, tuple[int, int]] = {}
        """Of each its amount and flags."""
        self.states: dict[bytes, tuple[int, int | None, bytes | None]] = {}

    def apply(self, records: list[bytes], touched: set[bytes]) -> Iterator[tuple[bytes, str]]:
        """Apply records; say of each that can't be what is wrong. What keeps snapshots is added to *touched*."""
        accounts = self.accounts
        for record in records:
            if record[0] != _TRANSFER:
                if record[0] == _ACCOUNT:
                    accounts[record[9:25]] = [chain.flags_of_account(record), 0, 0, 0, 0]
                continue
            time, id, debit_id, credit_id, amount, pending_id, timeout, flags = chain.read_transfer(record)
            debit, credit = accounts.get(debit_id), accounts.get(credit_id)
            if debit is None or credit is None:
                yield record, "it names an account that was not open yet"
                continue
            if pending_id != chain.ABSENT:
                if not self._resolve(id, amount, flags, pending_id, debit, credit):
                    yield record, "it resolves a hold that is not there, or was resolved before"
                    continue
            elif flags & PENDING:
                debit[1] += amount
                credit[3] += amount
                debit[0] |= account_flags(flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
                credit[0] |= account_flags(flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
                self.holds[id] = (amount, flags)
                self.states[id] = (HOLD_PENDING, time + timeout * SECOND if timeout else None, None)
            else:
                debit[2] += amount
                credit[4] += amount
            if debit[0] & HISTORY:
                touched.add(debit_id)
            if credit[0] & HISTORY:
                touched.add(credit_id)

    def _resolve(
        self, id: bytes, amount: int, flags: int, pending_id: bytes, debit: list[int], credit: list[int]
    ) -> bool:
        hold = self.holds.pop(pending_id, None)
        if hold is None:
            return False
        held, hold_flags = hold
        debit[1] -= held
        credit[3] -= held
        if flags & POST:
            debit[2] += amount
            credit[4] += amount
        else:
            debit[0] &= ~account_flags(hold_flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
            credit[0] &= ~account_flags(hold_flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
        state = HOLD_POSTED if flags & POST else HOLD_EXPIRED if flags & EXPIRED else HOLD_VOIDED
        self.states[pending_id] = (state, self.states[pending_id][1], id)
        return True


class _Audit:
    """One verification."""

    def __init__(self, reader: Reader, keys: frozenset[bytes]) -> None:
        self.reader = reader
        self.keys = keys
        self.report = Report(defects=[])
        self.replay = _Replay()
        self.signatures: dict[tuple[int, int], Row] = {}
        self.broken: set[int] = set()
        """Lanes that were not followed to their end."""

    def add(self, where: str, what: str) -> None:
        """Note a defect, of as many as are named."""
        if len(self.report.defects) < DEFECTS:
            self.report.defects.append(Defect(where, what))

    async def run(self) -> Report:
        """Look at everything."""
        lanes = await self.reader.value(SQL.get_lanes)
        for row in await self.reader.rows(SQL.read_signatures):
            if (row["lane"], row["batch"]) in self.signatures:
                self.add(f"lane {row['lane']}, batch {row['batch']}", "it is signed twice")
            self.signatures[row["lane"], row["batch"]] = row
        heads = await self.reader.rows(SQL.read_heads)
        if [head["lane"] for head in heads] != list(range(SHARDS)):
            missing = set(range(SHARDS)) - {head["lane"] for head in heads}
            self.add(f"heads of lanes {missing or ''}", "they are not there, each once")
        # A month is closed in all lanes at once.
        closed_until = Counter(head["closed_until"] for head in heads).most_common(1)[0][0] if heads else 0
        for head in heads:
            lane: int = head["lane"]
            closed_batch_max = head["batch"] if closed_until else 0
            if head["closed_until"] != closed_until or not 0 <= head["closed_batch"] <= closed_batch_max:
                self.add(f"lane {lane}", f"its head says that the books are closed until {head['closed_until']}")
            if 0 <= lane < lanes:
                await _LaneAudit(self, lane, lanes).run(head)
            elif [*head.values()][1:5] != [0, 0, chain.genesis(lane), 0]:
                self.add(f"lane {lane}", "nothing was ever written in it, and its head says otherwise")
        for lane, batch in self.signatures:
            if lane not in self.broken:
                self.add(f"lane {lane}, batch {batch}", "it was signed, and is not there")
        for row in await self.reader.rows(SQL.find_strays, lanes, DEFECTS):
            self.add(f"{row['kind']} {row['id']}", "it is in a shard or lane that does not exist")
        if not self.report.defects:  # A history that is wrong gives counters that are: they would tell nothing new.
            await self._compare_counters()
        return self.report

    async def _compare_counters(self) -> None:
        accounts, states = self.replay.accounts, self.replay.states
        async for row in self._pages(SQL.read_counters):
            _, id, *there = row
            counters = accounts.pop(id.bytes, None)
            if counters != there:
                self.add(f"account {id}", f"its flags and counters are {there}, its transfers give {counters}")
        async for row in self._pages(SQL.read_holds):
            shard, id, state, expires_at, resolved_by = row
            given = states.pop(id.bytes, None)
            if given is None or shard_of(id) != shard:
                self.add(f"hold {id}", "it is not in the history, or not in this shard")
            elif given != (state, expires_at, resolved_by and resolved_by.bytes):
                self.add(f"hold {id}", "its state is not what its history gives")
        for gone in states:
            self.add(f"hold {UUID(bytes=gone)}", "it is in the history, and its row is gone")

    async def _pages(self, statement: Statement) -> AsyncIterator[Row]:
        """Read a table page by page, in the order of its key."""
        after: tuple[int, UUID] = (-1, UUID(int=0))
        while rows := await self.reader.rows(statement, *after, ROWS):
            for row in rows:
                yield row
            after = (rows[-1]["shard"], rows[-1]["id"])


class _LaneAudit:
    """The verification of one lane: its chain, and what the batches of it say."""

    def __init__(self, audit: _Audit, lane: int, lanes: int) -> None:
        self.audit = audit
        self.lane = lane
        self.lanes = lanes
        self.shards = list(range(lane, SHARDS, lanes))
        self.number = 0
        self.hash = chain.genesis(lane)
        self.last_time = START_OF_TIME
        self.signed_batch = 0
        self.snapshots: dict[tuple[bytes, int], list[int]] = {}

    @property
    def is_broken(self) -> bool:
        return self.lane in self.audit.broken

    def add(self, where: str, what: str) -> None:
        self.audit.broken.add(self.lane)
        self.audit.add(f"lane {self.lane}, {where}", what)

    async def run(self, head: Row) -> None:
        """Follow the chain from its beginning to its end, or to the first batch that is wrong."""
        async with aclosing(_ahead(self._read_chain())) as pages:
            async for page in pages:
                await self._follow_page(page)
                if self.is_broken:
                    return
        last_time = self.last_time if self.number else 0
        if (self.number, last_time, self.hash) != (head["batch"], head["timestamp"], head["hash"]):
            self.add(
                f"batch {self.number}",
                f"the chain ends here, at {last_time}; its head says batch {head['batch']} at {head['timestamp']},"
                " or has another hash",
            )
        if self.signed_batch != head["signed_batch"]:
            self.add(f"batch {head['signed_batch']}", "its signature is gone, or its head says what is not so")
        # After the chain's end: a batch that is gone may leave more rows behind than a report has room for.
        rest = await self._read_page([], self._after(), END_OF_TIME)
        self._count(rest)
        for _, _, record in rest.history:
            self.add(_named(record), "it is in no batch")
        self._compare_snapshots(rest.snapshots)

    def _after(self) -> int:
        return self.last_time + 1 if self.number else START_OF_TIME

    async def _read_chain(self) -> AsyncIterator[_Page]:
        """Read the chain from its beginning, a stretch at a time, as if none of it was wrong."""
        number, begin = 0, START_OF_TIME
        while batches := await self.audit.reader.rows(SQL.read_batches, self.lane, number, ROWS):
            end = max(batch["last_timestamp"] for batch in batches)
            yield await self._read_page(batches, begin, end)
            number, begin = batches[-1]["batch"], end + 1

    async def _read_page(self, batches: list[Row], begin: int, end: int) -> _Page:
        reader, times = self.audit.reader, (self.shards, begin, end)
        entries: list[Entry] = [*await reader.rows(SQL.read_made, *times)]
        transfers = len(entries)
        accounts = await reader.rows(SQL.read_opened, *times)
        for shard, id, time, ledger, code, all_flags, owner_id in accounts:
            record = chain.account_record(time, id, ledger, code, all_flags & AT_CREATION, owner_id)
            entries.append((time, shard, record))
        failures = await reader.rows(SQL.read_failed, *times)
        for shard, id, time, status in failures:
            entries.append((time, shard, chain.failure_record(time, id, status)))
        if accounts or failures:
            entries.sort(key=itemgetter(0))
        return _Page(batches, entries, await reader.rows(SQL.read_snapshots, *times), transfers, len(accounts))

    def _count(self, page: _Page) -> None:
        self.audit.report.transfers += page.transfers
        self.audit.report.accounts += page.accounts

    async def _follow_page(self, page: _Page) -> None:
        self._count(page)
        times = [entry[0] for entry in page.history]
        place = 0
        for batch in page.batches:
            end = bisect_right(times, batch["last_timestamp"], place)
            self._follow(batch, page.history[place:end])
            if self.is_broken:
                return
            place = end
            await asyncio.sleep(0)  # What is read ahead comes in meanwhile.
        self._compare_snapshots(page.snapshots)

    def _follow(self, batch: Row, entries: list[Entry]) -> None:
        """Check the next batch of the chain, and replay it."""
        where = f"batch {batch['batch']}"
        records = [entry[2] for entry in entries]
        self.number += 1
        size: int = batch["size"]
        if batch["batch"] < self.number:
            self.add(where, "it is there twice")
        elif batch["batch"] > self.number:
            self.add(f"batch {self.number}", "it is gone")
        elif batch["previous_hash"] != self.hash:
            self.add(where, "it does not follow from the batch before it")
        elif (
            batch["lanes"] != self.lanes
            or size < 1
            or size != batch["last_timestamp"] + 1 - batch["first_timestamp"]
            or len(batch["checks"]) != size * chain.CHECK_BYTES
            or batch["first_timestamp"] < self._after()
        ):
            self.add(where, "what it says of itself can't be: its lanes, size, times or checks")
        else:
            self._check_rows(where, batch, entries, records)
        if self.is_broken:
            return
        self._check_signature(where, batch)
        self.audit.report.batches += 1
        self.hash = batch["hash"]
        self.last_time = batch["last_timestamp"]
        self._apply(where, records)

    def _check_rows(self, where: str, batch: Row, entries: list[Entry], records: list[bytes]) -> None:
        """Check the rows of a batch against its checks, one by one, and against its hash, all together."""
        heading = chain.Heading(
            self.lane, batch["batch"], batch["lanes"], batch["size"], batch["first_timestamp"], batch["last_timestamp"]
        )
        computed = chain.batch_hash(self.hash, heading, records)
        if computed != batch["hash"] or chain.checks_of(records) != batch["checks"]:
            self._name_rows(where, batch, entries)
            if not self.is_broken:
                self.add(where, "its hash or its checks are not those of its rows")
        for _, shard, record in entries:
            if shard != record[24] & SHARD_MASK:  # The last byte of its id.
                self.add(f"{where}, {_named(record)}", f"it is in shard {shard}, where it does not belong")

    def _name_rows(self, where: str, batch: Row, entries: list[Entry]) -> None:
        """Say which rows of a batch are not as they were written: each time of it has one row, and each row a check."""
        first: int = batch["first_timestamp"]
        by_time: dict[int, list[bytes]] = {}
        for time, _, record in entries:
            by_time.setdefault(time, []).append(record)
        for place in range(batch["size"]):
            written = batch["checks"][place * chain.CHECK_BYTES : (place + 1) * chain.CHECK_BYTES]
            found = by_time.pop(first + place, [])
            wrong = [record for record in found if chain.checks_of([record]) != written]
            for record in wrong:
                self.add(f"{where}, {_named(record)}", "it is not as it was written, or was put in later")
            if len(found) > 1 and not wrong:
                self.add(f"{where}, {_named(found[0])}", "it is there more than once")
            if not found:
                self.add(f"{where}, row {place + 1} of {batch['size']}", f"the row of time {first + place} is gone")
        for records_between in by_time.values():
            for record in records_between:
                self.add(f"{where}, {_named(record)}", "it was put in later")

    def _check_signature(self, where: str, batch: Row) -> None:
        signature = self.audit.signatures.pop((self.lane, self.number), None)
        if signature is None:
            return
        self.audit.report.signatures += 1
        signed = chain.Signed(
            self.lane, self.number, signature["previous_batch"], batch["hash"], to_micros(signature["signed_at"])
        )
        if signature["hash"] != batch["hash"]:
            self.add(where, "its hash is not the one that was signed")
        elif self.audit.keys and signature["public_key"] not in self.audit.keys:
            self.add(where, "it is signed with a key that is not known")
        elif not chain.is_signed(signature["public_key"], signature["signature"], signed):
            self.add(where, "its signature is false")
        elif signature["previous_batch"] != self.signed_batch:
            self.add(f"batch {signature['previous_batch']}", "it was signed, and its signature is gone")
        self.signed_batch = self.number

    def _apply(self, where: str, records: list[bytes]) -> None:
        """Replay a batch, and keep what its snapshots must be."""
        replay = self.audit.replay
        touched: set[bytes] = set()
        for record, wrong in replay.apply(records, touched):
            self.add(f"{where}, {_named(record)}", wrong)
        for id in touched:
            self.snapshots[id, self.last_time] = replay.accounts[id][1:]

    def _compare_snapshots(self, snapshots: list[Row]) -> None:
        for row in snapshots:
            shard, id, time, *counters = row
            expected = self.snapshots.pop((id.bytes, time), None)
            if expected != counters or shard != shard_of(id):
                self.add(f"snapshot of account {id} at {time}", f"it has {counters}, its transfers give {expected}")
        for gone, time in self.snapshots:
            self.add(f"snapshot of account {UUID(bytes=gone)} at {time}", "it is gone")
        self.snapshots.clear()
