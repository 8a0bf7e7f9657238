"""What happens to shops by the clock."""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.jobs import Job
from weiji.shops.standing.operations import turn_shops
from weiji.shops.store import get_shops_to_turn

TURN_EVERY: Final = timedelta(seconds=5)
"""So much late holidays and suspensions begin and end, at most."""


def jobs(lanes: Lanes) -> list[Job]:
    """Say what happens."""
    return [Job(name="shops.turn", every=TURN_EVERY, work=partial(_turn, lanes))]


async def _turn(lanes: Lanes, database: Database, limit: int) -> int:
    async with database.read() as reader:
        ids = await get_shops_to_turn(reader, clock.now(), limit)
    turned = 0
    for lane in range(lanes.count):
        of_lane = [id for id in ids if lanes.of(id) == lane]
        if of_lane:
            turned += await database.retried(partial(_turn_lane, of_lane))
    return turned


async def _turn_lane(ids: list[UUID], tx: Transaction) -> int:
    return await turn_shops(tx, ids)
