"""The verbs of reconciliation. Each takes an open transaction; what is decided about breaks comes in batches.

Locks: breaks in id order, then money for nothing (`lock_unmatched_captures`) or transfers (`pay_by_line`), then
accounts, then the heads of streams.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.events import BY_SYSTEM, Actor, Occurrence, publish
from weiji.events.reconciliation import BreakFound, BreakResolved, ResolutionProposed, ResolutionRefused
from weiji.kit.db import Transaction
from weiji.kit.ids import shard_of
from weiji.ledger import Account, Transfer, TransferStatus, create_transfers
from weiji.payments import BANK, REGISTRY, NoticeStatus, end_captures, lock_unmatched_captures, pay_by_line
from weiji.reconciliation import rules, store
from weiji.reconciliation.model import (
    BREAKS_MAX,
    AgreeToResolution,
    Break,
    BreakState,
    ImportStatus,
    LineKind,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Settlement,
    Side,
    Statement,
)
from weiji.reconciliation.rules import (
    ARRIVED_WITHIN,
    ARRIVES_WITHIN,
    PAIRINGS,
    Accounts,
    Key,
    bearing_postings,
    choices_of,
    closing_posting,
    day_of,
    days_before,
    end_corrected,
    judge_agreement,
    judge_proposal,
    key_of,
    may_take_back,
    name_differences,
    name_stray,
    net_of,
    note_agreement,
    note_posted,
    note_proposal,
    note_refusal,
    note_told,
    tellings_of,
    was_booked,
)
from weiji.reconciliation.store import Lines

LOOK_BACK: Final = timedelta(days=31)
"""How far from its day a transaction is looked for that only one side has on it."""

PAIRED_MAX: Final = 500
"""Of how much money on the bank account it is looked for at once which channel paid it."""

PAIRED_FOR: Final = timedelta(days=30)
"""How long that is looked for; then it is for people to say."""

STRAYS_MAX: Final = 500
"""How much money for nothing is taken up at once."""


class Imported(Struct, frozen=True):
    """How taking a statement ended, and the statement, if there is one."""

    status: ImportStatus
    statement: Statement | None = None


async def import_statement(
    tx: Transaction,
    channel: str,
    day: date,
    lines: Lines,
    shortage: int | None = None,
    beside: Collection[str] = (),
) -> Imported:
    """Take a channel's statement of a day, and hold it against our books: one hash join, whatever the number of lines.

    *shortage* is what the days before leave to be made up for; *beside* are channels that may be of the same account,
    whose statements may have told of some lines already. What differs becomes breaks; nothing is told or posted yet. Of
    two who take the same, one waits for the other, and loses the race.
    """
    begin, end = store.bounds_of(day)
    if tx.now < end:
        return Imported(ImportStatus.DAY_NOT_OVER)
    id = store.statement_id_of(channel, day)
    count, digest, under_way = 0, sha256(), set[tuple[str, str]]()
    async for part in lines:
        for line in part:
            digest.update(f"{line.kind},{line.reference},{line.request_id},{line.amount},{line.fee}\n".encode())
        stated = []
        for line in part:
            if line.is_net:
                paid, shortage = net_of(line.amount, shortage or 0)
                stated += [replace(line, amount=paid)] if paid else []
            else:
                stated.append(line)
        await store.stage_lines(tx, id, count + 1, stated)
        under_way |= {(line.kind, line.reference) for line in stated if line.is_under_way}
        count += len(stated)
    found = await store.get_statement(tx, id)
    if found is not None:
        await store.forget_lines(tx, id)
        same = found[1] == digest.digest()
        return Imported(ImportStatus.EXISTS if same else ImportStatus.EXISTS_WITH_DIFFERENT_LINES, found[0])
    if beside:
        count -= await store.drop_told_lines(tx, id, beside)
    differences = await store.find_differences(tx, id, channel, day)
    if len(differences) > BREAKS_MAX:
        await store.forget_lines(tx, id)
        return Imported(ImportStatus.UNLIKE)
    first, _last = await store.get_days(tx, channel)
    references = [each.one.reference for each in differences]
    earlier = await store.find_breaks(tx, channel, references) if references else {}
    alone = [each.theirs for each in differences if each.theirs and not each.ours]
    lonely = [one.about if one.kind is LineKind.FEE and one.about else one.reference for one in alone]
    elsewhere = await store.find_movements(tx, channel, begin - LOOK_BACK, end + LOOK_BACK, lonely) if lonely else {}
    trades = [trade for one in alone if (trade := _trade_of(one, elsewhere))]
    counted = await store.find_whole_fees(tx, channel, {day_of(trade.at) for trade in trades}) if trades else set()
    named = name_differences(
        channel,
        day,
        [
            replace(
                each,
                elsewhere=elsewhere.get(key_of(each.one)),
                of=(trade := _trade_of(each.one, elsewhere)),
                is_counted=trade is not None and day_of(trade.at) in counted,
            )
            if each.ours is None
            else each
            for each in differences
        ],
        earlier,
        first,
        tx.now,
        under_way,
    )
    theirs, ours = await store.add_up(tx, id, channel, day)
    stray_lines = await store.find_stray_lines(tx, id, channel)
    unmatched = sum(each.theirs.times for each in differences if each.theirs)
    statement = Statement(
        id=id,
        channel=channel,
        day=day,
        lines=count,
        matched=count - unmatched,
        breaks=len(named.breaks),
        theirs=theirs,
        ours=ours,
        matched_at=tx.now,
        shortage=shortage,
    )
    await store.add_breaks(tx, named.breaks)
    await store.let_arrive(tx, named.arrived)
    # What was heard of since the lines were held against our books is told as what only they have.
    to_tell = {one.reference for one in named.breaks if one.is_to_tell and one.kind is LineKind.CHARGE}
    strays = await _name_strays(tx, channel, [each for each in stray_lines if each[1] not in to_tell], day)
    statement = replace(statement, breaks=statement.breaks + strays)
    await store.add_statement(tx, statement, digest.digest())
    await store.forget_lines(tx, id)
    return Imported(ImportStatus.MATCHED, statement)


def _trade_of(one: Side, movements: Mapping[Key, Side]) -> Side | None:
    """Find the trade of ours that a fee is of, which may be of another day."""
    return movements.get((LineKind.CHARGE.value, one.about)) if one.kind is LineKind.FEE else None


async def take_up_strays(tx: Transaction, channel: str = BANK, limit: int = STRAYS_MAX) -> int:
    """Have two people end what came for nothing that we know, of which no other statement tells; return how much.

    The bank's lines are its statement: no other comes that they could be held against. Of another channel it is what
    came on days of which we have the statement, and what breaks there were of it are over. Publishes BreakFound.
    """
    until = None
    if channel != BANK:
        _, last = await store.get_days(tx, channel)
        if last is None:
            return 0
        _, until = store.bounds_of(last)
    return await _name_strays(tx, channel, await store.find_strays(tx, channel, until, limit), None)


async def _name_strays(tx: Transaction, channel: str, strays: Sequence[tuple[int, str]], day: date | None) -> int:
    """Make breaks of money for nothing that both sides have (shard and reference), each once, of *day* or its own."""
    captures = await lock_unmatched_captures(tx, [(shard, channel, reference) for shard, reference in strays])
    if not captures:
        return 0
    # Behind the lock: whoever named one before has written it down.
    booked = await store.find_booked(tx, channel, strays)
    breaks = [
        name_stray(one, day or day_of(one.captured_at), tx.now)
        for one in captures.values()
        if (one.shard, one.reference) not in booked
    ]
    await store.add_strays(tx, breaks)
    await publish(tx, [_found(one) for one in breaks])
    return len(breaks)


async def take_up_bank_moves(tx: Transaction, limit: int = STRAYS_MAX) -> int:
    """Have people end what moved on the bank account by nothing of ours; return how much. It is to be posted."""
    found = await store.find_bank_moves(tx, limit)
    await store.add_bank_moves(tx, [rules.name_bank_move(each, tx.now) for each in found])
    return len(found)


class RecordTold(Struct, frozen=True, kw_only=True):
    """Note what payments answered when they were told what a statement says."""

    break_id: UUID
    status: NoticeStatus


async def record_told(tx: Transaction, commands: Sequence[RecordTold]) -> list[bool]:
    """Note what payments answered. What they dealt with is resolved, what they could not is to be posted.

    Money for nothing they may have heard of before: it is booked, and two people end it like what they hear of by this.
    Where another break is about it, the channel has it once more. Tells whether it was news. Publishes BreakResolved.
    """
    breaks = await store.lock_breaks(tx, (command.break_id for command in commands))
    strays, booked = await _find_strays(tx, [one for one in breaks.values() if one.is_to_tell])
    changed: dict[UUID, Break] = {}
    told: list[Occurrence] = []
    answers = []
    for command in commands:
        one = breaks.get(command.break_id)
        if one is None or not one.is_to_tell:
            answers.append(False)
            continue
        key = _capture_of(one)
        is_stray = one.kind is LineKind.CHARGE and key in strays
        is_first = is_stray and booked.setdefault(key, one.id) == one.id
        after = note_told(one, command.status, tx.now, is_stray=is_stray, is_first=is_first)
        if after.state is BreakState.RESOLVED:
            told.append(_told(after, BreakResolved(resolution="told", amount=one.delta), BY_SYSTEM))
        elif after.posted_at is not None:
            told.append(_found(after))
        breaks[one.id] = changed[one.id] = after
        answers.append(True)
    await store.update_breaks(tx, list(changed.values()))
    await publish(tx, told)
    return answers


Captured = tuple[int, str, str]
"""What money for nothing is known by: shard, channel, reference."""


def _capture_of(one: Break) -> Captured:
    return shard_of(one.id), one.channel, one.reference


async def _find_strays(tx: Transaction, breaks: Sequence[Break]) -> tuple[set[Captured], dict[Captured, UUID]]:
    """Lock the money for nothing that breaks are about; find which of it some break ends already."""
    strays = set(await lock_unmatched_captures(tx, [_capture_of(one) for one in breaks if one.kind is LineKind.CHARGE]))
    booked: dict[Captured, UUID] = {}
    for channel in sorted({channel for _, channel, _ in strays}):
        found = await store.find_booked(
            tx, channel, [(shard, reference) for shard, its, reference in strays if its == channel]
        )
        booked |= {(shard, channel, reference): id for (shard, reference), id in found.items()}
    return strays, booked


class PostBreak(Struct, frozen=True, kw_only=True):
    """Make the postings that a break is still to have."""

    break_id: UUID


async def post_breaks(tx: Transaction, commands: Sequence[PostBreak]) -> list[bool]:
    """Make the postings of breaks: when they are found, and when they end by themselves. Tells whether any was made.

    Publishes BreakFound and BreakResolved.
    """
    breaks = await store.lock_breaks(tx, (command.break_id for command in commands))
    postings: list[tuple[Account, Account, Transfer]] = []
    changed: dict[UUID, Break] = {}
    told: list[Occurrence] = []
    answers = []
    for command in commands:
        one = breaks.get(command.break_id)
        if one is None or not one.is_due:
            answers.append(False)
            continue
        after, its = note_posted(one, tx.now)
        postings += its
        if after.posted_at != one.posted_at:
            told.append(_found(after))
        if after.state is BreakState.RESOLVED:
            assert after.resolution is not None
            told.append(_told(after, BreakResolved(resolution=after.resolution.value, amount=after.delta), BY_SYSTEM))
        breaks[one.id] = changed[one.id] = after
        answers.append(True)
    await _post(tx, postings)
    await store.update_breaks(tx, list(changed.values()))
    await publish(tx, told)
    return answers


async def pair_arrivals(tx: Transaction, payers: Mapping[str, Collection[str]]) -> int:
    """End breaks of money on the bank account that is what a channel said that it paid; return how many.

    *payers* are the names that channels have as who pays, by channel. Publishes BreakResolved.
    """
    since = tx.now - PAIRED_FOR, UUID(int=0)
    credits = [
        one
        for one in await store.list_breaks(tx, [BreakState.OPEN], None, BANK, since, PAIRED_MAX, LineKind.CHARGE)
        if _may_pair(one)
    ]
    if not credits:
        return 0
    under_way = await store.find_settlements(tx, days_before(_days_of(credits), ARRIVES_WITHIN))
    # Of the last day that was read there may be more, and of later ones: what came then may be what was not seen.
    seen_until = day_of(under_way[-1].at) if len(under_way) == store.SETTLEMENTS_READ_MAX else date.max
    found = {
        credit.id: settlements
        for credit, settlements in rules.pair_arrivals(credits, under_way, payers)
        if day_of(credit.occurred_at) < seen_until
    }
    if not found:
        return 0
    breaks = await store.lock_breaks(tx, found)
    there = await lock_unmatched_captures(tx, [_capture_of(one) for one in breaks.values()])
    ended = [one for one in breaks.values() if _may_pair(one) and _capture_of(one) in there]
    await _end_as(tx, Resolution.ARRIVED, ended, found)
    await end_captures(tx, [_capture_of(one) for one in ended])
    return len(ended)


async def pair_corrections(tx: Transaction) -> int:
    """End breaks of lines that the bank took back with those by which it did; return how many lines.

    Publishes BreakResolved.
    """
    corrections = await store.list_corrections(tx, tx.now - PAIRED_FOR, PAIRED_MAX)
    lines = await store.list_correctable(tx, corrections, PAIRED_MAX)
    found = rules.pair_corrections(corrections, lines)
    if not found:
        return 0
    breaks = await store.lock_breaks(tx, [each.id for pair in found for each in pair])
    there = await lock_unmatched_captures(tx, [_capture_of(one) for one in breaks.values() if was_booked(one)])
    ended = [
        each
        for one, line in ((breaks[one.id], breaks[line.id]) for one, line in found)
        if one.state is BreakState.OPEN and _is_there(one, line, there)
        for each in end_corrected(one, line, tx.now)
    ]
    await _post_ends(tx, ended)
    await end_captures(tx, [_capture_of(one) for one in ended if was_booked(one)])
    await store.update_breaks(tx, ended)
    await publish(tx, [_corrected(one, BY_SYSTEM) for one in ended])
    return len(ended) // 2


def _is_there(one: Break, line: Break, there: Collection[Captured]) -> bool:
    """Tell whether a line that the bank takes back is to be ended still, and its money *there* in suspense."""
    return may_take_back(one, line) and (line.is_debit or _capture_of(line) in there)


def _corrected(one: Break, actor: Actor) -> Occurrence:
    return _told(one, BreakResolved(resolution=Resolution.CORRECTED.value, amount=one.delta), actor)


def _days_of(breaks: Sequence[Break]) -> set[date]:
    return {day_of(one.occurred_at) for one in breaks}


def _may_pair(one: Break) -> bool:
    return one.may_be_settlement and one.state is BreakState.OPEN and was_booked(one)


async def pair_returns(tx: Transaction) -> int:
    """End breaks of withdrawals that came back, whichever of both the channel stated first; return how many.

    Publishes BreakResolved.
    """
    since = tx.now - PAIRED_FOR, UUID(int=0)
    returns = [one for one in await _list_returns(tx, since) if _may_be_undone(one)]
    if not returns:
        return 0
    accounts = accounts_of_channels()
    channels = _beside({one.channel for one in returns}, accounts)
    withdrawals = await store.find_returnable(tx, days_before(_days_of(returns), ARRIVED_WITHIN), channels)
    seen_until = day_of(withdrawals[-1].at) if len(withdrawals) == store.SETTLEMENTS_READ_MAX else date.max
    found = {
        one.id: its
        for one, its in rules.pair_returns(returns, withdrawals, accounts)
        if day_of(one.occurred_at) < seen_until
    }
    if not found:
        return 0
    breaks = await store.lock_breaks(tx, found)
    ended = [one for one in breaks.values() if _may_be_undone(one)]
    await _end_as(tx, Resolution.RETURNED, ended, found)
    return len(ended)


def accounts_of_channels() -> Accounts:
    """Name the account of each channel by one of those that may be of it."""
    channels = [REGISTRY.get(name) for name in REGISTRY.open_names | REGISTRY.closed_names]
    return {channel.name: min({channel.name, *channel.beside}) for channel in channels}


def _beside(channels: Collection[str], accounts: Accounts) -> set[str]:
    """Say of which channels money may be that *channels* have: of all that have an account of theirs."""
    of = {accounts.get(name, name) for name in channels}
    return {*channels, *(name for name, account in accounts.items() if account in of)}


async def _list_returns(tx: Transaction, since: tuple[datetime, UUID]) -> list[Break]:
    kind = LineKind.SETTLEMENT_RETURN
    return await store.list_breaks(tx, [BreakState.OPEN], None, None, since, PAIRED_MAX, kind)


def _may_be_undone(one: Break) -> bool:
    return one.may_be_return and one.state is BreakState.OPEN and one.posted_at is not None


async def _end_as(
    tx: Transaction, resolution: Resolution, breaks: Sequence[Break], settlements: Mapping[UUID, tuple[Settlement, ...]]
) -> None:
    """End locked breaks by themselves, as these settlements, and post that."""
    ended = [
        replace(
            one,
            state=BreakState.RESOLVED,
            resolution=resolution,
            settlements=settlements[one.id],
            resolved_at=tx.now,
            closed_at=tx.now,
        )
        for one in breaks
    ]
    await store.take_settlements(tx, ended)
    await _post_ends(tx, ended)
    await store.update_breaks(tx, ended)
    events = [(one, BreakResolved(resolution=resolution.value, amount=one.delta)) for one in ended]
    await publish(tx, [_told(one, event, BY_SYSTEM) for one, event in events])


async def propose_resolutions(tx: Transaction, commands: Sequence[ProposeResolution]) -> list[ResolutionStatus]:
    """Propose how breaks end; somebody else is to agree. Publishes ResolutionProposed."""
    breaks = await store.lock_breaks(tx, (command.break_id for command in commands))
    arrived, returned, paid, corrected = (
        [breaks[c.break_id] for c in commands if c.resolution is pairing and c.break_id in breaks]
        for pairing in PAIRINGS
    )
    accounts = accounts_of_channels()
    channels = _beside({one.channel for one in returned}, accounts)
    under_way = {
        Resolution.ARRIVED: await store.find_settlements(tx, days_before(_days_of(arrived), ARRIVED_WITHIN)),
        Resolution.RETURNED: await store.find_returnable(tx, days_before(_days_of(returned), ARRIVED_WITHIN), channels),
        Resolution.PAID: await store.find_transfers(
            tx, [key for c in commands for key in c.settlements] if paid else ()
        ),
    }
    lines = await store.list_correctable(tx, corrected, store.SETTLEMENTS_READ_MAX)
    choices = {pairing: {each.key: each for each in found} for pairing, found in under_way.items()}
    changed: dict[UUID, Break] = {}
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        one = breaks.get(command.break_id)
        its = choices.get(command.resolution, {})
        if one is not None and command.resolution is Resolution.CORRECTED:
            its = choices_of(one, [breaks.get(line.id, line) for line in lines])
        status = ResolutionStatus.BREAK_NOT_FOUND if one is None else judge_proposal(one, command, its, accounts)
        statuses.append(status)
        if one is not None and status is ResolutionStatus.DONE:
            keys = dict.fromkeys(command.settlements) if its else ()
            after = note_proposal(one, command, tuple(its.pop(key) for key in keys))
            breaks[one.id] = changed[one.id] = after
            event = ResolutionProposed(resolution=command.resolution.value, amount=one.delta, note=after.note)
            told.append(_told(one, event, command.actor))
    await store.take_settlements(tx, changed.values())
    await store.update_breaks(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def agree_to_resolutions(tx: Transaction, commands: Sequence[AgreeToResolution]) -> list[ResolutionStatus]:
    """Agree to what somebody else proposed, and post it, or send it back.

    Publishes BreakResolved and ResolutionRefused.
    """
    ids = [command.break_id for command in commands]
    # With the lines that breaks are to take back: whichever way they end, all are locked in one order.
    breaks = await store.lock_breaks(tx, [*ids, *await store.list_corrected(tx, ids)])
    # Whose money is in suspense still: what ended once is not there to end again, whichever break says so.
    there = set(await lock_unmatched_captures(tx, [_capture_of(one) for one in breaks.values() if was_booked(one)]))
    is_all_paid = await _pay_all(tx, breaks, commands)
    changed: dict[UUID, Break] = {}
    ended: list[Captured] = []
    freed: list[Break] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        one = breaks.get(command.break_id)
        status = ResolutionStatus.BREAK_NOT_FOUND if one is None else judge_agreement(one, command)
        is_gone = one is not None and was_booked(one) and _capture_of(one) not in there
        if status is ResolutionStatus.DONE and command.is_agreed and is_gone:
            status = ResolutionStatus.NOT_ALLOWED_NOW
        if one is not None and status is ResolutionStatus.DONE:
            if not command.is_agreed:
                after = note_refusal(one)
                freed.append(one)
                told.append(_told(one, ResolutionRefused(note=one.note), command.actor))
            elif one.resolution is Resolution.CORRECTED:
                after, line = one, breaks.get(UUID(one.settlements[0].reference))
                if line is None or not _is_there(one, line, there):
                    status = ResolutionStatus.SETTLEMENT_NOT_FOUND
                else:
                    after, its = end_corrected(note_agreement(one, command, tx.now), line, tx.now)
                    await _post_ends(tx, (after, its))
                    breaks[its.id] = changed[its.id] = its
                    told += [_corrected(each, command.actor) for each in (after, its)]
                    if was_booked(its):
                        there.discard(_capture_of(its))
                        ended.append(_capture_of(its))
            elif one.resolution is Resolution.PAID and not (is_all_paid or await pay_by_line(tx, tellings_of(one))):
                after, status = one, ResolutionStatus.SETTLEMENT_NOT_FOUND
            elif await _try(tx, closing_posting(one, tx.now)) or await _bear(tx, one):
                after = note_agreement(one, command, tx.now)
                assert after.resolution is not None
                event = BreakResolved(resolution=after.resolution.value, amount=one.delta)
                told.append(_told(one, event, command.actor))
                if was_booked(one):
                    there.discard(_capture_of(one))
                    ended.append(_capture_of(one))
            else:
                after, status = one, ResolutionStatus.OWN_FUNDS_SHORT
            breaks[one.id] = changed[one.id] = after
        statuses.append(status)
    await end_captures(tx, ended)
    await store.free_settlements(tx, freed)
    await store.update_breaks(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def _pay_all(tx: Transaction, breaks: Mapping[UUID, Break], commands: Sequence[AgreeToResolution]) -> bool:
    """Take in that the transfers went which breaks are agreed to be: all of them, or none.

    Either way all are locked, in their order and before any account: one after the other, each would wait for a
    transfer while it holds what the break before it posted.
    """
    decided: dict[UUID, AgreeToResolution] = {}
    for command in commands:
        one = breaks.get(command.break_id)
        if one is not None and judge_agreement(one, command) is ResolutionStatus.DONE:
            decided.setdefault(one.id, command)
    ours = [breaks[id] for id, command in decided.items() if command.is_agreed]
    tellings = [each for one in ours if one.resolution is Resolution.PAID for each in tellings_of(one)]
    return bool(tellings) and await pay_by_line(tx, tellings)


def _found(one: Break) -> Occurrence:
    event = BreakFound(
        channel=one.channel,
        day=one.day.isoformat(),
        kind=one.kind.value,
        class_name=one.class_.value,
        reference=one.reference,
        amount=one.delta,
    )
    return _told(one, event, BY_SYSTEM)


def _told(
    one: Break, event: BreakFound | BreakResolved | ResolutionProposed | ResolutionRefused, actor: Actor
) -> Occurrence:
    return Occurrence(event, one.id, one.id, actor)


async def _post(tx: Transaction, postings: Sequence[tuple[Account, Account, Transfer]]) -> None:
    """Post what can't be refused: what is taken from suspense was put there by the same break."""
    if postings:
        opening = {account.id: account for debit, credit, _ in postings for account in (debit, credit)}
        results = await create_transfers(tx, [transfer for _, _, transfer in postings], list(opening.values()))
        wrong = [result.status for result in results if not result.is_made]
        assert not wrong, f"the ledger refused what was decided: {wrong}"


async def _post_ends(tx: Transaction, ended: Iterable[Break]) -> None:
    """Post how breaks end that may lie in any shards.

    The ledger's lanes are locked one after the other: two who do so crosswise are a lost race, and tried again.
    """
    postings: dict[int, list[tuple[Account, Account, Transfer]]] = {}
    for one in ended:
        postings.setdefault(shard_of(one.id), []).append(closing_posting(one, tx.now))
    for shard in sorted(postings):
        await _post(tx, postings[shard])


async def _bear(tx: Transaction, one: Break) -> bool:
    """Let own funds that lie in another shard bear what is missing: to the operator they are one sum.

    The ledger's lanes are locked one after the other: two who do so crosswise are a lost race, and tried again.
    """
    if one.resolution is not Resolution.OWN_FUNDS or one.delta > 0:
        return False
    donor = await store.find_own_funds(tx, abs(one.delta))
    if donor is None:
        return False
    given, borne = bearing_postings(one, donor, tx.now)
    if not await _try(tx, given):
        return False
    await _post(tx, [borne])
    return True


async def _try(tx: Transaction, posting: tuple[Account, Account, Transfer]) -> bool:
    debit, credit, transfer = posting
    (result,) = await create_transfers(tx, [transfer], [debit, credit])
    if result.status is TransferStatus.EXCEEDS_CREDITS:
        return False
    assert result.is_made, f"the ledger refused what was decided: {result.status}"
    return True
