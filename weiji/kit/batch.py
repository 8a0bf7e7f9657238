"""Group commit for commands: while one batch runs, the next gathers.

There is no timer: an idle system answers at once, a busy one makes larger batches. One batch is one
transaction. Measured with `make bench-ledger`: see docs/figures.md.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from operator import attrgetter
from typing import Any, Final, Generic, TypeGuard, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog
from msgspec import Struct

from weiji.kit import idempotency
from weiji.kit.db import LOST_RACES, RETRIES, UNREACHABLE, Database, Transaction
from weiji.kit.idempotency import IdempotencyConflict, Key
from weiji.kit.ids import SHARDS
from weiji.kit.metrics import BATCH_COMMANDS, BATCH_FAILURES, BATCH_SECONDS, BATCH_WAITING

C = TypeVar("C")
R = TypeVar("R")
Operation = Callable[[Transaction, Sequence[C]], Awaitable[Sequence[R]]]

BATCH: Final = 1_024
"""Commands in one batch, at most; a single request's commands are never split over two batches of a lane."""

RUNNING: Final = 3
"""Batches that think at a time in one process, of all its operations; those that only wait for the disk don't count.

The others wait, and grow meanwhile. With a batch of every operation under way at once, each has two or three commands:
32 clients of the JSON API cost almost twice the CPU for each request.
"""

LONG: Final = 64
"""Commands that are worth a batch of their own beside one that runs."""

COMMITTING: Final = 2
"""Batches that wait for the disk beside those: where it stalls, connections are left for reading."""

PATIENCE: Final = 0.05
"""Seconds after which a queue has its turn, however short it is."""

log = structlog.get_logger("weiji.batch")


class QueueFull(Exception):
    """Too many commands wait: nothing was done. The edge answers 503 with Retry-After."""


class Unavailable(Exception):
    """The database stayed away, or every try lost its race. What was asked may be asked again with the same ids."""

    @property
    def is_of_command(self) -> bool:
        """Whether it may be the command itself: at each try it met a row that was there."""
        return isinstance(self.__cause__, asyncpg.UniqueViolationError)


def is_unasked(answer: object) -> TypeGuard[QueueFull | Unavailable]:
    """Tell whether a fault is the database's, or that of too many who ask, and says nothing of what was asked."""
    return isinstance(answer, QueueFull) or (isinstance(answer, Unavailable) and not answer.is_of_command)


class Answer(Struct, frozen=True):
    """The results that answer a request, as plain JSON values, and whether they are those of an earlier request."""

    results: list[Any]
    is_replayed: bool


class Lanes:
    """Which shards ride in one batch together. Their number is fixed when an installation is made."""

    def __init__(self, count: int) -> None:
        if not 1 <= count <= SHARDS or SHARDS % count:
            raise ValueError(f"{count} lanes do not divide {SHARDS} shards")
        self.count = count
        self.shards: list[list[int]] = [list(range(lane, SHARDS, count)) for lane in range(count)]

    def of(self, id: UUID) -> int:
        """Tell the lane of an id."""
        return (id.int & (SHARDS - 1)) % self.count


class Batchers:
    """The batchers of one process: one for each operation, made when it is first asked for."""

    def __init__(self, database: Database, lanes: Lanes, queue: int = 20_000) -> None:
        self.database = database
        self.lanes = lanes
        self.queue = queue
        self._turns = Turns(RUNNING)
        self._made: dict[Any, Batcher[Any, Any]] = {}

    def of(self, operation: Operation[C, R], owner: str = "id") -> "Batcher[C, R]":
        """Give the batcher of an operation. *owner* is the field of its commands that tells their shard."""
        found = self._made.get(operation)
        if found is None:
            found = self._made[operation] = Batcher(
                self.database,
                operation,
                owner=attrgetter(owner),
                lanes=self.lanes,
                queue=self.queue,
                turns=self._turns,
            )
        return found

    async def try_each(self, moves: Iterable[tuple[Operation[C, R], C]], owner: str = "id") -> list[R | Exception]:
        """Do commands, each with its operation, as if each came by itself: a fault with one is not another's.

        Results are in their order, and the fault where there was one: QueueFull is for those that were not begun.
        """
        asked = list(moves)
        begun: list[asyncio.Future[list[R]]] = []
        full: list[Exception] = []
        try:
            begun.extend(self.of(operation, owner).begin(command) for operation, command in asked)
        except QueueFull as error:
            full = [error] * (len(asked) - len(begun))
        answers: list[R | Exception] = []
        for answer in await asyncio.gather(*begun, return_exceptions=True):
            if isinstance(answer, list):
                answers.append(answer[0])
            elif isinstance(answer, Exception):
                answers.append(answer)
            else:
                raise answer
        return [*answers, *full]

    async def close(self) -> None:
        """Wait until everything that was submitted is answered."""
        await asyncio.gather(*(batcher.close() for batcher in self._made.values()))


class Turns:
    """Says which queue runs its next batch, where more want to than may: the fullest, so that batches are large.

    Beside a batch that runs, only a queue of LONG begins another: a few commands cost less as a part of the batch after
    it. One that has waited for PATIENCE goes before all.
    """

    def __init__(self, running: int) -> None:
        self._running = running
        self._free = running
        self._committing = 0
        self._waiting: list[tuple[float, Callable[[], int], asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, size: Callable[[], int]) -> AsyncIterator[Callable[[], None]]:
        """Wait for the turn of a queue, whose *size* in commands grows meanwhile, and hold it.

        What it gives says that only the disk is waited for: unless COMMITTING others do so, the turn ends before the
        block does. It may be called again.
        """
        if not self._waiting and self._may_begin(size(), 0):
            self._free -= 1
        else:
            loop = asyncio.get_running_loop()
            begins: asyncio.Future[None] = loop.create_future()
            self._waiting.append((loop.time(), size, begins))
            patience = loop.call_later(PATIENCE, self._go_on)
            try:
                await begins
            except asyncio.CancelledError:
                if not begins.cancelled():  # It was given, and will not be used.
                    self._give()
                raise
            finally:
                patience.cancel()
        is_held = True

        def end() -> None:
            nonlocal is_held
            if is_held and self._committing < COMMITTING:
                is_held = False
                self._committing += 1
                self._give()

        try:
            yield end
        finally:
            if is_held:
                self._give()
            else:
                self._committing -= 1

    def _give(self) -> None:
        self._free += 1
        self._go_on()

    def _go_on(self) -> None:
        now = asyncio.get_running_loop().time()
        self._waiting = [place for place in self._waiting if not place[2].cancelled()]
        while self._waiting:
            waited = now - self._waiting[0][0]
            next = 0 if waited >= PATIENCE else max(range(len(self._waiting)), key=lambda i: self._waiting[i][1]())
            since, size, begins = self._waiting[next]
            if not self._may_begin(size(), now - since):
                return
            del self._waiting[next]
            self._free -= 1
            begins.set_result(None)

    def _may_begin(self, size: int, waited: float) -> bool:
        return self._free == self._running or (self._free > 0 and (size >= LONG or waited >= PATIENCE))


class _Unit(Generic[C]):
    """The commands of one request in one lane, and the future that waits for their results."""

    __slots__ = ("commands", "future", "key", "lane")

    def __init__(self, lane: int, commands: Sequence[C], key: Key | None, future: "asyncio.Future[Any]") -> None:
        self.lane = lane
        self.commands = commands
        self.key = key
        self.future = future


class Batcher(Generic[C, R]):
    """Gathers the commands of one operation into batches, a queue for each lane.

    *owner* tells the id whose shard a command belongs to. *queue* bounds the commands waiting in a lane, *turns* how
    many batches run at a time, of this operation and others: so an operation never waits for another's batch.
    """

    def __init__(
        self,
        database: Database,
        operation: Operation[C, R],
        *,
        owner: Callable[[C], UUID],
        lanes: Lanes,
        queue: int = 20_000,
        batch: int = BATCH,
        turns: Turns | None = None,
    ) -> None:
        self.name = operation.__name__
        self.database = database
        self.operation = operation
        self.owner = owner
        self.lanes = lanes
        self.queue = queue
        self.batch = batch
        self.turns = turns or Turns(lanes.count)
        self._seconds = BATCH_SECONDS.labels(self.name)
        self._sizes = BATCH_COMMANDS.labels(self.name)
        self._waiting_now = BATCH_WAITING.labels(self.name)
        self._waiting: list[deque[_Unit[C]]] = [deque() for _ in range(lanes.count)]
        self._count = [0] * lanes.count
        self._running: list[asyncio.Task[None] | None] = [None] * lanes.count

    async def submit(self, command: C) -> R:
        """Do one command, in a batch with whoever else is waiting. Raises QueueFull or Unavailable."""
        return (await self.begin(command))[0]

    def begin(self, command: C) -> "asyncio.Future[list[R]]":
        """Queue one command; the future has its result, or Unavailable. Raises QueueFull."""
        return self._put(self.lanes.of(self.owner(command)), [command], None)

    async def submit_all(self, commands: Sequence[C]) -> list[R]:
        """Do the commands of one request; results are in their order. Raises QueueFull or Unavailable."""
        parts = self._split(commands)
        return _merge(len(commands), parts, await self._put_all(parts, commands, None))

    async def answer(self, commands: Sequence[C], key: Key) -> Answer:
        """Do the commands of a request that has an idempotency key; the same request again gets the stored answer.

        Raises IdempotencyConflict where the key was used for another request, QueueFull or Unavailable.
        """
        parts = self._split(commands)
        answers = await self._put_all(parts, commands, key)
        results = _merge(len(commands), parts, [answer.results for answer in answers])
        return Answer(results, bool(answers) and all(answer.is_replayed for answer in answers))

    async def close(self) -> None:
        """Wait until everything that was submitted is answered."""
        await asyncio.gather(*(task for task in self._running if task), return_exceptions=True)

    def _split(self, commands: Sequence[C]) -> dict[int, list[int]]:
        parts: dict[int, list[int]] = {}
        for place, command in enumerate(commands):
            parts.setdefault(self.lanes.of(self.owner(command)), []).append(place)
        return parts

    async def _put_all(self, parts: dict[int, list[int]], commands: Sequence[C], key: Key | None) -> list[Any]:
        if any(self._count[lane] + len(places) > self.queue for lane, places in parts.items()):
            raise QueueFull(self.name)  # Before any lane has taken its part: nothing is done.
        if len(parts) == 1:
            return [await self._put(next(iter(parts)), commands, key)]
        return await asyncio.gather(
            *(self._put(lane, [commands[i] for i in places], key) for lane, places in parts.items())
        )

    def _put(self, lane: int, commands: Sequence[C], key: Key | None) -> "asyncio.Future[Any]":
        if self._count[lane] + len(commands) > self.queue:
            raise QueueFull(self.name)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(_Unit(lane, commands, key, future))
        self._count[lane] += len(commands)
        if self._running[lane] is None:
            self._running[lane] = asyncio.create_task(self._run(lane), name=f"{self.name}-{lane}")
        return future

    async def _run(self, lane: int) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                async with self.turns.turn(lambda: self._count[lane]) as end_turn:
                    units = self._take(lane)
                    with self._seconds.time():
                        await self._answer(units, end_turn)
                # Whoever was answered and has more to ask joins the next batch rather than the one after it: with
                # callers that wait for their answers, batches are twice as large.
                await asyncio.sleep(0)
        finally:
            self._running[lane] = None
            if waiting:
                self._running[lane] = asyncio.create_task(self._run(lane), name=f"{self.name}-{lane}")

    def _take(self, lane: int) -> list[_Unit[C]]:
        waiting = self._waiting[lane]
        units = [waiting.popleft()]
        size = len(units[0].commands)
        while waiting and size + len(waiting[0].commands) <= self.batch:
            size += len(waiting[0].commands)
            units.append(waiting.popleft())
        self._count[lane] -= size
        self._waiting_now.set(self._count[lane])
        self._sizes.observe(size)
        return units

    async def _answer(self, units: list[_Unit[C]], end_turn: Callable[[], None]) -> None:
        """Run one batch and answer every unit of it, whatever happens."""
        try:
            answers = await self._attempt(units, end_turn)
        except Unavailable as error:
            if error.is_of_command and len(units) > 1:
                for unit in units:
                    await self._answer([unit], end_turn)
                return
            for unit in units:
                _fail(unit, error)
        except Exception as error:
            BATCH_FAILURES.labels(self.name).inc()
            if len(units) == 1:
                _fail(units[0], error)
                return
            # A fault of ours. So that one command can't take the others down, each request runs alone.
            log.exception("batch failed; running its requests alone", operation=self.name, requests=len(units))
            for unit in units:
                await self._answer([unit], end_turn)
        else:
            for unit, answer in zip(units, answers, strict=True):
                if unit.future.cancelled():
                    continue
                if isinstance(answer, Exception):
                    unit.future.set_exception(answer)
                else:
                    unit.future.set_result(answer)

    async def _attempt(self, units: list[_Unit[C]], end_turn: Callable[[], None]) -> list[Any]:
        for attempt in range(1, RETRIES + 1):
            try:
                async with self.database.transaction(goes_on=True) as tx:
                    answers = await self._run_once(tx, units)
                    await tx.arrive()
                    end_turn()  # While the disk has this batch, the next one thinks.
                return answers
            except (*LOST_RACES, *UNREACHABLE) as error:
                if attempt == RETRIES:
                    raise Unavailable(f"{self.name}: {error}") from error
                await asyncio.sleep(random.uniform(0.5, 1) * 0.02 * 4 ** (attempt - 1))  # noqa: S311
        raise AssertionError("unreachable")

    async def _run_once(self, tx: Transaction, units: list[_Unit[C]]) -> list[Any]:
        keys = [unit.key for unit in units if unit.key]
        if not keys:
            return await self._operate(tx, units)
        lane = units[0].lane
        stored = await idempotency.find(tx, keys)
        answers: list[Any] = [None] * len(units)
        fresh: list[int] = []
        first: dict[Key, int] = {}
        for place, unit in enumerate(units):
            found = stored.get(unit.key) if unit.key else None
            if found and unit.key and found.body_hash != unit.key.body_hash:
                answers[place] = IdempotencyConflict(unit.key.key)
            elif found and lane in found.parts:
                answers[place] = Answer(msgspec.json.decode(found.parts[lane]), is_replayed=True)
            elif unit.key is None or first.setdefault(unit.key, place) == place:
                fresh.append(place)
        results = await self._operate(tx, [units[place] for place in fresh])
        made: list[tuple[Key, bytes]] = []
        for place, result in zip(fresh, results, strict=True):
            key = units[place].key
            if key is None:
                answers[place] = result
                continue
            body = msgspec.json.encode(result)
            answers[place] = Answer(msgspec.json.decode(body), is_replayed=False)
            made.append((key, body))
        for place, unit in enumerate(units):
            if answers[place] is None and unit.key:
                # The same key twice in one batch: the second is answered with what the first was.
                twin = first[unit.key]
                is_same = _hash_of(units[twin]) == unit.key.body_hash
                answers[place] = (
                    Answer(answers[twin].results, is_replayed=True) if is_same else IdempotencyConflict(unit.key.key)
                )
        await idempotency.store(tx, lane, made)
        return answers

    async def _operate(self, tx: Transaction, units: list[_Unit[C]]) -> list[Any]:
        commands = [command for unit in units for command in unit.commands]
        results = list(await self.operation(tx, commands)) if commands else []
        if len(results) != len(commands):
            raise AssertionError(f"{self.name} gave {len(results)} results for {len(commands)} commands")
        answers: list[Any] = []
        start = 0
        for unit in units:
            answers.append(results[start : start + len(unit.commands)])
            start += len(unit.commands)
        return answers


def _merge(size: int, parts: dict[int, list[int]], answers: Sequence[Sequence[Any]]) -> list[Any]:
    results: list[Any] = [None] * size
    for places, answer in zip(parts.values(), answers, strict=True):
        for place, result in zip(places, answer, strict=True):
            results[place] = result
    return results


def _hash_of(unit: _Unit[Any]) -> bytes:
    assert unit.key is not None
    return unit.key.body_hash


def _fail(unit: _Unit[Any], error: Exception) -> None:
    if not unit.future.done():
        unit.future.set_exception(error)
