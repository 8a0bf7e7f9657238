"""Proves the books: replays every batch against its hash, and every counter, hold and snapshot against the transfers.

Time and memory grow with the number of transfers and of accounts; nothing is locked. One repeatable snapshot is read,
so that it may run while money moves.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Database, Reader, Row
from weiji.kit.ids import SHARD_MASK, SHARDS
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
from weiji.ledger.rules import SECOND, Made, account_flags
from weiji.ledger.store import SQL

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


async def audit(reader: Reader, keys: Collection[bytes] = ()) -> Report:
    """Verify as `verify` does, in a transaction of the caller's, in which nothing changes meanwhile."""
    return await _Audit(reader, frozenset(keys)).run()


class _Entry(Struct, frozen=True):
    """A row of the history: what the hash covers of it, and where it lies."""

    timestamp: int
    name: str
    id: UUID
    shard: int
    record: bytes
    made: Made | None = None
    account_flags: int = 0


class _Replay:
    """Counters and holds as the history makes them."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, list[int]] = {}
        self.holds: dict[UUID, Made] = {}
        self.states: dict[UUID, tuple[int, int | None, UUID | None]] = {}

    def apply(self, entry: _Entry) -> str | None:
        """Apply a row; say what is wrong with it, if anything is."""
        if entry.made is not None:
            return self._transfer(entry.made)
        if entry.name == "account":
            self.accounts[entry.id] = [entry.account_flags, 0, 0, 0, 0]
        return None

    def _transfer(self, made: Made) -> str | None:
        debit, credit = self.accounts.get(made.debit_account_id), self.accounts.get(made.credit_account_id)
        if debit is None or credit is None:
            return "it names an account that was not open yet"
        if made.pending_id is not None:
            return self._resolve(made, made.pending_id, debit, credit)
        if made.flags & PENDING:
            debit[1] += made.amount
            credit[3] += made.amount
            debit[0] |= account_flags(made.flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
            credit[0] |= account_flags(made.flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
            self.holds[made.id] = made
            expires = made.timestamp + made.timeout * SECOND if made.timeout else None
            self.states[made.id] = (HOLD_PENDING, expires, None)
        else:
            debit[2] += made.amount
            credit[4] += made.amount
        return None

    def _resolve(self, made: Made, pending_id: UUID, debit: list[int], credit: list[int]) -> str | None:
        hold = self.holds.pop(pending_id, None)
        if hold is None:
            return "it resolves a hold that is not there, or was resolved before"
        debit[1] -= hold.amount
        credit[3] -= hold.amount
        if made.flags & POST:
            debit[2] += made.amount
            credit[4] += made.amount
        else:
            debit[0] &= ~account_flags(hold.flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
            credit[0] &= ~account_flags(hold.flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
        state = HOLD_POSTED if made.flags & POST else HOLD_EXPIRED if made.flags & EXPIRED else HOLD_VOIDED
        self.states[hold.id] = (state, self.states[hold.id][1], made.id)
        return None


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
            counters = accounts.pop(id, None)
            if counters != there:
                self.add(f"account {id}", f"its flags and counters are {there}, its transfers give {counters}")
        async for row in self._pages(SQL.read_holds):
            shard, id, *phase = row
            state = states.pop(id, None)
            if state is None or id.int & SHARD_MASK != shard:
                self.add(f"hold {id}", "it is not in the history, or not in this shard")
            elif state != tuple(phase):
                self.add(f"hold {id}", "its state is not what its history gives")
        for id in states:
            self.add(f"hold {id}", "it is in the history, and its row is gone")

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
        self.snapshots: dict[tuple[UUID, int], list[int]] = {}

    @property
    def is_broken(self) -> bool:
        return self.lane in self.audit.broken

    def add(self, where: str, what: str) -> None:
        self.audit.broken.add(self.lane)
        self.audit.add(f"lane {self.lane}, {where}", what)

    async def run(self, head: Row) -> None:
        """Follow the chain from its beginning to its end, or to the first batch that is wrong."""
        reader = self.audit.reader
        while batches := await reader.rows(SQL.read_batches, self.lane, self.number, ROWS):
            begin, end = self._after(), max(batch["last_timestamp"] for batch in batches)
            history = await self._read_history(begin, end)
            place = 0
            for batch in batches:
                entries = []
                while place < len(history) and history[place].timestamp <= batch["last_timestamp"]:
                    entries.append(history[place])
                    place += 1
                self._follow(batch, entries)
                if self.is_broken:
                    return
            await self._compare_snapshots(begin, end)
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
        for entry in await self._read_history(self._after(), END_OF_TIME):
            self.add(f"{entry.name} {entry.id}", "it is in no batch")
        await self._compare_snapshots(self._after(), END_OF_TIME)

    def _after(self) -> int:
        return self.last_time + 1 if self.number else START_OF_TIME

    async def _read_history(self, begin: int, end: int) -> list[_Entry]:
        reader, shards = self.audit.reader, self.shards
        entries = []
        for row in await reader.rows(SQL.read_made, shards, begin, end):
            made = Made(*row[:13])
            entries.append(_Entry(made.timestamp, "transfer", made.id, row[13], chain.transfer_record(made), made))
        self.audit.report.transfers += len(entries)
        accounts = await reader.rows(SQL.read_opened, shards, begin, end)
        self.audit.report.accounts += len(accounts)
        for shard, id, time, ledger, code, all_flags, owner_id in accounts:
            flags = all_flags & AT_CREATION
            record = chain.account_record(time, id, ledger, code, flags, owner_id)
            entries.append(_Entry(time, "account", id, shard, record, None, flags))
        failures = await reader.rows(SQL.read_failed, shards, begin, end)
        for shard, id, time, status in failures:
            entries.append(_Entry(time, "failure", id, shard, chain.failure_record(time, id, status)))
        if accounts or failures:
            entries.sort(key=lambda entry: entry.timestamp)
        return entries

    def _follow(self, batch: Row, entries: list[_Entry]) -> None:
        """Check the next batch of the chain, and replay it."""
        where = f"batch {batch['batch']}"
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
            self._check_rows(where, batch, entries)
        if self.is_broken:
            return
        self._check_signature(where, batch)
        self.audit.report.batches += 1
        self.hash = batch["hash"]
        self.last_time = batch["last_timestamp"]
        self._apply(where, entries)

    def _check_rows(self, where: str, batch: Row, entries: list[_Entry]) -> None:
        """Check the rows of a batch against its checks, one by one, and against its hash, all together."""
        records = [entry.record for entry in entries]
        heading = chain.Heading(
            self.lane, batch["batch"], batch["lanes"], batch["size"], batch["first_timestamp"], batch["last_timestamp"]
        )
        computed = chain.batch_hash(self.hash, heading, records)
        if computed != batch["hash"] or chain.checks_of(records) != batch["checks"]:
            self._name_rows(where, batch, entries)
            if not self.is_broken:
                self.add(where, "its hash or its checks are not those of its rows")
        for entry in entries:
            if entry.shard != entry.id.int & SHARD_MASK:
                self.add(f"{where}, {entry.name} {entry.id}", f"it is in shard {entry.shard}, where it does not belong")

    def _name_rows(self, where: str, batch: Row, entries: list[_Entry]) -> None:
        """Say which rows of a batch are not as they were written: each time of it has one row, and each row a check."""
        first: int = batch["first_timestamp"]
        by_time: dict[int, list[_Entry]] = {}
        for entry in entries:
            by_time.setdefault(entry.timestamp, []).append(entry)
        for place in range(batch["size"]):
            written = batch["checks"][place * chain.CHECK_BYTES : (place + 1) * chain.CHECK_BYTES]
            found = by_time.pop(first + place, [])
            wrong = [entry for entry in found if chain.checks_of([entry.record]) != written]
            for entry in wrong:
                self.add(f"{where}, {entry.name} {entry.id}", "it is not as it was written, or was put in later")
            if len(found) > 1 and not wrong:
                self.add(f"{where}, {found[0].name} {found[0].id}", "it is there more than once")
            if not found:
                self.add(f"{where}, row {place + 1} of {batch['size']}", f"the row of time {first + place} is gone")
        for entries_between in by_time.values():
            for entry in entries_between:
                self.add(f"{where}, {entry.name} {entry.id}", "it was put in later")

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

    def _apply(self, where: str, entries: list[_Entry]) -> None:
        """Replay a batch, and keep what its snapshots must be."""
        replay = self.audit.replay
        touched: set[UUID] = set()
        for entry in entries:
            wrong = replay.apply(entry)
            if wrong:
                self.add(f"{where}, {entry.name} {entry.id}", wrong)
            elif entry.made is not None:
                touched.add(entry.made.debit_account_id)
                touched.add(entry.made.credit_account_id)
        for id in touched:
            account = replay.accounts[id]
            if account[0] & HISTORY:
                self.snapshots[id, self.last_time] = account[1:]

    async def _compare_snapshots(self, begin: int, end: int) -> None:
        for row in await self.audit.reader.rows(SQL.read_snapshots, self.shards, begin, end):
            shard, id, time, *counters = row
            expected = self.snapshots.pop((id, time), None)
            if expected != counters or shard != id.int & SHARD_MASK:
                self.add(f"snapshot of account {id} at {time}", f"it has {counters}, its transfers give {expected}")
        for id, time in self.snapshots:
            self.add(f"snapshot of account {id} at {time}", "it is gone")
        self.snapshots.clear()
