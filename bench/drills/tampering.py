"""T7: whatever is changed in the books, in any column of any row, `verify` finds it and names the row."""

from random import Random
from typing import Final

import asyncpg
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.drills.model import LANES, Drill, Outcome
from bench.server import fresh_server
from tests.ledger.stored import set_one_lane
from tests.ledger.tamper import DROP_CONSTRAINTS, find_missed, insertions, list_changes, write_books
from weiji.kit.db import Database
from weiji.kit.installation import install
from weiji.kit.migrate import migrate

STEPS: Final = 25
"""Steps of the workload that is tampered with: about 1,000 transfers, 24,000 changes."""


def run(changes: int, seed: int) -> Outcome:
    """Try so many changes, chosen at random from all there are."""
    with fresh_server(is_durable=False) as server:
        return uvloop.run(_run(server.url, changes, seed))


async def _run(url: str, changes: int, seed: int) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    await set_one_lane(url)
    key = Ed25519PrivateKey.generate()
    database = await Database.connect(url)
    await write_books(database, key, seed, STEPS)
    await database.close()
    connection = await asyncpg.connect(url)
    await connection.execute(DROP_CONSTRAINTS)
    random = Random(seed)  # noqa: S311
    possible = await list_changes(connection, random)
    chosen = [*insertions(), *random.sample(possible, min(changes, len(possible)))]
    missed = await find_missed(connection, chosen, [key.public_key().public_bytes_raw()])
    for each in missed:
        print(f"{each.change}: {each.report}", flush=True)
    await connection.close()
    return {"changes": len(chosen), "possible": len(possible), "missed": len(missed)}


DRILL: Final = Drill(
    name="T7",
    proves="any change of the ledger's tables is found and named",
    options={"changes": (3_000, "changes to try"), "seed": (1, "the workload")},
    zero=("missed",),
    run=run,
)
