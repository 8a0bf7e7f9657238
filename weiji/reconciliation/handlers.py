"""Fetches statements day by day, and does what breaks are still to have: all of it may be done again."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

import structlog

from weiji.events import Delivered, Subscription
from weiji.events.payments import BankStatementImported
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import LOST_RACES, UNREACHABLE, Database, Reader
from weiji.kit.jobs import Job
from weiji.payments import (
    BANK,
    REGISTRY,
    Ability,
    Channel,
    GatewaySilent,
    Notice,
    NoticeKind,
    Stated,
    StatedLine,
    StatementUnavailable,
    Stating,
    TradesMissing,
    receive_notices,
)
from weiji.reconciliation import store
from weiji.reconciliation.model import Break, ImportStatus, LineKind
from weiji.reconciliation.operations import (
    STRAYS_MAX,
    Imported,
    PostBreak,
    RecordTold,
    import_statement,
    pair_arrivals,
    pair_corrections,
    pair_returns,
    post_breaks,
    record_told,
    take_up_bank_moves,
    take_up_strays,
)
from weiji.reconciliation.rules import day_of, notice_of

FETCH_EVERY: Final = timedelta(minutes=30)
FOLLOW_EVERY: Final = timedelta(seconds=30)

READY_AFTER: Final = timedelta(hours=2)
"""How long after midnight a channel has its statement of the day before, at the earliest."""

EMPTY_AFTER: Final = timedelta(hours=36)
"""How long after a day a channel that still says it has no statement of it will have none: nothing happened on it."""

FOLLOWED_FOR: Final = timedelta(days=31)
"""How long statements of a channel that was switched off are held against the books after anything moved there, and how
far back they are fetched at most."""

STATED_WITHIN: Final = timedelta(days=3)
"""How long after something moved its day was held against the books, or is about to be: even after a day's outage."""

FIRST_DAYS: Final = 7
"""How many days back an installation that has matched none begins."""

AT_ONCE: Final = 500

log = structlog.get_logger("weiji.reconciliation")


_KINDS: Final[dict[NoticeKind, LineKind]] = {
    NoticeKind.CHARGE_SUCCEEDED: LineKind.CHARGE,
    NoticeKind.REFUND_SUCCEEDED: LineKind.REFUND,
    NoticeKind.SETTLED: LineKind.SETTLEMENT,
    NoticeKind.PAYOUT_PAID: LineKind.PAYOUT,
    NoticeKind.PAYOUT_RETURNED: LineKind.PAYOUT_RETURN,
    NoticeKind.CHARGEBACK_RECEIVED: LineKind.CHARGEBACK,
    NoticeKind.CHARGEBACK_WON: LineKind.CHARGEBACK_REVERSAL,
}
"""What the notices are about that a channel may give as its statement."""


class NoStatement(StatementUnavailable):
    """The channel says that it has none of that day, not yet or never, but for some lines of what is no trade."""

    def __init__(self, reason: str, besides: Sequence[StatedLine] = ()) -> None:
        super().__init__(reason)
        self.besides = besides


def gives_statements(channel: Channel) -> bool:
    """Tell whether a channel gives statements: in parts, or as notices."""
    return isinstance(channel, Stating) or Ability.STATEMENT in channel.abilities


def stating_channels(unfinished: Collection[str]) -> list[Channel]:
    """Find the channels whose statements are held against the books, by name: the open ones, and the *unfinished*."""
    names = REGISTRY.open_names | (REGISTRY.closed_names & set(unfinished))
    return [one for name in sorted(names) if gives_statements(one := REGISTRY.get(name))]


def due_days(since: date, until: date) -> tuple[list[str], list[date]]:
    """Say of which channels there ought to be statements by now, those that were switched off among them, and of which
    days from one to another.
    """
    channels = map(REGISTRY.get, REGISTRY.open_names | REGISTRY.closed_names)
    last = min(until, day_of(clock.now() - READY_AFTER))
    days = [since + timedelta(days=number) for number in range((last - since).days)]
    return sorted(channel.name for channel in channels if gives_statements(channel)), days


async def find_unfinished(reader: Reader) -> frozenset[str]:
    """Find the channels that were switched off, and of which something is open, or may come back."""
    now = clock.now()
    return await store.list_unfinished(reader, REGISTRY.closed_names, day_of(now - FOLLOWED_FOR), now - STATED_WITHIN)


async def statement_of(channel: Channel, day: date) -> AsyncIterator[Sequence[StatedLine]]:
    """Fetch a channel's statement of a day, in whichever way it gives it. Raises StatementUnavailable."""
    if isinstance(channel, Stating):
        async for part in channel.statement(day):
            yield part
        return
    try:
        notices = await channel.read_statement(day)
    except GatewaySilent as silence:
        raise StatementUnavailable(str(silence)) from silence
    except TradesMissing as missing:
        raise NoStatement(str(missing), _lines_of(missing.besides)) from missing
    if notices is None:
        raise NoStatement("the channel says that it has none")
    yield _lines_of(notices)


async def read_shortage(database: Database, channel: Channel, day: date) -> int | None:
    """Say what the days before one leave a channel to make up for, by our books; else the channel is asked.

    None where it pays nothing by itself. Raises StatementUnavailable.
    """
    async with database.read() as reader:
        found = await store.get_shortage(reader, channel.name, day - timedelta(days=1))
    if found is not None or isinstance(channel, Stating):
        return found
    try:
        return await channel.read_shortage(day)
    except GatewaySilent as silence:
        raise StatementUnavailable(str(silence)) from silence


def _lines_of(stated: Sequence[Stated]) -> list[StatedLine]:
    found = (one if isinstance(one, StatedLine) else _line_of(one) for one in stated)
    return [line for line in found if line is not None]


def _line_of(notice: Notice) -> StatedLine | None:
    kind = _KINDS.get(notice.kind)
    if kind is None:
        return None
    return StatedLine(
        kind=kind.value,
        reference=notice.reference,
        request_id=notice.subject_id,
        amount=notice.amount,
        fee=notice.fee,
        occurred_at=notice.occurred_at,
        is_under_way=notice.is_under_way,
    )


class Reconciliation:
    """What is done with statements and breaks outside of the operations' own transactions."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def fetch(self, database: Database, _limit: int = 0) -> int:
        """Fetch and match the statements that are there, for each channel from the last day that was matched.

        Raises the first fault of ours, after the others were fetched: one channel that is read wrongly stops no other.
        """
        count, faults = 0, list[Exception]()
        async with database.read() as reader:
            unfinished = await find_unfinished(reader)
        for channel in stating_channels(unfinished):
            try:
                count += await self._fetch(database, channel)
            except UNREACHABLE:
                raise
            except Exception as fault:
                log.exception("statement not matched", channel=channel.name)
                faults.append(fault)
        async with database.read() as reader:
            channels = await store.list_stray_channels(reader)
        for name in channels:
            await _take_up(database, name)
        await _take_up_moves(database)
        if faults:
            raise faults[0]
        return count

    async def _fetch(self, database: Database, channel: Channel) -> int:
        last_day = day_of(clock.now() - READY_AFTER) - timedelta(days=1)
        async with database.read() as reader:
            _, last = await store.get_days(reader, channel.name)
        day = last + timedelta(days=1) if last else last_day - timedelta(days=FIRST_DAYS - 1)
        if channel.name in REGISTRY.closed_names:
            # It may have been at rest for long, and no channel gives its statements for ever.
            day = max(day, last_day - FOLLOWED_FOR + timedelta(days=1))
        count = 0
        while day <= last_day:
            try:
                shortage = await read_shortage(database, channel, day)
                try:
                    imported = await self.take(database, channel.name, day, statement_of(channel, day), shortage)
                except NoStatement as none:
                    if not await self._was_quiet(database, channel.name, day):
                        raise
                    imported = await self.take(database, channel.name, day, _only(none.besides), shortage)
            except StatementUnavailable as error:
                log.warning("no statement", channel=channel.name, day=day.isoformat(), reason=str(error))
                return count
            if imported.status not in (ImportStatus.MATCHED, ImportStatus.EXISTS):
                log.warning("statement not taken", channel=channel.name, day=day.isoformat(), status=imported.status)
                return count
            count += imported.status is ImportStatus.MATCHED
            day += timedelta(days=1)
        return count

    async def _was_quiet(self, database: Database, channel: str, day: date) -> bool:
        """Tell whether a day is long over, and our books have nothing of it either."""
        _, end = store.bounds_of(day)
        if clock.now() < end + EMPTY_AFTER:
            return False
        async with database.read() as reader:
            return not await store.has_movements(reader, channel, day)

    async def take(
        self,
        database: Database,
        channel: str,
        day: date,
        lines: AsyncIterator[Sequence[StatedLine]],
        shortage: int | None = None,
    ) -> Imported:
        """Take one statement, and do what its breaks are to have; *shortage* is what the days before were short of."""
        known = REGISTRY.find(channel)
        beside = known.beside if known is not None and not isinstance(known, Stating) else ()
        try:
            async with database.transaction() as tx:
                imported = await import_statement(tx, channel, day, lines, shortage, beside)
        except LOST_RACES:
            # Somebody else took it meanwhile; lines can't be read twice.
            async with database.read() as reader:
                found = await store.get_statement(reader, store.statement_id_of(channel, day))
            if found is None:
                raise
            imported = Imported(ImportStatus.EXISTS, found[0])
        await self.follow_up(database, AT_ONCE)
        return imported

    async def follow_up(self, database: Database, limit: int) -> int:
        """Tell payments what statements say that we knew nothing of, and make the postings of breaks."""
        total = 0
        while True:
            async with database.read() as reader:
                due = await store.get_due_breaks(reader, limit)
            total += len(due)
            await self._tell([one for one in due if one.is_to_tell])
            posts = [PostBreak(break_id=one.id) for one in due if one.is_due]
            await self.batchers.of(post_breaks, "break_id").submit_all(posts)
            if not due:
                break
        return total + await pair(database)

    async def _tell(self, breaks: Sequence[Break]) -> None:
        if not breaks:
            return
        notices = [notice_of(one) for one in breaks]
        statuses = await self.batchers.of(receive_notices, "owner_id").submit_all(notices)
        await self.batchers.of(record_told, "break_id").submit_all(
            [RecordTold(break_id=one.id, status=status) for one, status in zip(breaks, statuses, strict=True)]
        )

    async def take_up(self, database: Database, _batch: Sequence[Delivered]) -> None:
        """BankStatementImported: what channels paid is known again; two people end what else came, or went."""
        await _take_up(database, BANK)
        await _take_up_moves(database)
        await self.follow_up(database, AT_ONCE)


async def _take_up(database: Database, channel: str) -> None:
    while await database.retried(partial(take_up_strays, channel=channel)) == STRAYS_MAX:
        pass


async def _take_up_moves(database: Database) -> None:
    while await database.retried(take_up_bank_moves) == STRAYS_MAX:
        pass


async def pair(database: Database) -> int:
    """End what waits for people and is only what a channel said that it paid, or what of that came back, or what the
    bank takes back, whichever was brought first.
    """
    payers = {name: REGISTRY.get(name).payer_names for name in REGISTRY.open_names | REGISTRY.closed_names}
    # What is taken back, or came back, is not what came to the bank.
    ended = await database.retried(pair_corrections) + await database.retried(pair_returns)
    return ended + await database.retried(partial(pair_arrivals, payers=payers))


async def _only(lines: Sequence[StatedLine]) -> AsyncIterator[Sequence[StatedLine]]:
    """Give the statement of a day on which nothing was traded."""
    yield lines


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what reconciliation hears of."""
    work = Reconciliation(batchers)
    return [Subscription(name="reconciliation.take_up_strays", events=(BankStatementImported,), caller=work.take_up)]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what reconciliation does by the clock."""
    work = Reconciliation(batchers)
    return [
        Job(name="reconciliation.fetch_statements", every=FETCH_EVERY, work=work.fetch),
        Job(name="reconciliation.follow_up", every=FOLLOW_EVERY, work=work.follow_up),
    ]
