"""T2: the ledger in PostgreSQL against the naive model: every answer, every balance, and the proof of the books."""

import asyncio
from itertools import count
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.naive import NaiveLedger
from tests.ledger.stored import StoredLedger, set_one_lane
from weiji.kit.db import Database
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.ledger import verify

STEPS: Final = 300
"""Steps of a workload: about 10,000 transfers."""


def run(commands: int, seed: int) -> Outcome:
    """Play workloads, each against a database of its own, until there were so many commands."""
    with fresh_server(is_durable=False) as server:
        return uvloop.run(_run(server.url, commands, seed))


async def _run(url: str, commands: int, seed: int) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    await set_one_lane(url)
    parts = urlsplit(url)
    template, name = parts.path[1:], "drill"
    admin = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    outcome: Outcome = {"commands": 0, "batches": 0, "statuses": 0, "divergences": 0, "defects": 0}
    statuses: set[str] = set()
    for number in count(seed):
        if outcome["commands"] >= commands:
            break
        await admin.execute(f"create database {name} template {template} strategy file_copy")
        database = await Database.connect(urlunsplit(parts._replace(path=f"/{name}")))
        try:
            await _play(database, number, outcome, statuses)
        except (AssertionError, asyncpg.PostgresError, KeyError) as error:
            outcome["divergences"] += 1
            print(f"seed {number}: {type(error).__name__}: {error}", flush=True)
        report = await verify(database)
        outcome["defects"] += len(report.defects)
        for defect in report.defects:
            print(f"seed {number}: {defect.where}: {defect.what}", flush=True)
        await database.close()
        await admin.execute(f"drop database {name} with (force)")
    await admin.close()
    return outcome | {"statuses": len(statuses)}


async def _play(database: Database, seed: int, outcome: Outcome, statuses: set[str]) -> None:
    model, ledger = NaiveLedger(), StoredLedger(database)
    for number, step in enumerate(workload(seed, steps=STEPS, model=model)):
        match step:
            case OpenAccounts():
                assert await ledger.create_accounts(step.events, step.clock) == step.answers, f"step {number}"
            case Expire():
                assert await ledger.expire_pending(step.clock) == step.answers, f"step {number}"
            case Transfers():
                assert await ledger.create_transfers(step.batch, step.clock) == step.answers, f"step {number}"
                outcome["commands"] += len(step.batch)
                outcome["batches"] += 1
                statuses.update(answer.status for answer in step.answers)
        assert await ledger.balances() == model.balances(), f"step {number}: balances"
        await asyncio.sleep(0)
    assert await ledger.account_flags() == model.account_flags()


DRILL: Final = Drill(
    name="T2",
    proves="the ledger in PostgreSQL answers as a naive model does, and its books are proved",
    options={"commands": (60_000, "transfers to try"), "seed": (1_000_000, "first workload")},
    zero=("divergences", "defects"),
    run=run,
)
