"""Types for the statements in `queries.sql`."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import SHARDS, derive, shard_of, shards_of
from weiji.ledger import Code, chart
from weiji.payments import BANK, StatedLine, whole_fees_number
from weiji.reconciliation.model import (
    BREAKS_MAX,
    TAKES_BACK,
    Break,
    BreakClass,
    BreakState,
    Difference,
    LineKind,
    Resolution,
    Settlement,
    Side,
    Statement,
)
from weiji.reconciliation.rules import BankMove, Key, key_of, shard_of_line

SQL = sql.beside(__file__)

STAGED: Final = (
    "shard", "statement_id", "line", "kind", "reference", "request_id", "amount", "fee", "occurred_at", "about",
)  # fmt: skip

CLEARING: Final = (
    Code.CHANNEL_RECEIVABLE, Code.SUSPENSE_SHORT, Code.PAYOUT_CLEARING, Code.REFUND_CLEARING, Code.SUSPENSE,
    Code.TRANSIT,
)  # fmt: skip
"""The accounts that come back to zero when all is quiet and every channel has settled."""

SETTLEMENTS_READ_MAX: Final = 1_000

_ALL: Final = UUID(int=0)
_FIRST: Final = (0, datetime(1970, 1, 1, tzinfo=SHANGHAI), _ALL)


def statement_id_of(channel: str, day: date) -> UUID:
    """Make the id of a channel's statement of a day."""
    return derive(_ALL, "statement", channel, day.isoformat())


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """Tell when a day begins and ends, in Shanghai."""
    begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return begin, begin + timedelta(days=1)


async def get_statement(reader: Reader, id: UUID) -> tuple[Statement, bytes] | None:
    """Read a statement that was matched, with the digest of its lines."""
    row = await reader.row(SQL.get_statement, shard_of(id), id)
    if row is None:
        return None
    return _statement(row), row["digest"]


async def get_day(
    reader: Reader, channel: str, day: date, paid_within: timedelta
) -> tuple[Statement, list[Settlement], list[Settlement]] | None:
    """Read a day's statement, with what its breaks may be, and the lines that the bank may have taken back by them.

    The former is what channels said before that they paid to our bank, and what the bank was to pay.
    """
    id = statement_id_of(channel, day)
    times = bounds_of(day - paid_within)[0], bounds_of(day)[1]
    row = await reader.row(SQL.get_day, shard_of(id), id, *times, SETTLEMENTS_READ_MAX)
    if row is None:
        return None
    found, correctable = (
        msgspec.convert(its, list[Settlement]) for its in (row["settlements"] + row["transfers"], row["correctable"])
    )
    return _statement(row), found, correctable


def _statement(row: Row) -> Statement:
    return Statement(**{name: row[name] for name in Statement.__struct_fields__})


async def stage_lines(tx: Transaction, statement_id: UUID, first: int, lines: Sequence[StatedLine]) -> None:
    """Copy lines to where they are matched."""
    await tx.arrive()
    await tx.connection.copy_records_to_table(
        "staged_lines",
        schema_name="reconciliation",
        columns=STAGED,
        records=[
            (
                shard_of_line(LineKind(line.kind), line.reference, line.request_id),
                statement_id,
                number,
                line.kind,
                line.reference,
                line.request_id,
                line.amount,
                line.fee,
                line.occurred_at,
                line.about,
            )
            for number, line in enumerate(lines, first)
        ],
    )


async def find_differences(tx: Transaction, statement_id: UUID, channel: str, day: date) -> list[Difference]:
    """Hold the staged lines against our movements of the day; give what differs, one more than may be at most."""
    rows = await tx.rows(SQL.find_differences, statement_id, channel, *bounds_of(day), BREAKS_MAX + 1)
    return [Difference(ours=_ours(row), theirs=_theirs(row)) for row in rows]


def _theirs(row: Row) -> Side | None:
    if row["times"] is None:
        return None
    return Side(
        shard=row["t_shard"],
        kind=LineKind(row["kind"]),
        reference=row["reference"],
        subject_id=row["request_id"],
        amount=row["t_amount"],
        fee=row["t_fee"],
        at=row["t_at"],
        times=row["times"],
        about=row["about"],
    )


def _ours(row: Row) -> Side | None:
    if row["o_shard"] is None:
        return None
    return Side(
        shard=row["o_shard"],
        kind=LineKind(row["kind"]),
        reference=row["reference"],
        subject_id=row["subject_id"],
        amount=row["o_amount"],
        fee=row["o_fee"],
        at=row["o_at"],
    )


async def add_up(tx: Transaction, statement_id: UUID, channel: str, day: date) -> tuple[int, int]:
    """Add up what each side has of a day: theirs, ours."""
    row = await tx.row(SQL.add_up, statement_id, channel, *bounds_of(day))
    assert row is not None
    return row["theirs"], row["ours"]


async def has_movements(reader: Reader, channel: str, day: date) -> bool:
    """Tell whether we have movements of a channel on a day."""
    return bool(await reader.value(SQL.has_movements, channel, *bounds_of(day)))


async def find_movements(
    tx: Transaction, channel: str, since: datetime, until: datetime, references: Sequence[str]
) -> dict[Key, Side]:
    """Find movements of ours by reference."""
    rows = await tx.rows(SQL.find_movements, channel, since, until, references)
    found = [Side(**{**dict(row), "kind": LineKind(row["kind"])}) for row in rows]
    return {key_of(side): side for side in found}


async def find_stray_lines(tx: Transaction, statement_id: UUID, channel: str) -> list[tuple[int, str]]:
    """Find money for nothing that a statement has, too: shard and reference of each."""
    return [tuple(row) for row in await tx.rows(SQL.find_stray_lines, statement_id, channel)]


async def find_strays(tx: Transaction, channel: str, until: datetime | None, limit: int) -> list[tuple[int, str]]:
    """Find money for nothing that no break is or will be about yet, the oldest first: shard and reference of each."""
    return [tuple(row) for row in await tx.rows(SQL.find_strays, channel, until, limit)]


async def list_stray_channels(reader: Reader) -> list[str]:
    """Name the channels, the bank's account aside, of which there is money for nothing."""
    return [row["channel"] for row in await reader.rows(SQL.list_stray_channels, BANK)]


async def find_booked(tx: Transaction, channel: str, strays: Sequence[tuple[int, str]]) -> dict[tuple[int, str], UUID]:
    """Find the breaks that end money for nothing, by its shard and reference."""
    shards, references = sorted({shard for shard, _ in strays}), [reference for _, reference in strays]
    rows = await tx.rows(SQL.find_booked, shards, channel, references)
    return {(row["shard"], row["reference"]): row["id"] for row in rows}


async def add_strays(tx: Transaction, breaks: Sequence[Break]) -> None:
    """Write breaks about money for nothing, which is booked already."""
    if breaks:
        names = (
            "id", "channel", "day", "kind", "class_", "reference", "subject_id", "delta", "occurred_at", "told",
        )  # fmt: skip
        ids, *facts = columns(breaks, *names)
        await tx.run(SQL.add_strays, shards_of(ids), ids, *facts, tx.now)


async def find_bank_moves(reader: Reader, limit: int) -> list[BankMove]:
    """Find what moved on the bank account, and is nothing of ours, and that no break is about yet."""
    return [
        BankMove(**{**dict(row), "kind": LineKind(row["kind"])}) for row in await reader.rows(SQL.find_moves, limit)
    ]


async def add_bank_moves(tx: Transaction, breaks: Sequence[Break]) -> None:
    """Write breaks about what moved on the bank account, each once; they are to be posted."""
    if breaks:
        names = ("id", "channel", "day", "kind", "class_", "reference", "theirs", "occurred_at", "delta", "subject_id")
        ids, *facts = columns(breaks, *names)
        await tx.run(SQL.add_moves, shards_of(ids), ids, *facts, tx.now)


async def find_own_funds(tx: Transaction, amount: int) -> int | None:
    """Find the shard in which most of the operator's own money is, if that is enough."""
    shard = await tx.value(SQL.find_own_funds, int(Code.OWN_FUNDS), amount)
    assert shard is None or isinstance(shard, int)
    return shard


async def drop_told_lines(tx: Transaction, statement_id: UUID, channels: Collection[str]) -> int:
    """Let go of staged lines of the account's bill of which a statement of *channels* told; return how many."""
    count = await tx.value(SQL.drop_told_lines, statement_id, sorted(channels))
    assert isinstance(count, int)
    return count


async def find_whole_fees(tx: Transaction, channel: str, days: Collection[date]) -> set[date]:
    """Find of which *days* all that their trades cost was stated at once."""
    numbers = {whole_fees_number(day): day for day in days}
    found = await find_breaks(tx, channel, sorted(numbers))
    return {numbers[reference] for kind, reference in found if kind == LineKind.FEE.value}


async def forget_lines(tx: Transaction, statement_id: UUID) -> None:
    """Let go of the staged lines."""
    await tx.run(SQL.forget_lines, statement_id)


async def add_statement(tx: Transaction, statement: Statement, digest: bytes) -> None:
    """Write that a statement was matched."""
    await tx.run(
        SQL.add_statement,
        shard_of(statement.id),
        statement.id,
        statement.channel,
        statement.day,
        digest,
        statement.lines,
        statement.matched,
        statement.breaks,
        statement.theirs,
        statement.ours,
        statement.matched_at,
        statement.shortage,
    )


async def get_days(reader: Reader, channel: str) -> tuple[date | None, date | None]:
    """Tell the first and the last day of a channel that was matched."""
    row = await reader.row(SQL.get_first_day, channel)
    assert row is not None
    return row["first"], row["last"]


async def find_breaks(reader: Reader, channel: str, references: Sequence[str]) -> dict[Key, Break]:
    """Find breaks about transactions by reference: the newest of each."""
    return {key_of(one): one for one in _breaks(await reader.rows(SQL.find_breaks, channel, references))}


async def add_breaks(tx: Transaction, breaks: Sequence[Break]) -> None:
    """Write new breaks."""
    if breaks:
        names = (
            "id", "channel", "day", "kind", "class_", "reference", "subject_id", "ours", "theirs", "fee", "occurred_at",
            "delta", "is_due", "is_to_tell", "state", "resolution", "found_at", "resolved_at", "about",
        )  # fmt: skip
        ids, *facts = columns(breaks, *names)
        await tx.run(SQL.add_breaks, shards_of(ids), ids, *facts)


async def let_arrive(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Resolve breaks whose other side came."""
    if ids:
        await tx.run(SQL.let_arrive, shards_of(ids), list(ids), tx.now)


async def get_due_breaks(reader: Reader, limit: int) -> list[Break]:
    """Read breaks of which something is still to be told or posted, the oldest first.

    Of one statement they come as they happened: a payment before the chargeback of it, and that before its end.
    """
    return list(_breaks(await reader.rows(SQL.get_due_breaks, limit)))


async def lock_breaks(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Break]:
    """Lock breaks until *tx* ends, in id order."""
    wanted = sorted(set(ids))
    return {one.id: one for one in _breaks(await tx.rows(SQL.lock_breaks, shards_of(wanted), wanted))}


async def update_breaks(tx: Transaction, breaks: Sequence[Break]) -> None:
    """Write how locked breaks stand."""
    if breaks:
        names = (
            "id", "is_due", "is_to_tell", "told", "posted_at", "state", "resolution", "note", "proposed_by",
            "resolved_by", "resolved_at", "closed_at",
        )  # fmt: skip
        ids, *facts = columns(breaks, *names)
        # As text, since an array takes lists in it for dimensions of its own.
        settlements = [msgspec.json.encode(one.settlements).decode() for one in breaks]
        await tx.run(SQL.update_breaks, shards_of(ids), ids, *facts, settlements)


async def list_breaks(
    reader: Reader,
    states: Sequence[BreakState],
    day: date | None,
    channel: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    kind: LineKind | None = None,
) -> list[Break]:
    """Read breaks, the oldest first."""
    begin = after or _FIRST[1:]
    return list(_breaks(await reader.rows(SQL.list_breaks, states, day, channel, *begin, limit, kind)))


async def list_corrections(reader: Reader, since: datetime, limit: int) -> list[Break]:
    """Read what the bank took back and nobody has said yet what that is, of what was found since, the oldest first."""
    return list(_breaks(await reader.rows(SQL.list_bank_breaks, list(TAKES_BACK), None, since, limit)))


async def list_correctable(reader: Reader, corrections: Iterable[Break], limit: int) -> list[Break]:
    """Read the lines on the bank account that are not ended, of the amounts of *corrections*, the oldest first."""
    deltas = sorted({-one.delta for one in corrections})
    kinds = list(TAKES_BACK.values())
    return list(_breaks(await reader.rows(SQL.list_bank_breaks, kinds, deltas, _FIRST[1], limit))) if deltas else []


async def list_corrected(reader: Reader, ids: Collection[UUID]) -> list[UUID]:
    """Find which other breaks those of some breaks end that are proposed to be what the bank takes back."""
    return [row["id"] for row in await reader.rows(SQL.list_corrected, shards_of(ids), list(ids))]


TURNS: Final = (BreakState.PROPOSED, BreakState.OPEN, BreakState.RESOLVED)
"""In which order people are shown breaks."""

After = tuple[int, datetime, UUID]
"""Where such a list goes on: the last one's turn, when it was found, and its id."""


def place_of(one: Break) -> After:
    """Say where a break is in lists for people."""
    return TURNS.index(one.state) + 1, one.found_at, one.id


async def list_open_breaks(reader: Reader, after: After | None, limit: int) -> list[Break]:
    """Read breaks that are not over: first those that somebody proposed an end for, then the oldest."""
    return list(_breaks(await reader.rows(SQL.list_open_breaks, TURNS, *(after or _FIRST), limit)))


async def list_breaks_of_day(reader: Reader, channel: str, day: date, after: After | None, limit: int) -> list[Break]:
    """Read the breaks of a channel's day: likewise, and last those that are over."""
    return list(_breaks(await reader.rows(SQL.list_breaks_of_day, TURNS, *(after or _FIRST), limit, day, channel)))


async def find_settlements(reader: Reader, stretches: Sequence[tuple[date, date]]) -> list[Settlement]:
    """Find what channels said that they paid to our bank, and that no money on the account is yet, by time.

    It is of *stretches* of days, first and last, in their order, that don't meet.
    """
    if not stretches:
        return []
    rows = await reader.rows(SQL.find_settlements, *_times_of(stretches), SETTLEMENTS_READ_MAX)
    return [Settlement(**dict(row)) for row in rows]


async def list_under_way(
    reader: Reader, since: date, after: tuple[datetime, str, str] | None, limit: int
) -> list[Settlement]:
    """Read what channels said since a day that they paid to our bank, and is still on its way, the oldest first."""
    begins_at = bounds_of(since)[0]
    rows = await reader.rows(SQL.list_under_way, begins_at, *(after or (begins_at, "", "")), limit)
    return [Settlement(**dict(row)) for row in rows]


async def find_returnable(
    reader: Reader, stretches: Sequence[tuple[date, date]], channels: Iterable[str]
) -> list[Settlement]:
    """Find what channels said likewise that they paid, and that did not come back yet."""
    if not stretches:
        return []
    times, names = _times_of(stretches), sorted(set(channels))
    rows = await reader.rows(SQL.find_returnable, *times, names, SETTLEMENTS_READ_MAX)
    return [Settlement(**dict(row)) for row in rows]


async def find_transfers(reader: Reader, keys: Iterable[tuple[str, str]]) -> list[Settlement]:
    """Find transfers that the bank was given, and that no line of a statement is yet, by their keys."""
    references = sorted({reference for channel, reference in keys if channel == BANK})
    rows = await reader.rows(SQL.find_transfers, references) if references else []
    return [Settlement(**dict(row)) for row in rows]


async def list_transfers(
    reader: Reader, since: date, after: tuple[datetime, str] | None, limit: int
) -> list[Settlement]:
    """Read such transfers that were made since a day, the oldest first."""
    begins_at = bounds_of(since)[0]
    rows = await reader.rows(SQL.list_transfers, begins_at, *(after or (begins_at, "")), limit)
    return [Settlement(**dict(row)) for row in rows]


def _times_of(stretches: Sequence[tuple[date, date]]) -> tuple[list[datetime], list[datetime]]:
    return [bounds_of(first)[0] for first, _ in stretches], [bounds_of(last)[1] for _, last in stretches]


async def take_settlements(tx: Transaction, breaks: Iterable[Break]) -> None:
    """Note which settlements breaks are, or which came back by them: of two who take one, one loses the race."""
    arrived, returned = _by_pairing(breaks)
    if arrived:
        await tx.run(SQL.add_arrivals, *map(list, zip(*arrived, strict=True)))
    if returned:
        await tx.run(SQL.add_returns, *map(list, zip(*returned, strict=True)))


async def free_settlements(tx: Transaction, breaks: Iterable[Break]) -> None:
    """Note that settlements are not what was proposed for breaks."""
    arrived, returned = _by_pairing(breaks)
    if arrived:
        await tx.run(SQL.drop_arrivals, *map(list, zip(*(row[:3] for row in arrived), strict=True)))
    if returned:
        await tx.run(SQL.drop_returns, *map(list, zip(*(row[:3] for row in returned), strict=True)))


_Taken = tuple[int, str, str, UUID]


def _by_pairing(breaks: Iterable[Break]) -> tuple[list[_Taken], list[_Taken]]:
    """Say what breaks take: of what arrived, and of what came back."""
    arrived: list[_Taken] = []
    returned: list[_Taken] = []
    for one in breaks:
        if one.resolution in (Resolution.PAID, Resolution.CORRECTED):
            continue  # Which line a transfer is, payments know; what is corrected ends itself.
        rows = returned if one.resolution is Resolution.RETURNED else arrived
        rows += [(*_key_of(each), one.id) for each in one.settlements]
    return arrived, returned


def _key_of(one: Settlement) -> tuple[int, str, str]:
    return one.shard, one.channel, one.reference


async def list_statements(reader: Reader, before: tuple[date, str] | None, limit: int) -> list[Statement]:
    """Read statements that were matched, the newest first."""
    rows = await reader.rows(SQL.list_statements, *(before or (date(9999, 1, 1), "")), limit)
    return [Statement(**dict(row)) for row in rows]


class Clearing(Struct, frozen=True):
    """How everything stands: the clearing accounts (debits less credits), what is open, and the newest statements.

    `last_days` are the last days that were matched, by channel; `settlements` what channels said that they paid to our
    bank; `transfers` what the bank was to pay, if something went that may be of that; `correctable` lines that the bank
    may have taken back, by the ids of their breaks, with what each made more of our money.
    """

    balances: dict[int, int]
    open: int
    to_agree: int
    """How many of those somebody else proposed an end for."""
    proposed: int
    """How many I did."""
    waiting: int
    """How many the next statement most likely ends."""
    oldest_at: datetime | None
    statements: list[Statement]
    last_days: dict[str, date]
    settlements: list[Settlement]
    transfers: list[Settlement]
    correctable: list[Settlement]
    has_bank_statements: bool
    """Whether statements of the bank account are imported at all."""


async def get_clearing(
    reader: Reader,
    statements: int = 0,
    paid: Sequence[tuple[date, date]] = (),
    person_id: UUID | None = None,
    waits_since: datetime | None = None,
) -> Clearing:
    """Read how everything stands in one statement, with so many statements, and what was *paid* at stretches of days.

    What waits for the next statement was found since a time.
    """
    row = await reader.row(
        SQL.get_clearing, list(CLEARING), statements, *_times_of(paid), SETTLEMENTS_READ_MAX, person_id, waits_since
    )
    assert row is not None
    found: dict[int, int] = dict(row["accounts"] or [])
    count, oldest, to_agree, proposed, waiting = row["open"]
    balances = {int(code): found.get(int(code), 0) for code in CLEARING}
    newest = msgspec.convert(row["statements"], list[Statement])
    last_days = msgspec.convert(row["last_days"], dict[str, date])
    settlements = msgspec.convert(row["settlements"], list[Settlement])
    transfers = msgspec.convert(row["transfers"], list[Settlement])
    correctable = msgspec.convert(row["correctable"], list[Settlement])
    oldest_at = datetime.fromisoformat(oldest) if oldest else None
    return Clearing(
        balances,
        count,
        to_agree,
        proposed,
        waiting,
        oldest_at,
        newest,
        last_days,
        settlements,
        transfers,
        correctable,
        row["has_bank_statements"],
    )


async def get_shortage(reader: Reader, channel: str, day: date) -> int | None:
    """Read what a channel that pays by itself is to make up for after a day; None where no statement told it."""
    id = statement_id_of(channel, day)
    found = await reader.value(SQL.get_shortage, shard_of(id), id)
    assert found is None or isinstance(found, int)
    return found


async def list_unfinished(
    reader: Reader, channels: Iterable[str], since: date, unstated_since: datetime
) -> frozenset[str]:
    """Find of which channels something is open, or moved *since* a day, of which something may still come back.

    What moved *unstated_since* a time no statement may have yet.
    """
    names = sorted(channels)
    if not names:
        return frozenset()
    rows = await reader.rows(SQL.list_unfinished, names, *accounts_of(names), since, unstated_since)
    return frozenset(row["name"] for row in rows)


def accounts_of(channels: Iterable[str]) -> tuple[list[str], list[int], list[UUID]]:
    """List the accounts on which the money of channels moves: of which channel each is, its shard and its id."""
    keys = [
        (name, shard, account(shard, name).id)
        for name in channels
        for account in _ACCOUNTS_OF_CHANNELS
        for shard in range(SHARDS)
    ]
    return [name for name, _, _ in keys], [shard for _, shard, _ in keys], [id for _, _, id in keys]


_ACCOUNTS_OF_CHANNELS: Final = (
    chart.channel_receivable, chart.refund_clearing, chart.payout_clearing, chart.suspense, chart.suspense_short,
)  # fmt: skip


class _Written(Struct, frozen=True):
    """What is read of the bank's line that a notice has: lines are kept as they were written, the oldest with less."""

    payer: str = ""
    remark: str = ""


def _breaks(rows: Iterable[Row]) -> Iterable[Break]:
    for row in rows:
        facts: dict[str, Any] = dict(row)
        if raw := facts.pop("line", None):
            line = msgspec.json.decode(raw, type=_Written)
            facts |= {"payer": line.payer, "remark": line.remark}
        yield Break(
            **facts
            | {
                "settlements": msgspec.convert(facts["settlements"], tuple[Settlement, ...]),
                "class_": BreakClass(facts.pop("class")),
                "kind": LineKind(facts["kind"]),
                "state": BreakState(facts["state"]),
                "resolution": Resolution(facts["resolution"]) if facts["resolution"] else None,
            }
        )


Lines = AsyncIterator[Sequence[StatedLine]]
