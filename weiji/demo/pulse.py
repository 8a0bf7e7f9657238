"""The live figures of the bar: one reader for everybody who looks, and only while somebody does."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

import structlog
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.db import UNREACHABLE
from weiji.ledger import Code, get_trial_balance
from weiji.orders.machine import State
from weiji.orders.store import get_trade_figures
from weiji.program import Program

EVERY: Final = 1.0
"""Seconds between two readings."""

KEPT: Final = 40
"""Readings that the small chart shows."""

WINDOW: Final = 5
"""Readings over which trades per second are taken."""

UNPAID: Final = (State.CREATED, State.CLOSED)

log = structlog.get_logger("weiji.demo")


class Figures(Struct, frozen=True):
    """What the bar shows: paid orders a second, money held for buyers (fen), orders ever placed."""

    rate: float = 0.0
    held: int = 0
    orders: int = 0
    points: str = ""
    """The small chart: points of a line in a box of 80 by 20."""


class Pulse:
    """Reads the figures while somebody looks."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.figures = Figures()
        self._paid: deque[tuple[float, int]] = deque(maxlen=KEPT + WINDOW)
        self._changed = asyncio.Event()
        self._viewers = 0
        self._task: asyncio.Task[None] | None = None

    async def look(self) -> AsyncIterator[Figures]:
        """Give the figures at once, as they were read last, and again and again, until who looks goes away."""
        self._viewers += 1
        if self._task is None or self._task.done():
            self._task = self.program.begin(self._run(), "pulse")
        try:
            while not self.program.live.is_closed:
                yield self.figures
                await self._changed.wait()
        finally:
            self._viewers -= 1

    async def _run(self) -> None:
        while self._viewers:
            try:
                await self.read()
            except UNREACHABLE as error:
                log.info("no figures", error=str(error))
            self._changed.set()
            self._changed = asyncio.Event()
            await asyncio.sleep(EVERY)

    async def read(self) -> Figures:
        """Read the figures once."""
        async with self.program.database.read() as reader:
            trade = await get_trade_figures(reader, clock.now())
            trial = await get_trial_balance(reader)
        states = trade["states"] or []
        paid = sum(count for state, count, *_ in states if State(state) not in UNPAID)
        self._paid.append((asyncio.get_running_loop().time(), paid))
        rates = self._rates()
        self.figures = Figures(
            rate=rates[-1] if rates else 0.0,
            held=sum(row["credits_posted"] - row["debits_posted"] for row in trial if row["code"] == Code.ESCROW),
            orders=sum(count for _, count, *_ in states),
            points=_line(rates),
        )
        return self.figures

    def _rates(self) -> list[float]:
        readings = list(self._paid)
        rates = []
        for place in range(1, len(readings)):
            at, paid = readings[place]
            before_at, before = readings[max(0, place - WINDOW)]
            rates.append(max(0.0, (paid - before) / (at - before_at)) if at > before_at else 0.0)
        return rates[-KEPT:]


def _line(rates: list[float]) -> str:
    top = max([*rates, 1.0])
    step = 80 / (KEPT - 1)
    start = KEPT - len(rates)
    return " ".join(f"{(start + n) * step:.1f},{19 - 18 * rate / top:.1f}" for n, rate in enumerate(rates))
