"""Whatever is changed in the books, `verify` finds it and names the row; and a chain made anew breaks its signature."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from tests.ledger.stored import moment, set_one_lane
from tests.ledger.tamper import (
    DROP_CONSTRAINTS,
    TABLES,
    Change,
    find_missed,
    insertions,
    list_changes,
    write_books,
)
from weiji.kit.db import STATEMENT_SECONDS, Database, Reader, Row
from weiji.kit.ids import new_id
from weiji.kit.sql import Statement
from weiji.ledger import Account, AccountFlags, Report, Transfer, chain, create_transfers, sign_heads, verify
from weiji.ledger.rules import Made
from weiji.ledger.verify import PATIENCE, audit

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))

SAMPLE = 60
"""Changes tried of each table; `python -m bench.drill T7` tries them all."""


@pytest.fixture
async def attacker(database_url: str) -> AsyncIterator["asyncpg.Connection[Row]"]:
    """A superuser's connection to books that are in order."""
    await set_one_lane(database_url)
    database = await Database.connect(database_url)
    await write_books(database, KEY, seed=1, steps=25)
    await database.close()
    connection = await asyncpg.connect(database_url)
    await connection.execute(DROP_CONSTRAINTS)
    yield connection
    await connection.close()


async def look(connection: "asyncpg.Connection[Row]", *keys: bytes) -> Report:
    return await audit(Reader(connection), keys)  # type: ignore[arg-type]


async def test_books_in_order_are_proved(attacker: "asyncpg.Connection[Row]") -> None:
    report = await look(attacker, PUBLIC_KEY)
    assert report.is_proved
    assert report.signatures == 3
    for name, table in (("transfers", "transfers"), ("accounts", "accounts"), ("batches", "batches")):
        assert getattr(report, name) == await attacker.fetchval(f"select count(*) from ledger.{table}")  # noqa: S608
    for table in TABLES:
        assert await attacker.fetchval(f"select count(*) from ledger.{table}"), table  # noqa: S608


async def test_every_change_of_a_row_is_named(attacker: "asyncpg.Connection[Row]") -> None:
    random = Random(1)  # noqa: S311
    by_table: dict[str, list[Change]] = {}
    for change in await list_changes(attacker, random):
        by_table.setdefault(change.what.split()[0], []).append(change)
    assert set(by_table) == set(TABLES)
    for changes in by_table.values():
        sample = random.sample(changes, min(SAMPLE, len(changes)))
        assert await find_missed(attacker, sample, [PUBLIC_KEY]) == []


async def test_every_row_that_was_put_in_is_named(attacker: "asyncpg.Connection[Row]") -> None:
    assert await find_missed(attacker, insertions(), [PUBLIC_KEY]) == []


async def test_the_first_wrong_row_of_a_batch_is_named_and_no_other(attacker: "asyncpg.Connection[Row]") -> None:
    batch = await attacker.fetchrow("select * from ledger.batches where size > 20 order by batch limit 1")
    assert batch
    rows = await attacker.fetch(
        "select * from ledger.transfers where timestamp between $1 and $2 order by timestamp",
        batch["first_timestamp"],
        batch["last_timestamp"],
    )
    await attacker.execute("update ledger.transfers set amount = amount + 1 where id = $1", rows[7]["id"])
    await attacker.execute("delete from ledger.transfers where id = $1", rows[9]["id"])
    defects = (await look(attacker)).defects
    assert [defect.where for defect in defects] == [
        f"lane 0, batch {batch['batch']}, transfer {rows[7]['id']}",
        f"lane 0, batch {batch['batch']}, row {rows[9]['timestamp'] - batch['first_timestamp'] + 1} of {batch['size']}",
    ]


# A chain made anew


async def make_anew(connection: "asyncpg.Connection[Row]", id: UUID, amount: int) -> None:
    """Change the amount of a plain transfer, and all that tells of it: counters, snapshots, checks, hashes, head."""
    batches = await connection.fetch("select * from ledger.batches order by batch")
    transfer = await connection.fetchrow("select * from ledger.transfers where id = $1", id)
    assert transfer
    more = amount - transfer["amount"]
    await connection.execute("update ledger.transfers set amount = $2, requested = $2 where id = $1", id, amount)
    for side in ("debit", "credit"):
        for table, key, since in (("accounts", "id", 0), ("balance_snapshots", "account_id", transfer["timestamp"])):
            time = "created_at" if table == "accounts" else "timestamp"
            await connection.execute(
                f"update ledger.{table} set {side}s_posted = {side}s_posted + $2 where {key} = $1 and {time} >= $3",  # noqa: S608
                transfer[f"{side}_account_id"],
                more,
                since,
            )
    previous = chain.genesis(0)
    for batch in batches:
        records = [record for _, record in sorted(await _records(connection, batch))]
        heading = chain.Heading(
            0, batch["batch"], batch["lanes"], batch["size"], batch["first_timestamp"], batch["last_timestamp"]
        )
        digest = chain.batch_hash(previous, heading, records)
        await connection.execute(
            "update ledger.batches set previous_hash = $2, hash = $3, checks = $4 where batch = $1",
            batch["batch"],
            previous,
            digest,
            chain.checks_of(records),
        )
        previous = digest
    await connection.execute("update ledger.heads set hash = $1 where lane = 0", previous)


async def _records(connection: "asyncpg.Connection[Row]", batch: Row) -> list[tuple[int, bytes]]:
    times = batch["first_timestamp"], batch["last_timestamp"]
    accounts = await connection.fetch("select * from ledger.accounts where created_at between $1 and $2", *times)
    transfers = await connection.fetch("select * from ledger.transfers where timestamp between $1 and $2", *times)
    failures = await connection.fetch("select * from ledger.failed_transfers where timestamp between $1 and $2", *times)
    return [
        *(
            (
                a["created_at"],
                chain.account_record(a["created_at"], a["id"], a["ledger"], a["code"], a["flags"] & 7, a["owner_id"]),
            )
            for a in accounts
        ),
        *((t["timestamp"], chain.transfer_record(Made(*list(t.values())[1:]))) for t in transfers),
        *((f["timestamp"], chain.failure_record(f["timestamp"], f["id"], f["status"])) for f in failures),
    ]


async def _a_plain_transfer(connection: "asyncpg.Connection[Row]") -> UUID:
    """Choose one that was signed, between accounts without limits."""
    found: UUID = await connection.fetchval(
        "select t.id from ledger.transfers t join ledger.accounts d on d.id = t.debit_account_id"
        " join ledger.accounts c on c.id = t.credit_account_id"
        " where t.flags = 0 and d.flags & 3 = 0 and c.flags & 3 = 0 order by t.timestamp limit 1"
    )
    return found


async def test_a_chain_made_anew_is_in_order_but_for_its_signatures(attacker: "asyncpg.Connection[Row]") -> None:
    await make_anew(attacker, await _a_plain_transfer(attacker), 12_345)
    report = await look(attacker)
    assert report.defects[0].what == "its hash is not the one that was signed"
    # The rest fits together: without signatures nobody could tell.
    await attacker.execute("delete from ledger.signatures")
    await attacker.execute("update ledger.heads set signed_batch = 0")
    report = await look(attacker)
    assert (report.defects, report.signatures) == ([], 0)


async def test_a_chain_signed_anew_with_another_key_passes_only_who_does_not_know_the_keys(
    attacker: "asyncpg.Connection[Row]",
) -> None:
    await make_anew(attacker, await _a_plain_transfer(attacker), 12_345)
    previous = 0
    for row in await attacker.fetch("select * from ledger.signatures order by batch"):
        digest = await attacker.fetchval("select hash from ledger.batches where batch = $1", row["batch"])
        signed = chain.Signed(0, row["batch"], previous, digest, 0)
        await attacker.execute(
            "update ledger.signatures set hash = $2, signature = $3, public_key = $4, signed_at = $5 where batch = $1",
            row["batch"],
            digest,
            chain.sign(OTHER_KEY, signed),
            OTHER_KEY.public_key().public_bytes_raw(),
            moment(0),
        )
        previous = row["batch"]
    assert (await look(attacker)).is_proved
    assert (await look(attacker, PUBLIC_KEY)).defects[0].what == "it is signed with a key that is not known"


# What an installation does


async def test_two_lanes_are_signed_and_proved_each_for_itself(database: Database) -> None:
    async def move(shard: int, amount: int) -> None:
        payer, payee = (
            Account(id=new_id(UUID(int=shard)), ledger=1, code=2010, flags=AccountFlags.HISTORY) for _ in range(2)
        )
        event = Transfer(
            id=new_id(payer.id), debit_account_id=payer.id, credit_account_id=payee.id, amount=amount, ledger=1, code=1
        )
        async with database.transaction() as tx:
            assert (await create_transfers(tx, [event], opening=[payer, payee]))[0].is_made

    async def sign() -> int:
        async with database.transaction() as tx:
            return await sign_heads(tx, KEY)

    assert (await verify(database)).is_proved
    assert await sign() == 0
    for shard in (0, 1, 2, 63):
        await move(shard, 5)
    assert await sign() == 2
    await move(7, 6)
    assert await sign() == 1
    assert await sign() == 0
    await move(8, 7)
    report = await verify(database, [PUBLIC_KEY])
    assert report.defects == []
    assert (report.batches, report.transfers, report.accounts, report.signatures) == (6, 6, 12, 3)


def test_a_signature_is_of_one_key_and_one_head() -> None:
    head = chain.Signed(1, 2, 1, bytes(32), 5)
    signature = chain.sign(KEY, head)
    assert chain.is_signed(PUBLIC_KEY, signature, head)
    changes: list[dict[str, Any]] = [
        {"lane": 2},
        {"batch": 3},
        {"previous_batch": 0},
        {"hash": bytes(31) + b"\1"},
        {"signed_at": 6},
    ]
    for change in changes:
        assert not chain.is_signed(PUBLIC_KEY, signature, replace(head, **change))
    assert not chain.is_signed(OTHER_KEY.public_key().public_bytes_raw(), signature, head)
    assert not chain.is_signed(b"too short", signature, head)
    assert not chain.is_signed(PUBLIC_KEY, signature[:-1], head)


async def test_a_verification_has_more_patience_than_whoever_waits(database: Database) -> None:
    slow = Statement(name="slow", text="select pg_sleep(0.1)")
    async with database.read(patience=0.01) as hasty:
        with pytest.raises(TimeoutError):
            await hasty.rows(slow)
    async with database.read(patience=PATIENCE) as reader:
        await reader.rows(slow)
    assert PATIENCE > STATEMENT_SECONDS
