"""A worker process of the drill of the rush (`bench.drills.rush`): it places orders, with batchers of its own.

It reads what it is to place from standard input, a line of JSON for each wave, and answers each with a line: the status
of every order, in order. It says that it is ready with an empty line, so that all workers begin a wave together.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import BinaryIO, Final
from uuid import UUID

import msgspec
import uvloop
from msgspec import Struct

from bench.drills.model import LANES
from bench.server import log_only_errors
from bench.street import ADDRESS, PRICE
from weiji.events import Actor
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database
from weiji.orders import (
    CloseOrder,
    MoveStatus,
    OrderItem,
    PlaceOrder,
    PlaceResult,
    PlaceStatus,
    close_orders,
    place_orders,
)

BATCH: Final = 16
"""Orders in one batch: small ones, so that many batches of two processes meet."""

CALLERS: Final = 64
"""Buyers who wait for their answer at a time."""


class Wish(Struct, frozen=True, kw_only=True):
    """An order that a buyer wants: SKUs and quantities, in the order of the lines. `closes`: and closes it again."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    lines: tuple[tuple[UUID, int], ...]
    closes: bool = False


class Answers(Struct, frozen=True):
    """How each wish ended: the status of placing, `closed` where it was closed again, or `error: …`."""

    statuses: list[str]


class Worker:
    """One process that places orders."""

    def __init__(self, database: Database) -> None:
        lanes = Lanes(LANES)
        self.placing: Batcher[PlaceOrder, PlaceResult] = Batcher(
            database, place_orders, owner=lambda command: command.id, lanes=lanes, batch=BATCH
        )
        self.closing: Batcher[CloseOrder, MoveStatus] = Batcher(
            database, close_orders, owner=lambda command: command.order_id, lanes=lanes, batch=BATCH
        )

    async def answer(self, wishes: Sequence[Wish]) -> Answers:
        """Let so many callers place what is wished, one order at a time each."""
        statuses = [""] * len(wishes)
        left = iter(enumerate(wishes))

        async def caller() -> None:
            for place, wish in left:
                try:
                    statuses[place] = await self._place(wish)
                except Exception as error:  # Whatever it is, it is counted.
                    statuses[place] = f"error: {type(error).__name__}: {error}"

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        return Answers(statuses)

    async def _place(self, wish: Wish) -> str:
        actor = Actor("buyer", wish.buyer_id)
        command = PlaceOrder(
            id=wish.id,
            shop_id=wish.shop_id,
            buyer_id=wish.buyer_id,
            buyer_name="韩梅梅",
            items=tuple(OrderItem(sku_id, quantity, PRICE) for sku_id, quantity in wish.lines),
            address=ADDRESS,
            actor=actor,
        )
        status = (await self.placing.submit(command)).status
        if status is not PlaceStatus.PLACED or not wish.closes:
            return str(status)
        closed = await self.closing.submit(CloseOrder(order_id=wish.id, actor=actor))
        return "closed" if closed is MoveStatus.DONE else f"error: closing is {closed}"


async def run(url: str, answers: BinaryIO) -> None:
    """Answer waves until there are no more."""

    def say(line: bytes) -> None:
        answers.write(line + b"\n")
        answers.flush()

    database = await Database.connect(url, connections=4)
    worker = Worker(database)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        wishes = msgspec.json.decode(line, type=list[Wish])
        say(b"")
        await loop.run_in_executor(None, sys.stdin.buffer.readline)  # All are ready.
        say(msgspec.json.encode(await worker.answer(wishes)))
    await database.close()


if __name__ == "__main__":
    log_only_errors()
    answers = sys.stdout.buffer
    with redirect_stdout(sys.stderr):  # Answers alone go to the output, the log does not.
        uvloop.run(run(sys.argv[1], answers))
