"""Names differences, and says what each means for the books: pure functions. No I/O, no clock."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID
from zlib import crc32

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import SHARDS, derive, first_id, shard_of
from weiji.ledger import Account, Kind, Transfer, chart
from weiji.payments import (
    BANK,
    BankTransferStatus,
    Capture,
    Notice,
    NoticeKind,
    NoticeStatus,
    TellBankTransfer,
    find_references,
    names_line,
    paid_from,
    statement_event_id,
)
from weiji.reconciliation.model import (
    NOTE_MAX,
    OF_BANK_LINES,
    SETTLEMENTS_MAX,
    TAKES_BACK,
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    Difference,
    LineKind,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Settlement,
    SettlementKey,
    Side,
)

_C = BreakClass
_K = LineKind
_R = Resolution

Key = tuple[str, str]
"""The kind of a transaction, and the channel's reference."""

EFFECT: Final = {
    _K.CHARGE: 1,
    _K.REFUND: -1,
    _K.SETTLEMENT: -1,
    _K.SETTLEMENT_RETURN: 1,
    _K.PAYOUT: -1,
    _K.PAYOUT_RETURN: 1,
    _K.FEE: -1,
    _K.CHARGEBACK: -1,
    _K.CHARGEBACK_REVERSAL: 1,
    _K.DEBIT: -1,
    _K.CREDIT_TAKEN_BACK: -1,
    _K.DEBIT_TAKEN_BACK: 1,
}
"""Whether a transaction makes what the channel or the bank has of ours more, or less."""

_NOTICES: Final = {
    _K.CHARGE: NoticeKind.CHARGE_SUCCEEDED,
    _K.REFUND: NoticeKind.REFUND_SUCCEEDED,
    _K.SETTLEMENT: NoticeKind.SETTLED,
    _K.PAYOUT: NoticeKind.PAYOUT_PAID,
    _K.PAYOUT_RETURN: NoticeKind.PAYOUT_RETURNED,
    _K.CHARGEBACK: NoticeKind.CHARGEBACK_RECEIVED,
    _K.CHARGEBACK_REVERSAL: NoticeKind.CHARGEBACK_WON,
}
"""What payments are told, as if the channel had sent the notice that was lost: they decide what comes of it.

Of other kinds there is no notice, and they know nothing."""


_APART: Final = re.compile(r"#\d+\Z")


class BankMove(Struct, frozen=True, kw_only=True):
    """What moved on the bank account and is nothing of ours; *payment_id*: what was paid by the line it takes back."""

    shard: int
    kind: LineKind
    reference: str
    amount: int
    at: datetime
    payment_id: UUID | None = None


class Named(Struct, frozen=True):
    """What a statement comes to: new breaks, and the earlier ones that it resolves."""

    breaks: list[Break]
    arrived: list[UUID]
    """Ids of breaks that were ours only, and whose other side came now."""


def key_of(one: Side | Break) -> Key:
    """Tell what a transaction is known by."""
    return one.kind.value, one.reference


def shard_of_line(kind: LineKind, reference: str, request_id: UUID | None) -> int:
    """Tell where a line of theirs belongs: with what of ours it names, or by its text."""
    if request_id is not None:
        return shard_of(request_id)
    return crc32(event_id_of(kind, reference).encode()) % SHARDS


def event_id_of(kind: LineKind, reference: str) -> str:
    """Make the id of the notice that a line stands for. A settlement's is the one that its own notice has."""
    return f"settled:{reference}" if kind is _K.SETTLEMENT else statement_event_id(kind, reference)


def name_differences(
    channel: str,
    day: date,
    differences: Iterable[Difference],
    earlier: Mapping[Key, Break],
    since: date | None,
    now: datetime,
    under_way: Collection[Key] = (),
) -> Named:
    """Name each difference. *earlier* are breaks of other days by key; *since* is the first day that was matched.

    What of theirs is *under_way*, by key, is no word that it is done: what is ours we book on the day on which it is.
    No other statement has it, so what belongs to nothing of ours waits for people from now on.
    """
    naming = _Naming(channel, day, since, now)
    for each in differences:
        before = earlier.get(key_of(each.one))
        if each.theirs is None:
            naming.name_ours(each, before)
        elif each.ours is None:
            is_ours = each.theirs.subject_id is not None
            is_begun = is_ours and key_of(each.one) in under_way and each.elsewhere is None and before is None
            naming.add(each, _C.LATER_DAY, 0) if is_begun else naming.name_theirs(each, each.theirs, before)
        else:
            naming.name_both(each, each.ours, each.theirs)
    return naming.named


class _Naming:
    def __init__(self, channel: str, day: date, since: date | None, now: datetime) -> None:
        self.channel = channel
        self.day = day
        self.since = since
        self.now = now
        self.named = Named([], [])

    def add(self, each: Difference, kind: BreakClass, delta: int) -> None:
        one, ours = each.one, each.ours or each.elsewhere
        is_fee, is_later = kind is _C.FEE, kind is _C.LATER_DAY
        is_to_tell = kind is _C.THEIRS_ONLY and one.kind in _NOTICES
        self.named.breaks.append(
            Break(
                id=_break_id(one.shard, self.channel, self.day, one.kind, one.reference, kind),
                channel=self.channel,
                day=self.day,
                kind=one.kind,
                class_=kind,
                reference=one.reference,
                subject_id=next((side.subject_id for side in (ours, each.of, each.theirs) if side), None),
                ours=ours.amount if ours else None,
                theirs=each.theirs.amount if each.theirs else None,
                fee=(each.theirs.fee or 0) if each.theirs else 0,
                occurred_at=one.at,
                delta=delta,
                is_due=delta != 0 and not is_to_tell,
                is_to_tell=is_to_tell,
                about=each.theirs.about if each.theirs else "",
                state=BreakState.RESOLVED if is_fee or is_later else BreakState.OPEN,
                resolution=_R.FEE if is_fee else _R.LATER_DAY if is_later else None,
                found_at=self.now,
                resolved_at=self.now if is_fee or is_later else None,
            )
        )

    def name_both(self, each: Difference, ours: Side, theirs: Side) -> None:
        effect = EFFECT[theirs.kind]
        if theirs.times > 1:
            self.add(each, _C.DOUBLED, effect * (theirs.amount - ours.amount))
        elif theirs.amount != ours.amount:
            self.add(each, _C.AMOUNT_DIFFERS, effect * (theirs.amount - ours.amount))
        else:
            self.add(each, _C.FEE, _fee_delta(ours, theirs))

    def name_ours(self, each: Difference, before: Break | None) -> None:
        # What the statement of another day had is no break of this one.
        if before is None or before.theirs is None:
            one = each.one
            self.add(each, _C.OURS_ONLY, -EFFECT[one.kind] * one.amount)

    def name_theirs(self, each: Difference, theirs: Side, before: Break | None) -> None:
        effect, found = EFFECT[theirs.kind], each.elsewhere
        if theirs.kind is _K.FEE:
            is_fee = each.of is not None and not each.is_counted
            self.add(each, _C.FEE if is_fee or not theirs.about else _C.THEIRS_ONLY, -theirs.amount)
        elif before is not None and before.class_ is _C.OURS_ONLY and before.closed_at is None:
            assert before.ours is not None
            self.named.arrived.append(before.id)
            if theirs.amount != before.ours:
                self.add(each, _C.AMOUNT_DIFFERS, effect * (theirs.amount - before.ours))
            elif found is not None and (delta := _fee_delta(found, theirs)):
                self.add(each, _C.FEE, delta)
        elif found is not None and self._is_unmatched(found):
            if delta := effect * (theirs.amount - found.amount):
                self.add(each, _C.AMOUNT_DIFFERS, delta)
            elif delta := _fee_delta(found, theirs):
                self.add(each, _C.FEE, delta)
            else:
                self.add(each, _C.LATER_DAY, 0)
        elif found is not None or before is not None:
            # The statement of its own day had it.
            self.add(each, _C.DOUBLED, effect * theirs.amount)
        else:
            unit, fee = theirs.amount // theirs.times, (theirs.fee or 0) // theirs.times
            self.add(Difference(ours=None, theirs=_once(theirs, unit, fee)), _C.THEIRS_ONLY, effect * unit)
            if theirs.times > 1:
                rest = _once(theirs, theirs.amount - unit, (theirs.fee or 0) - fee)
                self.add(Difference(ours=None, theirs=rest), _C.DOUBLED, effect * rest.amount)

    def _is_unmatched(self, found: Side) -> bool:
        """Tell whether no statement was held against the day on which we have it: it is still to come, or too old."""
        of = day_of(found.at)
        return of > self.day or self.since is None or of < self.since


def _fee_delta(ours: Side, theirs: Side) -> int:
    """Say what their side has more of ours by its fee; nothing where we know none: theirs comes with the settlement."""
    return 0 if ours.fee is None else ours.fee - (theirs.fee or 0)


def _once(side: Side, amount: int, fee: int) -> Side:
    return Side(
        shard=side.shard, kind=side.kind, reference=side.reference, subject_id=side.subject_id, amount=amount,
        fee=fee, at=side.at, about=side.about,
    )  # fmt: skip


def _break_id(shard: int, channel: str, day: date, kind: LineKind, reference: str, what: str) -> UUID:
    return derive(first_id(shard, f"break:{channel}"), day.isoformat(), kind, reference, what)


def name_stray(capture: Capture, day: date, now: datetime) -> Break:
    """Name money that both sides have and that belongs to nothing. Payments booked it when they heard of it."""
    kind, class_ = _K.CHARGE, _C.THEIRS_ONLY
    return Break(
        # Not by its class: the statement of the day may have had a break of that, which ended before this was known.
        id=_break_id(capture.shard, capture.channel, day, kind, capture.reference, "stray"),
        channel=capture.channel,
        day=day,
        kind=kind,
        class_=class_,
        reference=capture.reference,
        subject_id=capture.payment_id,
        ours=capture.amount,
        theirs=capture.amount,
        occurred_at=capture.captured_at,
        delta=capture.amount,
        told=NoticeStatus.UNMATCHED,
        posted_at=now,
        found_at=now,
    )


def name_bank_move(move: BankMove, now: datetime) -> Break:
    """Name what moved on our bank account and is nothing of ours. Nothing is posted of it yet."""
    day = day_of(move.at)
    return Break(
        # Banks write two things under one number, what one of them cost, say.
        id=_break_id(move.shard, BANK, day, move.kind, move.reference, f"{move.kind}:{move.amount}"),
        channel=BANK,
        day=day,
        kind=move.kind,
        class_=_C.THEIRS_ONLY,
        reference=move.reference,
        subject_id=move.payment_id,
        ours=None,
        theirs=move.amount,
        occurred_at=move.at,
        delta=EFFECT[move.kind] * move.amount,
        is_due=True,
        found_at=now,
    )


def notice_of(one: Break) -> Notice:
    """Write what a line tells as the notice that should have come."""
    assert one.theirs is not None
    return Notice(
        channel=one.channel,
        event_id=event_id_of(one.kind, one.reference),
        kind=_NOTICES[one.kind],
        subject_id=None if one.kind is _K.SETTLEMENT else one.subject_id,
        reference=one.reference,
        amount=one.theirs,
        fee=one.fee,
        occurred_at=one.occurred_at,
        raw=f"statement of {one.day}".encode(),
    )


def is_known(status: NoticeStatus) -> bool:
    """Tell whether payments knew what they were told of, and dealt with it."""
    return status in (NoticeStatus.RECORDED, NoticeStatus.NO_EFFECT, NoticeStatus.EXISTS)


def was_booked(one: Break) -> bool:
    """Tell whether payments have booked what a break is about, as money that fits nothing."""
    return one.told is not None and is_booked(one, NoticeStatus(one.told))


def is_booked(one: Break, status: NoticeStatus) -> bool:
    """Tell whether payments have booked what they knew nothing of: they do so with money that came, and no other."""
    return status is NoticeStatus.UNMATCHED and one.kind is _K.CHARGE


def note_told(one: Break, status: NoticeStatus, now: datetime, *, is_stray: bool, is_first: bool) -> Break:
    """Note what payments answered. What they dealt with is over, what they could not is to be posted.

    *is_stray*: it is money for nothing that they have, of which this break is the first, or the channel has it again.
    """
    after = replace(one, is_to_tell=False, told=status)
    if is_stray and is_first:
        return replace(after, told=NoticeStatus.UNMATCHED, posted_at=now)
    if is_stray:
        return replace(after, told=NoticeStatus.NO_EFFECT, is_due=True)
    if is_known(status):
        return replace(after, state=BreakState.RESOLVED, resolution=_R.TOLD, resolved_at=now, closed_at=now)
    return replace(after, posted_at=now) if is_booked(one, status) else replace(after, is_due=True)


# Postings (Dr, Cr); each id is derived from its break


def note_posted(one: Break, now: datetime) -> tuple[Break, list[tuple[Account, Account, Transfer]]]:
    """Note that what was due of a break is posted: that it was found, and that it ended, where it has; give that."""
    after, postings = replace(one, is_due=False), []
    if one.posted_at is None and one.delta:
        postings.append(found_posting(one))
        after = replace(after, posted_at=now)
    if one.resolution is _R.LATER_DAY:
        postings.append(closing_posting(one, now))
    return (replace(after, closed_at=now) if one.state is BreakState.RESOLVED else after), postings


def found_posting(one: Break) -> tuple[Account, Account, Transfer]:
    """Book a break: what they have more into suspense, what they have less out of the money (Z1); fees as fees (P2)."""
    shard = shard_of(one.id)
    is_payout = one.kind in (_K.PAYOUT, _K.PAYOUT_RETURN)
    # What the bank's own statement tells of is on the account already.
    is_at_bank = is_payout or one.channel == BANK
    money = paid_from(shard, one.channel) if is_at_bank else chart.channel_receivable(shard, one.channel)
    if one.class_ is _C.FEE:
        money, other = _fee_accounts(one)
    elif one.delta > 0:
        other = chart.suspense(shard, one.channel)
    else:
        other = chart.suspense_short(shard, one.channel)
    debit, credit = (money, other) if one.delta > 0 else (other, money)
    return debit, credit, _transfer(one, "found", debit, credit)


def _fee_accounts(one: Break) -> tuple[Account, Account]:
    """Find out of what a fee was taken, and where its cost stands: where payments and chargebacks book theirs."""
    shard = shard_of(one.id)
    match one.kind:
        case _K.PAYOUT | _K.PAYOUT_RETURN:
            return paid_from(shard, one.channel), chart.payout_fee(shard)
        case _K.SETTLEMENT:
            # The channel owes no more of what it settled: a fee of another size is so much less, or more, at the bank.
            return chart.bank(shard), chart.channel_fee(shard)
        case _K.CHARGEBACK | _K.CHARGEBACK_REVERSAL:
            return chart.channel_receivable(shard, one.channel), chart.chargeback_fee(shard)
        case _:
            return chart.channel_receivable(shard, one.channel), chart.channel_fee(shard)


def closing_posting(one: Break, now: datetime) -> tuple[Account, Account, Transfer]:
    """Book how a break ends.

    The time is in its id: own funds may fall short, and what failed has failed for ever. The lock makes it once.
    """
    assert one.resolution is not None
    debit, credit = closing_accounts(one, one.resolution)
    return debit, credit, _transfer(one, f"closed:{now.isoformat()}", debit, credit)


def closing_accounts(one: Break, resolution: Resolution) -> tuple[Account, Account]:
    """Say what is debited and credited where a break ends so: it is taken back, unless the money is elsewhere."""
    shard = shard_of(one.id)
    debit, credit, _ = found_posting(one)
    match resolution:
        case _R.OWN_FUNDS if one.delta > 0:
            return credit, chart.own_funds(shard)
        case _R.OWN_FUNDS:
            return chart.own_funds(shard), debit
        case _R.FEE if one.delta > 0:
            return credit, chart.payout_fee(shard)
        case _R.FEE:
            return chart.payout_fee(shard), debit
        case _R.CHARGED_BACK:
            # The chargeback was booked as what the channel has less; the bank has nothing of ours but the account.
            return chart.channel_receivable(shard, one.channel), debit
        case _R.RETURNED:
            # When it was withdrawn the bank was given it. The channel has it again since the break was found.
            return credit, chart.bank(shard)
        case _:
            return credit, debit


def bearing_postings(
    one: Break, donor: int, now: datetime
) -> tuple[tuple[Account, Account, Transfer], tuple[Account, Account, Transfer]]:
    """Book that own funds of another shard bear what is missing: out of there, and in here."""
    own, away, here = chart.own_funds(donor), chart.transit(donor), chart.transit(shard_of(one.id))
    short, _, _ = found_posting(one)
    given = Transfer(
        id=derive(own.id, f"bears:{one.id}:{now.isoformat()}"),
        debit_account_id=own.id,
        credit_account_id=away.id,
        amount=abs(one.delta),
        ledger=chart.CNY,
        code=Kind.DIFFERENCE,
    )
    return (own, away, given), (here, short, _transfer(one, f"borne:{now.isoformat()}", here, short))


def _transfer(one: Break, what: str, debit: Account, credit: Account) -> Transfer:
    return Transfer(
        id=derive(one.id, what),
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=abs(one.delta),
        ledger=chart.CNY,
        code=Kind.DIFFERENCE,
        journal_id=one.subject_id,
    )


# What channels paid to our bank, and what came there

ARRIVES_WITHIN: Final = timedelta(days=10)
"""How long after a channel said so its money comes at the latest: the longest holidays are eight days."""

ARRIVED_WITHIN: Final = timedelta(days=60)
"""Likewise, where people say which it is."""

REFERENCE_SAYS_MIN: Final = 8
"""Characters that a reference has at least to be known by in what was written to a sum."""


def day_of(at: datetime) -> date:
    """Tell the day of a time in Shanghai. Lines of banks often have no more than that."""
    return at.astimezone(SHANGHAI).date()


Accounts = Mapping[str, str]
"""What names the account of each channel: those that may be of one have one. What is not in it has its own."""


def may_be(credit: Break, settlement: Settlement, accounts: Accounts) -> bool:
    """Tell whether people may say that money is a settlement, came back of it, or is a transfer: that day, or later."""
    begin, end = day_of(settlement.at), day_of(credit.occurred_at)
    is_there = credit.channel == BANK or _account_of(credit, accounts) == _account_of(settlement, accounts)
    return is_there and begin <= end <= begin + ARRIVED_WITHIN


def _account_of(one: Break | Settlement, accounts: Accounts) -> str:
    return accounts.get(one.channel, one.channel)


def days_before(days: Iterable[date], within: timedelta) -> list[tuple[date, date]]:
    """Say when money was paid that came so soon after, on some *days*: stretches, first and last, that don't meet."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        begin = day - within
        if found and begin <= found[-1][1]:
            begin, _ = found.pop()
        found.append((begin, day))
    return found


def pair_arrivals(
    credits: Sequence[Break], under_way: Sequence[Settlement], payers: Mapping[str, Collection[str]]
) -> list[tuple[Break, tuple[Settlement, ...]]]:
    """Find which settlements money on the bank account is, where there is but one way; *payers* are names by channel.

    A channel is known by its name as the payer, or by its own reference in what was written. Some pay what several days
    came to in one: settlements that follow each other. What may be two, or two may be, is for people; so is what came
    back, and came to the bank before that.
    """
    channels = _by_channel(each for each in under_way if not each.is_returned)
    ways = {
        credit.id: [
            run
            for channel, its in channels.items()
            for run in its.runs(day_of(credit.occurred_at), credit.delta)
            if _is_paid_by(credit, payers.get(channel, ())) or _is_named(credit, run)
        ]
        for credit in credits
    }
    claims = Counter(each.key for runs in ways.values() for run in runs for each in run)
    return [
        (credit, runs[0])
        for credit in credits
        if len(runs := ways[credit.id]) == 1 and all(claims[each.key] == 1 for each in runs[0])
    ]


def pair_returns(
    returns: Sequence[Break], withdrawals: Sequence[Settlement], accounts: Accounts
) -> list[tuple[Break, tuple[Settlement, ...]]]:
    """Find which withdrawals came back, where there is but one way.

    A bill may give both one number, also where each was told by another channel of the account. Else it is a withdrawal
    of the same amount, told by the same channel, of at most ten days before; sooner one that is not known to have come
    to the bank. What may be two, or two may be, is for people; so is what has the number of another.
    """
    found = _only_ways({one.id: [each for each in withdrawals if _is_of_one(one, each, accounts)] for one in returns})
    out, back = _numbers(withdrawals, accounts), _numbers(returns, accounts)
    ways = {}
    for one in returns:
        if one.id not in found and _numbers([one], accounts).isdisjoint(out):
            unnamed = (each for each in withdrawals if _numbers([each], accounts).isdisjoint(back))
            like = [each for each in unnamed if _is_alike(one, each)]
            ways[one.id] = [each for each in like if not each.is_arrived] or like
    found |= _only_ways(ways)
    return [(one, (found[one.id],)) for one in returns if one.id in found]


def _only_ways(ways: Mapping[UUID, Sequence[Settlement]]) -> dict[UUID, Settlement]:
    claims = Counter(each.key for found in ways.values() for each in found)
    return {id: found[0] for id, found in ways.items() if len(found) == 1 and claims[found[0].key] == 1}


def _numbers(lines: Iterable[Break | Settlement], accounts: Accounts) -> set[tuple[str, str]]:
    return {(_account_of(one, accounts), number) for one in lines for number in (one.reference, one.about) if number}


def _is_of_one(one: Break, withdrawal: Settlement, accounts: Accounts) -> bool:
    is_named = one.reference == withdrawal.reference or (one.about != "" and one.about == withdrawal.about)
    return is_named and may_be(one, withdrawal, accounts) and one.delta == withdrawal.amount


def _is_alike(one: Break, withdrawal: Settlement) -> bool:
    days = day_of(one.occurred_at) - day_of(withdrawal.at)
    is_after = withdrawal.at <= one.occurred_at and days <= ARRIVES_WITHIN
    return is_after and one.channel == withdrawal.channel and one.delta == withdrawal.amount


class _Paid:
    """What one channel said that it paid, in its order."""

    def __init__(self, settlements: Iterable[Settlement]) -> None:
        self.settlements = sorted(settlements, key=lambda each: (each.at, each.reference))
        self.days = [day_of(each.at) for each in self.settlements]

    def runs(self, day: date, amount: int) -> Iterator[tuple[Settlement, ...]]:
        """Find what adds up to an amount that came on a day, of those that follow each other: in one go over them."""
        begin = bisect_left(self.days, day - ARRIVES_WITHIN)
        total = 0
        for end in range(begin, bisect_right(self.days, day)):
            total += self.settlements[end].amount
            while total > amount or end - begin == SETTLEMENTS_MAX:
                total -= self.settlements[begin].amount
                begin += 1
            if total == amount:
                yield tuple(self.settlements[begin : end + 1])


def _by_channel(under_way: Iterable[Settlement]) -> dict[str, _Paid]:
    found: dict[str, list[Settlement]] = {}
    for each in under_way:
        found.setdefault(each.channel, []).append(each)
    return {channel: _Paid(its) for channel, its in found.items()}


def _is_paid_by(credit: Break, names: Collection[str]) -> bool:
    said = credit.payer or credit.remark
    return any(name in said for name in names)


def _is_named(credit: Break, run: Sequence[Settlement]) -> bool:
    return all(len(each.reference) >= REFERENCE_SAYS_MIN and each.reference in credit.remark for each in run)


# What the bank takes back


def pair_corrections(corrections: Sequence[Break], lines: Sequence[Break]) -> list[tuple[Break, Break]]:
    """Find which lines the bank takes back, each by one in red ink, where that names it: by the bank's number, or by
    our reference, which both have. Of lines with that it may be any. What may be one of two numbers is for people.
    """
    # Read once: of one amount there may be hundreds of both.
    numbers = {each.id: _number(each) for each in (*corrections, *lines)}
    references = {each.id: frozenset(find_references(each.remark)) for each in (*corrections, *lines)}
    left = {line.id: line for line in sorted(lines, key=_by_time)}
    found = []
    for one in sorted(corrections, key=_by_time):
        alike = [line for line in left.values() if may_take_back(one, line)]
        ways = [line for line in alike if names_line(numbers[one.id], one.remark, numbers[line.id])]
        ways = ways or [line for line in alike if references[one.id] & references[line.id]][:1]
        if len({numbers[line.id] for line in ways}) == 1:
            found.append((one, ways[0]))
            del left[ways[0].id]
    return found


def _by_time(one: Break) -> tuple[datetime, str]:
    return one.occurred_at, one.reference


def may_take_back(one: Break, line: Break) -> bool:
    """Tell whether the bank may take back a line by another: that is in suspense, and nobody ends it otherwise."""
    is_alike = line.channel == BANK and line.kind is TAKES_BACK.get(one.kind) and line.delta == -one.delta
    is_there = line.state is BreakState.OPEN and line.posted_at is not None
    return one.is_correction and is_alike and is_there and (line.is_debit or was_booked(line))


def _number(one: Break) -> str:
    """Give the bank's own number, without what tells lines apart that have one."""
    return _APART.sub("", one.reference) if one.kind in OF_BANK_LINES else one.reference


def line_of(one: Break) -> Settlement:
    """Name a line for the one that takes it back, or that it takes back: by its break, with the bank's number."""
    return Settlement(
        shard=shard_of(one.id),
        channel=BANK,
        reference=str(one.id),
        amount=abs(one.delta),
        at=one.occurred_at,
        about=one.reference,
    )


def choices_of(one: Break, lines: Iterable[Break]) -> dict[SettlementKey, Settlement]:
    """Name the lines, of some, that the bank may take back by one."""
    named = [line_of(line) for line in lines if may_take_back(one, line)]
    return {each.key: each for each in named}


def end_corrected(one: Break, line: Break, now: datetime) -> tuple[Break, Break]:
    """Note that a line, and what takes it back, end with each other, as whoever decided about *one* did, if anybody."""
    ended = (replace(each, state=BreakState.RESOLVED, resolution=_R.CORRECTED) for each in (one, line))
    by, its = (replace(each, resolved_at=now, closed_at=now) for each in ended)
    its = replace(its, note=one.note, proposed_by=one.proposed_by, resolved_by=one.resolved_by)
    return replace(by, settlements=(line_of(line),)), replace(its, settlements=(line_of(one),))


# What people decide

PAIRINGS: Final = (_R.ARRIVED, _R.RETURNED, _R.PAID, _R.CORRECTED)
"""Those that say which settlements, transfers, or line it is."""


def decisions_on(one: Break) -> tuple[Resolution, ...]:
    """Say how people may end a break."""
    if one.is_debit:
        return (_R.PAID, _R.FEE, _R.OWN_FUNDS, _R.REVERSED)
    if one.is_correction:
        return (_R.CORRECTED, _R.CHARGED_BACK if one.delta < 0 else _R.FEE, _R.OWN_FUNDS, _R.REVERSED)
    pairing = (_R.ARRIVED,) if one.may_be_settlement else (_R.RETURNED,) if one.may_be_return else ()
    return (*pairing, _R.OWN_FUNDS, _R.REVERSED)


def net_of(day: int, shortage: int) -> tuple[int, int]:
    """Say what a channel pays of what a *day* came to, that first makes up for what it was short of; and what is left
    of the shortage.
    """
    left = day + shortage
    return max(left, 0), min(left, 0)


def judge_proposal(
    one: Break, command: ProposeResolution, under_way: Mapping[SettlementKey, Settlement], accounts: Accounts
) -> ResolutionStatus:
    """Tell whether somebody may propose how a break ends. What is *under_way* channels paid, and no break is yet."""
    if not command.note.strip() or len(command.note) > NOTE_MAX:
        return ResolutionStatus.NOTE_MISSING
    if command.resolution not in decisions_on(one):
        return ResolutionStatus.NOT_A_DECISION
    if one.state is BreakState.PROPOSED:
        before = (one.proposed_by, one.resolution, {each.key for each in one.settlements})
        # A page's form has them filled in, whatever its answer is.
        settlements = set(command.settlements) if command.resolution in PAIRINGS else set()
        same = before == (command.actor.person_id, command.resolution, settlements)
        return ResolutionStatus.EXISTS if same else ResolutionStatus.NOT_ALLOWED_NOW
    if one.state is not BreakState.OPEN or one.posted_at is None:
        return ResolutionStatus.NOT_ALLOWED_NOW
    if command.resolution in PAIRINGS:
        chosen = [under_way.get(key) for key in dict.fromkeys(command.settlements)]
        if not chosen or not all(each and (one.is_correction or may_be(one, each, accounts)) for each in chosen):
            return ResolutionStatus.SETTLEMENT_NOT_FOUND
        if sum(each.amount for each in chosen if each) != abs(one.delta):
            return ResolutionStatus.SETTLEMENTS_DIFFER
    return ResolutionStatus.DONE


def hash_of(one: Break) -> bytes:
    """Make the hash of exactly what is proposed: by whom, how it ends, why, and as which settlements."""
    settlements = sorted((each.shard, *each.key) for each in one.settlements)
    proposed = one.id, one.proposed_by, one.resolution, one.note, one.delta, settlements
    return sha256(msgspec.json.encode(proposed)).digest()


def judge_agreement(one: Break, command: AgreeToResolution) -> ResolutionStatus:
    """Tell whether somebody may agree to what was proposed, or send it back. Who proposed may take it back."""
    person_id = command.actor.person_id
    if one.state is BreakState.RESOLVED and command.is_agreed and one.resolved_by == person_id is not None:
        return ResolutionStatus.EXISTS
    if one.state is not BreakState.PROPOSED:
        return ResolutionStatus.NOT_ALLOWED_NOW
    if command.is_agreed and one.proposed_by == person_id:
        return ResolutionStatus.SAME_PERSON
    if command.is_agreed and command.hash != hash_of(one):
        return ResolutionStatus.CHANGED
    if command.is_agreed and command.refusal:
        return ResolutionStatus(command.refusal.status)
    return ResolutionStatus.DONE


def note_proposal(one: Break, command: ProposeResolution, settlements: tuple[Settlement, ...]) -> Break:
    """Note what somebody proposed."""
    return replace(
        one,
        state=BreakState.PROPOSED,
        resolution=command.resolution,
        note=command.note.strip(),
        proposed_by=command.actor.person_id,
        settlements=settlements,
    )


def tellings_of(one: Break) -> list[TellBankTransfer]:
    """Write what a line of the bank tells of the transfers that people say it is."""
    return [
        TellBankTransfer(
            reference=each.reference,
            outcome=BankTransferStatus.PAID,
            amount=each.amount,
            occurred_at=one.occurred_at,
            raw=f"line {one.reference}".encode(),
            serial=one.reference,
        )
        for each in one.settlements
    ]


def note_refusal(one: Break) -> Break:
    """Note that nothing is proposed any more."""
    return replace(one, state=BreakState.OPEN, resolution=None, proposed_by=None, settlements=())


def note_agreement(one: Break, command: AgreeToResolution, now: datetime) -> Break:
    """Note that somebody else agreed, and that it is posted."""
    person_id = command.actor.person_id
    return replace(one, state=BreakState.RESOLVED, resolved_by=person_id, resolved_at=now, closed_at=now)
