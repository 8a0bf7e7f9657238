"""Measures how rows are found by id in many shards at once: by a key that begins with the shard, and one that ends so.

The figures of docs/decisions/0012-keys-end-with-the-shard.md. `python -m bench.keys`.
"""

import asyncio
import json
import random
import time
from typing import Final

import asyncpg

from bench.server import fresh_server

ROWS: Final = 1_000_000
SIZES: Final = (4, 64, 512)
ROUNDS: Final = 20
KEYS: Final = {"shard_first": "shard, id", "shard_last": "id, shard"}


async def bench(url: str) -> dict[str, object]:
    """Fill a table for each order of columns; return microseconds per row found, by the number of ids asked for."""
    connection = await asyncpg.connect(url)
    await connection.execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan")
    for name, key in KEYS.items():
        await connection.execute(f"create table {name} (shard smallint, id uuid, filler text, primary key ({key}))")
    await connection.execute(
        "insert into shard_first select (get_byte(uuid_send(id), 15) & 63)::smallint, id, repeat('x', 60)"
        " from (select gen_random_uuid() as id from generate_series(1, $1)) as made",
        ROWS,
    )
    await connection.execute("insert into shard_last select * from shard_first")
    await connection.execute("vacuum analyze")
    rows = await connection.fetch("select shard, id from shard_first tablesample system (2)")
    figures: dict[str, object] = {"bench": "keys"}
    for size in SIZES:
        for name in KEYS:
            seconds = 0.0
            for _ in range(ROUNDS):
                some = random.sample(rows, size)
                shards, ids = sorted({row["shard"] for row in some}), [row["id"] for row in some]
                begun = time.perf_counter()
                found = await connection.fetch(
                    f"select * from {name} where shard = any ($1::smallint[]) and id = any ($2::uuid[])",  # noqa: S608
                    shards,
                    ids,
                )
                seconds += time.perf_counter() - begun
                assert len(found) == size
            figures[f"{name}_{size}_us"] = round(seconds / ROUNDS / size * 1e6, 1)
    await connection.close()
    return figures


def main() -> None:
    """Run the bench; the last line is JSON."""
    with fresh_server(is_durable=False) as server:
        print(json.dumps(asyncio.run(bench(server.url))))


if __name__ == "__main__":
    main()
