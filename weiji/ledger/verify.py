"""Proves the books: replays every batch against its hash, and every counter against the transfers.

Time and memory grow with the number of transfers and of accounts; nothing is locked. One repeatable snapshot is read,
so that it may run while money moves.
"""

from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Database, Reader, Row
from weiji.kit.ids import SHARDS
from weiji.ledger import chain
from weiji.ledger.bits import (
    CLOSING_CREDIT,
    CLOSING_DEBIT,
    EXPIRED,
    FREEZING_CREDIT,
    FREEZING_DEBIT,
    FROZEN_CREDITS,
    FROZEN_DEBITS,
    HOLD_EXPIRED,
    HOLD_PENDING,
    HOLD_POSTED,
    HOLD_VOIDED,
    PENDING,
    POST,
)
from weiji.ledger.rules import SECOND, Made, account_flags
from weiji.ledger.store import SQL

BATCHES: Final = 500
"""Batches whose history is read at once."""

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

    def add(self, where: str, what: str) -> None:
        """Note a defect."""
        self.defects.append(Defect(where, what))


class _Replay:
    """Counters and holds as the history makes them."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, list[int]] = {}
        self.holds: dict[UUID, Made] = {}
        self.states: dict[UUID, tuple[int, int | None, UUID | None]] = {}

    def open(self, id: UUID, flags: int) -> None:
        self.accounts[id] = [flags, 0, 0, 0, 0]

    def apply(self, made: Made) -> str | None:
        """Apply a transfer; say what is wrong with it, if anything is."""
        debit, credit = self.accounts.get(made.debit_account_id), self.accounts.get(made.credit_account_id)
        if debit is None or credit is None:
            return "it names an account that was not open yet"
        if made.pending_id is not None:
            return self._resolve(made, debit, credit)
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

    def _resolve(self, made: Made, debit: list[int], credit: list[int]) -> str | None:
        assert made.pending_id is not None
        hold = self.holds.pop(made.pending_id, None)
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


async def verify(database: Database) -> Report:
    """Replay the chain of every lane and compare every counter and hold; name what is wrong, the first row first."""
    report = Report(defects=[])
    async with (
        database.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        reader = Reader(connection)
        replay = _Replay()
        heads = await reader.rows(SQL.get_heads)
        for head in heads:
            await _verify_lane(reader, head, replay, report)
        await _verify_counts(reader, report)
        if not report.defects:
            for shard in range(SHARDS):
                await _verify_counters(reader, shard, replay, report)
            for id in replay.accounts:
                report.add(f"account {id}", "it is in the history, and its row is gone")
            for id in replay.states:
                report.add(f"hold {id}", "it is in the history, and its row is gone")
    del report.defects[DEFECTS:]
    return report


async def _verify_lane(reader: Reader, head: Row, replay: _Replay, report: Report) -> None:
    lane: int = head["lane"]
    signatures = {row["batch"]: row for row in await reader.rows(SQL.read_signatures, lane)}
    previous: bytes | None = None
    last_time = 0
    number = 0
    while number < head["batch"]:
        batches = await reader.rows(SQL.read_batches, lane, number, BATCHES)
        if not batches:
            report.add(f"lane {lane}", f"batches after {number} are gone: the chain ends at {head['batch']}")
            return
        shards = list(range(lane, SHARDS, batches[0]["lanes"]))
        history = await reader.rows(
            SQL.read_history, shards, batches[0]["first_timestamp"], batches[-1]["last_timestamp"]
        )
        place = 0
        for batch in batches:
            number += 1
            where = f"lane {lane}, batch {batch['batch']}"
            if batch["batch"] != number:
                report.add(where, f"batch {number} is gone")
                return
            if previous is not None and batch["previous_hash"] != previous:
                report.add(where, "it does not follow from the batch before it")
                return
            if batch["first_timestamp"] <= last_time or batch["last_timestamp"] < batch["first_timestamp"]:
                report.add(where, "its times do not follow those of the batch before it")
                return
            records = []
            while place < len(history) and history[place]["timestamp"] <= batch["last_timestamp"]:
                row = history[place]
                place += 1
                records.append(_record(row))
                wrong = _apply(replay, row)
                if wrong:
                    report.add(f"{where}, {_name(row)}", wrong)
            if len(records) != batch["size"]:
                report.add(where, f"it has {len(records)} rows where {batch['size']} were written")
            if chain.batch_hash(batch["previous_hash"], records) != batch["hash"]:
                report.add(where, f"its rows do not give its hash: {_names(history, batch)}")
            if report.defects:
                return
            signature = signatures.pop(number, None)
            if signature:
                report.signatures += 1
                if signature["hash"] != batch["hash"] or not chain.is_signed(
                    signature["public_key"], signature["signature"], lane, number, batch["hash"]
                ):
                    report.add(where, "its hash is not the one that was signed")
            report.batches += 1
            previous = batch["hash"]
            last_time = batch["last_timestamp"]
    if previous != head["hash"] or last_time != head["timestamp"]:
        report.add(f"lane {lane}", "the chain does not end where its head says")
    if signatures:
        report.add(f"lane {lane}", f"batch {min(signatures)} was signed, and is not there")


def _record(row: Row) -> bytes:
    if row["kind"] == 1:
        return chain.account_record(
            row["timestamp"], row["id"], row["ledger"], row["code"], row["flags"], row["journal_id"]
        )
    if row["kind"] == 2:
        return chain.transfer_record(_made(row))
    return chain.failure_record(row["timestamp"], row["id"], row["status"])


def _made(row: Row) -> Made:
    fields: tuple[Any, ...] = (*row[2:14], row["timestamp"])
    return Made(*fields)


def _apply(replay: _Replay, row: Row) -> str | None:
    if row["kind"] == 1:
        replay.open(row["id"], row["flags"])
    elif row["kind"] == 2:
        return replay.apply(_made(row))
    return None


def _name(row: Row) -> str:
    return f"{('account', 'transfer', 'failure')[row['kind'] - 1]} {row['id']}"


def _names(history: list[Row], batch: Row) -> str:
    """Name the rows of a batch whose hash is wrong: one hash covers them all, so it is one of these."""
    first, last = batch["first_timestamp"], batch["last_timestamp"]
    names = [_name(row) for row in history if first <= row["timestamp"] <= last]
    return f"one of {', '.join(names[:5])}{' …' if len(names) > 5 else ''}" if names else "none is there"


async def _verify_counts(reader: Reader, report: Report) -> None:
    row = await reader.row(SQL.count_history, list(range(SHARDS)))
    assert row is not None
    report.transfers, report.accounts = row["transfers"], row["accounts"]
    total = await reader.value(SQL.sum_batches)
    written = row["transfers"] + row["accounts"] + row["failures"]
    if not report.defects and total != written:
        report.add("ledger", f"{written} rows are there, and the batches account for {total}")


async def _verify_counters(reader: Reader, shard: int, replay: _Replay, report: Report) -> None:
    for row in await reader.rows(SQL.read_counters, shard):
        counters = replay.accounts.pop(row["id"], None)
        if counters is None:
            report.add(f"account {row['id']}", "no batch opened it")
        elif counters != list(row.values())[1:]:
            report.add(
                f"account {row['id']}", f"its counters are {list(row.values())[1:]}, its transfers give {counters}"
            )
    for row in await reader.rows(SQL.read_holds, shard):
        state = replay.states.pop(row["id"], None)
        if state != (row["state"], row["expires_at"], row["resolved_by"]):
            report.add(f"hold {row['id']}", "its state is not what its history gives")
