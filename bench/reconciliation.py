"""Measures how long a statement of a million lines takes, with defects of every kind in it, and what is found of them.

`make bench-reconciliation`. With `--lines` of another size it says how it grows.
"""

import argparse
import json
import time
from datetime import timedelta
from random import Random
from typing import Final

import uvloop

from bench.server import analyze, fresh_server, log_only_errors
from bench.statements import CHANNEL, add_movements, found_in, in_parts, lines_of, seed_defects
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.reconciliation import ImportStatus, Reconciliation

LINES: Final = 1_000_000
EACH: Final = 200
"""Defects of each kind."""


async def measure(server: EmbeddedDatabase, lines: int, each: int) -> dict[str, object]:
    """Take one statement of so many lines."""
    await migrate(server.url)
    await install(server.url, mode="sandbox", lanes=1)
    database = await Database.connect(server.url)
    batchers = Batchers(database, Lanes(1))
    day = clock.now().astimezone(SHANGHAI).date() - timedelta(days=2)
    defects = seed_defects(lines, each, Random(7))  # noqa: S311
    await add_movements(database, day, lines, defects)
    await analyze(server)
    began = time.perf_counter()
    imported = await Reconciliation(batchers).take(database, CHANNEL, day, in_parts(lines_of(day, lines, defects)))
    seconds = time.perf_counter() - began
    found = await found_in(database, day)
    await batchers.close()
    await database.close()
    assert imported.status is ImportStatus.MATCHED, imported
    expected = defects.expected
    seeded = sum(map(len, expected.values()))
    return {
        "bench": "reconciliation",
        "lines": imported.statement.lines if imported.statement else 0,
        "seconds": round(seconds, 1),
        "lines_per_second": round(lines / seconds),
        "seeded": seeded,
        "found": sum(len(found[name] & keys) for name, keys in expected.items()),
        "invented": sum(len(keys - expected.get(name, set())) for name, keys in found.items()),
    }


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--each", type=int, default=EACH)
    given = parser.parse_args()
    log_only_errors()
    with fresh_server() as server:
        print(json.dumps(uvloop.run(measure(server, given.lines, given.each))))


if __name__ == "__main__":
    main()
