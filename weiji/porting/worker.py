"""What the worker does: reads files, reports, imports and undoes, and makes files, a batch at a time.

Each batch is one transaction with the run's row, which counts what is done: whoever goes on, in whatever process, goes
on behind it, and nothing is done twice. A job does one batch of each run and lets other jobs have their turn; meanwhile
the file stays open.
"""

import asyncio
import errno
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final, cast
from uuid import UUID

from msgspec.structs import replace

from weiji.events import Occurrence, publish
from weiji.events.porting import ImportUndone
from weiji.kit import clock
from weiji.kit.db import LOST_RACES, RETRIES, UNREACHABLE, Database, Transaction
from weiji.porting import store
from weiji.porting.exporting import Place, make
from weiji.porting.importing import (
    ITEMS_AT_ONCE,
    PAPER_BYTES_AT_ONCE,
    SKUS_AT_ONCE,
    Raced,
    Taken,
    of_origin,
    storable,
    take,
    take_back,
    take_back_profile,
    try_out,
)
from weiji.porting.labelling import take_back_labels
from weiji.porting.model import (
    EXPORT_KEPT_FOR,
    FAILURES_MAX,
    FILE_MAX,
    PART_MAX,
    AddPart,
    Export,
    ExportState,
    Outcome,
    Run,
    RunState,
    Undoing,
)
from weiji.porting.operations import imported
from weiji.porting.packages import PackageError
from weiji.porting.readers import Goods, open_goods
from weiji.porting.records import Fault, Item, LineProblem, Names, PaperRecord, ProductRecord, SettingsRecord
from weiji.porting.rules import ended
from weiji.porting.shop_settings import take_back_settings
from weiji.porting.store import Task
from weiji.web.permissions import Permission

AT_ONCE: Final = 4
"""Runs that get on at a time; the others wait for their turn."""


MADE_MAX: Final = FILE_MAX
"""Bytes of a file that is made."""


FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
"""What a machine has no room for."""


class Session:
    """The open file of a run: how many of its items were taken from it."""

    def __init__(self, file: IO[bytes], goods: Goods, origin: str = "") -> None:
        self.file = file
        self.goods = goods
        self.origin = origin
        self.done = 0

    def next(self) -> list[Item]:
        """Take a batch of items; none at the end. A part of a package that is broken is a problem of the file.

        The settings of a shop are the last of their batch, as they are the first of an archive: what is told of them
        holds the head of the shop's stream, and goods are locked before it.
        """
        batch: list[Item] = []
        skus = size = 0
        try:
            for item in islice(self.goods.items, ITEMS_AT_ONCE):
                batch.append(item)
                skus += len(item.skus) if isinstance(item, ProductRecord) else 0
                size += len(item.content) if isinstance(item, PaperRecord) else 0
                if skus >= SKUS_AT_ONCE or size >= PAPER_BYTES_AT_ONCE or isinstance(item, SettingsRecord):
                    break
        except PackageError as error:
            self.goods.problem = LineProblem(line=0, fault=error.fault, value=error.value)
        self.done += len(batch)
        return of_origin(batch, self.origin)

    def skip(self, number: int) -> None:
        """Pass over items that were dealt with before."""
        self.done = sum(1 for _ in islice(self.goods.items, number))

    def close(self) -> None:
        """Let go of the file."""
        self.goods.close()
        self.file.close()


class Importer:
    """Gets runs on. Files stay open between batches: `close` lets go of them."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[UUID, RunState], Session] = {}

    async def work(self, database: Database, limit: int) -> int:
        """Get each run on by a batch; say that there is more to do, as jobs do, by *limit*."""
        async with database.read() as reader:
            tasks = await store.get_runs_under_way(reader, AT_ONCE)
        for key in self._sessions.keys() - {(task.id, task.state) for task in tasks}:
            self._sessions.pop(key).close()
        failed: list[Exception] = []
        for task in tasks:
            try:
                await self._get_on(database, task)
            except Exception as error:  # The others have their turn all the same, and this one is behind them.
                failed.append(error)
                await database.retried(partial(_fail, task=task))
        if failed:
            raise failed[0]
        return limit if tasks else 0

    def close(self) -> None:
        """Let go of all files."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    async def _get_on(self, database: Database, task: Task) -> None:
        if task.state is RunState.UNDOING:
            await _retried(database, task, _Undoing(task))
            return
        key = (task.id, task.state)
        session = self._sessions.get(key)
        if session is None or session.done != task.done:
            if session:
                self._sessions.pop(key).close()
            opened = await open_file(database, task)
            if isinstance(opened, LineProblem):
                await _refuse(database, task, opened)
                return
            session = self._sessions[key] = opened
        first = session.done
        # In a thread: a batch of long descriptions takes its time to read, and others wait meanwhile.
        items = await asyncio.to_thread(session.next)
        problem = session.goods.problem
        if problem:
            await _refuse(database, task, problem)
            return
        work = _Checking(database, task, session.goods, items, first)
        try:
            await _retried(database, task, work if task.state is RunState.CHECKING else _Importing(work))
        except BaseException:
            # What was taken from the file is not done: it is opened anew.
            self._sessions.pop(key).close()
            raise


async def open_file(database: Database, task: Task) -> Session | LineProblem:
    """Open the file of a run behind what is done already."""
    file = TemporaryFile()  # noqa: SIM115 - It is open as long as the session.
    async with database.read() as reader:
        names = await store.get_names(reader, task.shop_id)
    if not await store.write_file(database, task.id, file):
        file.close()
        return LineProblem(line=0, fault=Fault.NO_FILE_OF_GOODS)
    return await asyncio.to_thread(_open, file, names, task)


def _open(file: IO[bytes], names: Names, task: Task) -> Session:
    session = Session(file, open_goods(cast("BinaryIO", file), names, clock.now()), task.origin)
    session.skip(task.done)
    return session


class Making:
    """An export that is being made: its file, and what writes it."""

    def __init__(self, database: Database, export: Export, place: Place) -> None:
        self.file = TemporaryFile()  # noqa: SIM115 - It is open as long as this.
        self.pages = make(database, export, self.file, place)
        self.items = 0

    async def get_on(self) -> bool:
        """Write a page; say whether there was one."""
        try:
            self.items = await anext(self.pages)
        except StopAsyncIteration:
            return False
        return True

    async def close(self) -> None:
        """Let go of the file."""
        await self.pages.aclose()
        self.file.close()


class Exporter:
    """Makes exports, a page of each at a time. One that is broken off is made anew; one that always fails ends."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._making: dict[UUID, Making] = {}
        self._failures: Counter[UUID] = Counter()

    async def work(self, database: Database, limit: int) -> int:
        """Get each export on by a page; say that there is more to do, as jobs do, by *limit*."""
        async with database.read() as reader:
            exports = await store.get_exports_under_way(reader, AT_ONCE)
        for id in self._making.keys() - {export.id for export in exports}:
            await self._making.pop(id).close()
        failed: list[Exception] = []
        for export in exports:
            try:
                await self._get_on(database, export)
            except Exception as error:  # The others have their turn all the same, and this one is behind them.
                failed.append(error)
                await self._fail(database, export, error)
        if failed:
            raise failed[0]
        return limit if exports else 0

    async def _fail(self, database: Database, export: Export, error: Exception) -> None:
        """Let the others go first; what failed too often in this process ends, and makes room for another.

        What fails all exports is the machine's fault, and not counted.
        """
        is_of_machine = isinstance(error, (*UNREACHABLE, *LOST_RACES)) or getattr(error, "errno", None) in FULL
        self._failures[export.id] += not is_of_machine
        if self._failures[export.id] < FAILURES_MAX:
            await database.retried(partial(store.touch_export, id=export.id, items=0))
            return
        del self._failures[export.id]
        await database.retried(partial(store.finish_export, id=export.id, state=ExportState.FAILED, items=0, size=0))

    async def close(self) -> None:
        """Let go of all files."""
        while self._making:
            await self._making.popitem()[1].close()

    async def _get_on(self, database: Database, export: Export) -> None:
        making = self._making.get(export.id)
        if making is None:
            making = self._making[export.id] = Making(database, export, self.place)
        try:
            if await making.get_on() and making.file.tell() <= MADE_MAX:
                await database.retried(partial(store.touch_export, id=export.id, items=making.items))
                return
            await database.retried(partial(_put_away, export=export, making=making))
            self._failures.pop(export.id, None)
        except BaseException:
            await self._making.pop(export.id).close()
            raise
        await self._making.pop(export.id).close()


async def _put_away(tx: Transaction, export: Export, making: Making) -> None:
    """Write a file that was made into its parts, and say that it is there. Whoever is first has made it."""
    size = making.file.seek(0, 2)
    is_made = size <= MADE_MAX
    state = ExportState.READY if is_made else ExportState.FAILED
    if not await store.finish_export(tx, export.id, state, making.items, size) or not is_made:
        return
    making.file.seek(0)
    number = 0
    while data := making.file.read(PART_MAX):
        part = AddPart(file_id=export.id, shop_id=export.shop_id, number=number, data=data)
        await store.add_parts(tx, [part], tx.now + EXPORT_KEPT_FOR)
        number += 1


class _Checking:
    """A batch of a file that is only tried."""

    def __init__(self, database: Database, task: Task, goods: Goods, items: Sequence[Item], first: int) -> None:
        self.database = database
        self.task = task
        self.source = goods.source
        self.reading = goods.reading
        self.items = items
        self.first = first

    async def prepare(self) -> Taken:
        """Say what would become of the items."""
        task = self.task
        return await try_out(self.database, task.shop_id, task.id, self.source, self.items, self.first, task.actor)

    async def work(self, tx: Transaction, run: Run, taken: Taken) -> Run:
        """Write it down."""
        await store.save_lines(tx, run.id, taken.lines)
        run = _counted(replace(run, source=self.source, reading=self.reading), taken, len(self.items))
        if self.items:
            return run
        return replace(run, state=RunState.CHECKED, items=run.done, checked_at=tx.now)


class _Importing:
    """A batch of a file that is taken over."""

    def __init__(self, batch: _Checking) -> None:
        self.batch = batch

    async def prepare(self) -> Taken:
        """Nothing needs to be known before."""
        return Taken([])

    async def work(self, tx: Transaction, run: Run, _taken: Taken) -> Run:
        """Take the items over, and write down what became of them."""
        batch, actor = self.batch, self.batch.task.actor
        taken = await take(tx, run.shop_id, run.id, batch.source, batch.items, batch.first, actor)
        await store.save_lines(tx, run.id, taken.lines, tx.now)
        if taken.profile:
            await store.set_profile(tx, run.id, taken.profile)
        if taken.settings and taken.settings.is_anything:
            await store.set_settings(tx, run.id, taken.settings)
        if taken.design:
            await store.set_design(tx, run.id, taken.design)
        run = _counted(run, taken, len(batch.items))
        if batch.items:
            return run
        run = replace(run, state=RunState.IMPORTED, items=run.done, imported_at=tx.now)
        await publish(tx, [Occurrence(imported(run), run.shop_id, run.id, actor)])
        return run


class _Undoing:
    """A batch of products that a run made or changed."""

    def __init__(self, task: Task) -> None:
        self.task = task

    async def prepare(self) -> Taken:
        """Nothing needs to be known before."""
        return Taken([])

    async def work(self, tx: Transaction, run: Run, _taken: Taken) -> Run:
        """Take them back, unless they were edited since; in the end what else the run brought."""
        lines = await store.get_lines_to_undo(tx, run.id, run.done, ITEMS_AT_ONCE)
        undoing = await take_back(tx, run.shop_id, lines, self.task.actor)
        await store.set_undoing(tx, run.id, undoing)
        undone = sum(each in (Undoing.WITHDRAWN, Undoing.PUT_BACK) for each in undoing.values())
        run = replace(run, undone=run.undone + undone, kept=run.kept + len(undoing) - undone)
        if lines:
            return replace(run, done=lines[-1].number + 1)
        await store.drop_pictures(tx, run.id)
        await store.delete_history(tx, run.id)
        profile, given = await store.get_profile(tx, run.id), await store.get_settings(tx, run.id)
        may = await store.get_permissions(tx, run.shop_id, self.task.actor) if profile or given else frozenset()
        if profile and Permission.SHOP in may:
            await take_back_profile(tx, run.shop_id, profile, self.task.actor)
        if given:
            await take_back_settings(tx, run.shop_id, given, self.task.actor, may)
            await take_back_labels(tx, run.shop_id, given.labels)
        run = replace(run, state=RunState.UNDONE, undone_at=tx.now)
        event = ImportUndone(run_id=run.id, undone=run.undone, kept=run.kept)
        await publish(tx, [Occurrence(event, run.shop_id, run.id, self.task.actor)])
        return run


async def _retried(database: Database, task: Task, batch: _Checking | _Importing | _Undoing) -> None:
    """Do a batch and count it, in one transaction, unless the run has moved on meanwhile."""

    for attempt in range(1, RETRIES + 1):
        taken = await batch.prepare()

        async def work(tx: Transaction, taken: Taken = taken) -> None:
            locked = (await store.lock_runs(tx, [task.id])).get(task.id)
            if locked and (locked.run.state, locked.run.done) == (task.state, task.done):
                await store.update_runs(tx, [await batch.work(tx, locked.run, taken)])

        try:
            await database.retried(work)
        except Raced:
            if attempt == RETRIES:
                raise
        else:
            return


async def _refuse(database: Database, task: Task, problem: LineProblem) -> None:
    """Say why nothing can be read."""
    await database.retried(partial(_end, task=task, problem=problem))


async def _fail(tx: Transaction, task: Task) -> None:
    """Count that a run failed: it is behind the others, and at some time it ends."""
    if await store.fail_run(tx, task.id) >= FAILURES_MAX:
        await _end(tx, task, LineProblem(line=0, fault=Fault.GIVEN_UP))


async def _end(tx: Transaction, task: Task, problem: LineProblem) -> None:
    locked = (await store.lock_runs(tx, [task.id])).get(task.id)
    if locked is None or locked.run.state is not task.state:
        return
    (told,) = storable([problem])
    run = ended(locked.run, told, tx.now)
    await store.update_runs(tx, [run])
    if task.state is RunState.IMPORTING:
        await publish(tx, [Occurrence(imported(run), run.shop_id, run.id, task.actor)])


def _counted(run: Run, taken: Taken, items: int) -> Run:
    lines = taken.lines
    # The settings and the page of a shop have lines, and are no products.
    outcomes = [line.outcome for line in lines if line.product_id or line.outcome is Outcome.REFUSED]
    return replace(
        run,
        done=run.done + items,
        history=run.history + taken.history,
        rows=run.rows + sum(line.rows for line in lines),
        made=run.made + outcomes.count(Outcome.NEW),
        changed=run.changed + outcomes.count(Outcome.CHANGED),
        same=run.same + outcomes.count(Outcome.SAME),
        refused=run.refused + outcomes.count(Outcome.REFUSED),
        pictures=run.pictures + sum(line.pictures for line in lines),
        warned=run.warned + sum(line.outcome is not Outcome.REFUSED and bool(line.problems) for line in lines),
    )
