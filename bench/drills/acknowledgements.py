"""T4: the answer to COMMIT is lost on the way, or COMMIT itself; asked again, each command was done exactly once.

A proxy stands between the program and the database. It reads the frontend's messages (PostgreSQL documentation, 54.7)
and cuts the connection either before it passes a COMMIT on, or after the database has answered it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final, Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from uuid import UUID

import uvloop

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server
from weiji.kit.batch import Batcher, Lanes, Unavailable
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.ledger import (
    Account,
    Transfer,
    TransferResult,
    TransferStatus,
    create_accounts,
    create_transfers,
    lookup_accounts,
    verify,
)

CALLERS: Final = 8
SHARDS: Final = 4
CUT_PERCENT: Final = 25
SOCKET: Final = ".s.PGSQL.5432"

Cut = Literal["none", "before", "after"]


class Proxy:
    """Passes everything on, and cuts some commits off.

    `doubtful` has the process ids of the backends whose commit was done and whose answer was not passed on.
    """

    def __init__(self, target: str, random: Random) -> None:
        self.target = target
        self.random = random
        self.is_cutting = False
        self.cuts: dict[Cut, int] = {"none": 0, "before": 0, "after": 0}
        self.doubtful: set[int] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until one side, or the dice, end it."""
        server_reader, server_writer = await asyncio.open_unix_connection(self.target)
        link = _Link(self, reader, writer, server_reader, server_writer)
        upward, downward = asyncio.create_task(link.pass_up()), asyncio.create_task(link.pass_down())
        self.tasks |= {upward, downward}
        await asyncio.wait((upward, downward), return_when=asyncio.FIRST_COMPLETED)
        for task in (upward, downward):
            task.cancel()
            with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
                await task
            self.tasks.discard(task)
        for end in (writer, server_writer):
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    def roll(self) -> Cut:
        """Decide what becomes of a commit."""
        cut: Cut = "none"
        if self.is_cutting and self.random.random() * 100 < CUT_PERCENT:
            cut = self.random.choice(("before", "after"))
        self.cuts[cut] += 1
        return cut


class _Link:
    """One connection through the proxy."""

    def __init__(
        self,
        proxy: Proxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self.proxy = proxy
        self.reader, self.writer = reader, writer
        self.server_reader, self.server_writer = server_reader, server_writer
        self.backend = 0
        self.is_silent = False
        """Answers are no longer passed on."""
        self.is_answered = asyncio.Event()

    async def pass_up(self) -> None:
        """Pass the program's messages to the database."""
        length = await self.reader.readexactly(4)  # The first message has no type.
        self.server_writer.write(length + await self.reader.readexactly(int.from_bytes(length, "big") - 4))
        while True:
            kind = await self.reader.readexactly(1)
            length = await self.reader.readexactly(4)
            body = await self.reader.readexactly(int.from_bytes(length, "big") - 4)
            cut: Cut = self.proxy.roll() if kind == b"Q" and body.startswith(b"COMMIT") else "none"
            if cut == "before":
                return
            self.is_silent = cut == "after"
            self.server_writer.write(kind + length + body)
            await self.server_writer.drain()
            if cut == "after":
                await self.is_answered.wait()
                self.proxy.doubtful.add(self.backend)
                return

    async def pass_down(self) -> None:
        """Pass the database's messages to the program."""
        while True:
            kind = await self.server_reader.readexactly(1)
            length = await self.server_reader.readexactly(4)
            body = await self.server_reader.readexactly(int.from_bytes(length, "big") - 4)
            if kind == b"K":  # BackendKeyData: who serves this connection.
                self.backend = int.from_bytes(body[:4], "big")
            if self.is_silent:
                if kind == b"Z":  # ReadyForQuery: the commit is done.
                    self.is_answered.set()
                continue
            self.writer.write(kind + length + body)
            await self.writer.drain()


class Witness:
    """The operation, as the batcher sees it, with a note of who did what last on which connection."""

    def __init__(self) -> None:
        self.last: dict[int, Sequence[Transfer]] = {}

    async def create(self, tx: Transaction, events: Sequence[Transfer]) -> list[TransferResult]:
        self.last[tx.connection.get_server_pid()] = events
        return await create_transfers(tx, events)


def run(cuts: int, seed: int) -> Outcome:
    """Move money through the proxy until so many commits were cut off."""
    with fresh_server() as server:
        return uvloop.run(_run(server.url, cuts, seed))


async def _run(url: str, cuts: int, seed: int) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    random = Random(seed)  # noqa: S311
    parts = urlsplit(url)
    proxy = Proxy(f"{parse_qs(parts.query)['host'][0]}/{SOCKET}", random)
    folder = tempfile.mkdtemp(prefix="weiji-proxy-")
    listener = await asyncio.start_unix_server(proxy.serve, f"{folder}/{SOCKET}")
    direct = await Database.connect(url)
    through = await Database.connect(urlunsplit(parts._replace(query=urlencode({"host": folder}))))
    groups = []
    for shard in range(SHARDS):
        groups.append([Account(id=new_id(UUID(int=shard)), ledger=1, code=2010) for _ in range(5)])
        async with direct.transaction() as tx:
            await create_accounts(tx, groups[-1])
    witness = Witness()
    batcher: Batcher[Transfer, TransferResult] = Batcher(
        through, witness.create, owner=lambda event: event.id, lanes=Lanes(LANES)
    )
    done: dict[UUID, tuple[Transfer, TransferResult]] = {}
    asked_again = 0
    doubtful: set[UUID] = set()
    """Commands that were committed and not acknowledged."""

    def collect() -> None:
        while proxy.doubtful:
            doubtful.update(event.id for event in witness.last[proxy.doubtful.pop()])

    async def call() -> None:
        nonlocal asked_again
        while proxy.cuts["before"] + proxy.cuts["after"] < cuts:
            debit, credit = random.sample(random.choice(groups), 2)
            event = Transfer(
                id=new_id(debit.id),
                debit_account_id=debit.id,
                credit_account_id=credit.id,
                amount=random.randrange(1_000),
                ledger=1,
                code=1,
            )
            while True:
                try:
                    result = await batcher.submit(event)
                    break
                except Unavailable:  # The batcher gave up; a caller does not.
                    asked_again += 1
            collect()
            done[event.id] = (event, result)

    proxy.is_cutting = True
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    await batcher.close()
    collect()
    exists = {id for id, (_, result) in done.items() if result.status is TransferStatus.EXISTS}
    created = {id for id, (_, result) in done.items() if result.status is TransferStatus.CREATED}
    await through.close()
    listener.close()
    shutil.rmtree(Path(folder))
    outcome: Outcome = {
        "cuts": proxy.cuts["before"] + proxy.cuts["after"],
        "commands": len(done),
        "cut_before_commit": proxy.cuts["before"],
        "cut_after_commit": proxy.cuts["after"],
        "commands_in_doubt": len(doubtful),
        "resolved_as_exists": len(exists),
        "unresolved": len(doubtful ^ exists) + len(done) - len(exists | created),
        "batches_given_up_and_asked_again": asked_again,
    }
    outcome |= await _audit(direct, groups, done)
    await direct.close()
    return outcome


async def _audit(
    database: Database, groups: list[list[Account]], done: dict[UUID, tuple[Transfer, TransferResult]]
) -> Outcome:
    """Compare the books with what was answered."""
    sums: dict[UUID, int] = {}
    for event, _ in done.values():
        assert event.debit_account_id is not None
        assert event.credit_account_id is not None
        sums[event.debit_account_id] = sums.get(event.debit_account_id, 0) - event.amount
        sums[event.credit_account_id] = sums.get(event.credit_account_id, 0) + event.amount
    async with database.read() as reader:
        balances = await lookup_accounts(reader, [account.id for group in groups for account in group])
        there = await reader.connection.fetchval("select count(*) from ledger.transfers")
    report = await verify(database)
    return {
        "doubled": there - len(done),
        "unbalanced": sum(balance.available != sums.get(balance.id, 0) for balance in balances),
        "defects": len(report.defects),
    }


DRILL: Final = Drill(
    name="T4",
    proves="a command whose answer was lost is done once, and asked again answers that it exists",
    options={"cuts": (200, "commits to cut off"), "seed": (1, "which, and what is written")},
    zero=("unresolved", "doubled", "unbalanced", "defects"),
    run=run,
)
