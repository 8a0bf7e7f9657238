"""Proves that a fee of another size is a break where we know ours, and that it is booked where its cost stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from bench.statements import NO_DEFECTS, add_movements, in_parts, lines_of
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import SHARDS, new_id
from weiji.ledger import Code, chart
from weiji.payments import Ability, Channel, Notice, NoticeKind, NoticeStatus, StatedLine, receive_notices
from weiji.payments.channels.reading import charged, fees_charged_on, fees_of
from weiji.reconciliation import BreakClass, BreakState, LineKind, Reconciliation, Resolution
from weiji.reconciliation.handlers import statement_of
from weiji.reconciliation.model import Break, Difference, Side
from weiji.reconciliation.rules import found_posting, name_differences
from weiji.reconciliation.store import list_breaks
from weiji.reconciliation.words import explain

C, K = BreakClass, LineKind
DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
NEXT_DAY = AT + timedelta(days=1)


def _side(kind: LineKind, fee: int | None, *, amount: int = 8_000, at: datetime = AT, times: int = 1) -> Side:
    return Side(
        shard=5, kind=kind, reference="r", subject_id=None, amount=amount, fee=fee, at=at, times=times
    )  # fmt: skip


def _name(difference: Difference, channel: str = "sandbox") -> list[Break]:
    return name_differences(channel, DAY, [difference], {}, DAY, NOW).breaks


@pytest.mark.parametrize(
    ("kind", "channel", "money", "cost"),
    [
        (K.SETTLEMENT, "sandbox", Code.BANK, Code.CHANNEL_FEE),
        (K.PAYOUT, "sandbox", Code.BANK, Code.PAYOUT_FEE),
        (K.PAYOUT, "alipay", Code.CHANNEL_RECEIVABLE, Code.PAYOUT_FEE),
        (K.PAYOUT_RETURN, "sandbox", Code.BANK, Code.PAYOUT_FEE),
        (K.CHARGEBACK, "sandbox", Code.CHANNEL_RECEIVABLE, Code.CHARGEBACK_FEE),
        (K.CHARGEBACK_REVERSAL, "sandbox", Code.CHANNEL_RECEIVABLE, Code.CHARGEBACK_FEE),
    ],
)
@pytest.mark.parametrize(("known", "stated"), [(54, 60), (54, 50)])
def test_a_fee_of_another_size_is_booked_where_its_cost_stands(
    kind: LineKind, channel: str, money: Code, cost: Code, known: int, stated: int
) -> None:
    (one,) = _name(Difference(ours=_side(kind, known), theirs=_side(kind, stated)), channel)
    assert (one.class_, one.delta, one.fee, one.resolution) == (C.FEE, known - stated, stated, Resolution.FEE)
    assert one.is_due
    debit, credit, transfer = found_posting(one)
    assert (debit.code, credit.code) == ((cost, money) if stated > known else (money, cost))
    assert transfer.amount == abs(known - stated)
    assert "0.54" in explain(one)
    assert f"0.{stated}" in explain(one)


@pytest.mark.parametrize(
    ("ours", "theirs", "class_", "delta"),
    [
        # Both have it on different days: the fee is told of first, and where we know none there is nothing to tell of.
        (_side(K.SETTLEMENT, 54, at=NEXT_DAY), _side(K.SETTLEMENT, 54), C.LATER_DAY, 0),
        (_side(K.SETTLEMENT, 54, at=NEXT_DAY), _side(K.SETTLEMENT, 60), C.FEE, -6),
        (_side(K.SETTLEMENT, None, at=NEXT_DAY), _side(K.SETTLEMENT, 60), C.LATER_DAY, 0),
        (_side(K.CHARGE, None, at=NEXT_DAY), _side(K.CHARGE, 60), C.LATER_DAY, 0),
        # An amount that differs is told of before its fee.
        (_side(K.SETTLEMENT, 54, at=NEXT_DAY), _side(K.SETTLEMENT, 60, amount=8_001), C.AMOUNT_DIFFERS, -1),
    ],
)
def test_a_fee_is_compared_on_whichever_day_we_have_it(
    ours: Side, theirs: Side, class_: BreakClass, delta: int
) -> None:
    (one,) = _name(Difference(ours=None, theirs=theirs, elsewhere=ours))
    assert (one.class_, one.delta) == (class_, delta)


def test_what_is_listed_twice_and_unknown_keeps_its_fee_once() -> None:
    twice = _side(K.SETTLEMENT, 96, amount=16_000, times=2)
    first, second = _name(Difference(ours=None, theirs=twice))
    assert (first.class_, first.theirs, first.fee) == (C.THEIRS_ONLY, 8_000, 48)
    assert (second.class_, second.theirs, second.fee) == (C.DOUBLED, 8_000, 48)


class Billing(Channel):
    """A channel that states what it kept on a day."""

    name = "billing"
    abilities = frozenset({Ability.STATEMENT})

    def __init__(self, fee: int) -> None:
        self.fee = fee

    async def read_statement(self, day: date) -> list[StatedLine]:
        return fees_of(day, self.fee)


@pytest.mark.parametrize(("fee", "debit", "credit"), [
    (90, Code.CHANNEL_FEE, Code.CHANNEL_RECEIVABLE),
    (-90, Code.CHANNEL_RECEIVABLE, Code.CHANNEL_FEE),
])  # fmt: skip
async def test_fees_of_a_day_are_booked_whichever_way_they_went(fee: int, debit: Code, credit: Code) -> None:
    (line,) = [line async for part in statement_of(Billing(fee), DAY) for line in part]
    assert (line.kind, line.reference, line.amount, line.fee) == ("fee", f"fees:{DAY}", fee, 0)
    (one,) = _name(Difference(ours=None, theirs=_side(K.FEE, 0, amount=line.amount)))
    assert (one.class_, one.delta) == (C.FEE, -fee)
    of, to, transfer = found_posting(one)
    assert (of.code, to.code, transfer.amount) == (debit, credit, 90)
    assert ("退回" in explain(one)) is (fee < 0)


async def test_a_day_without_fees_states_none() -> None:
    assert [line async for part in statement_of(Billing(0), DAY) for line in part] == []


def test_a_fee_that_names_a_trade_is_one_where_the_trade_is_ours() -> None:
    trade = replace(_side(K.CHARGE, None, at=AT - timedelta(days=9)), subject_id=new_id())
    named = replace(_side(K.FEE, 0, amount=30), about=trade.reference)
    (one,) = _name(Difference(ours=None, theirs=named, of=trade))
    assert (one.class_, one.delta, one.subject_id, one.resolution) == (C.FEE, -30, trade.subject_id, Resolution.FEE)
    assert "早先一笔交易的手续费" in explain(one)
    (other,) = _name(Difference(ours=None, theirs=named))
    assert (other.class_, other.delta, other.is_due, other.is_to_tell) == (C.THEIRS_ONLY, -30, True, False)
    debit, credit, _ = found_posting(other)
    assert (debit.code, credit.code) == (Code.SUSPENSE_SHORT, Code.CHANNEL_RECEIVABLE)


@pytest.mark.parametrize("is_counted", [False, True])
async def test_a_fee_that_leaves_the_account_days_after_its_trade_is_booked_as_its_fee_once(
    database: Database, work: Reconciliation, *, is_counted: bool
) -> None:
    today = clock.now().astimezone(SHANGHAI).date()
    day, channel = today - timedelta(days=9), f"l{new_id().hex[:8]}"
    await add_movements(database, day, 20, NO_DEFECTS, channel)
    trades = list(lines_of(day, 20, NO_DEFECTS, channel))
    # The bill of trades may tell what all of them are to cost, whenever each is charged.
    stated = fees_of(day, 600) if is_counted else fees_charged_on(day, 600)
    await work.take(database, channel, day, in_parts(iter([*trades, *stated])))
    trade = next(one for one in trades if one.kind == "charge")
    later = today - timedelta(days=2)
    at = datetime(later.year, later.month, later.day, 1, tzinfo=SHANGHAI)
    fees = [charged("f1", 30, at, trade.reference), charged("f2", 50, at, "of nobody's"), charged("f3", 7, at)]
    await work.take(database, channel, later, in_parts(iter(fees)))
    async with database.read() as reader:
        found = await list_breaks(reader, list(BreakState), later, channel, None, 10)
    assert {one.reference: (one.class_, one.state, one.subject_id) for one in found} == {
        "f1": (*((C.THEIRS_ONLY, BreakState.OPEN) if is_counted else (C.FEE, BreakState.RESOLVED)), trade.request_id),
        "f2": (C.THEIRS_ONLY, BreakState.OPEN, None),
        "f3": (C.FEE, BreakState.RESOLVED, None),
    }
    assert all(one.posted_at is not None and not one.is_due for one in found)
    assert is_counted == any("已经整笔记过" in explain(one) for one in found)


async def test_a_settlement_that_cost_more_than_its_notice_told_is_found_and_booked(
    database: Database, work: Reconciliation
) -> None:
    today = clock.now().astimezone(SHANGHAI).date()
    day = today - timedelta(days=2)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    channel = f"f{new_id().hex[:8]}"
    told = {"told-right": 48, "told-less": 54, "told-more": 60}
    notices = [
        Notice(
            channel=channel,
            event_id=f"settled:{reference}",
            kind=NoticeKind.SETTLED,
            subject_id=None,
            reference=reference,
            amount=8_000,
            fee=fee,
            occurred_at=at,
            raw=b"{}",
        )
        for reference, fee in told.items()
    ]
    statuses = await work.batchers.of(receive_notices, "owner_id").submit_all(notices)
    assert set(statuses) == {NoticeStatus.RECORDED}
    stated = {"told-right": 48, "told-less": 60, "told-more": 50}
    lines = [
        StatedLine(kind="settlement", reference=reference, request_id=None, amount=8_000, fee=fee, occurred_at=at)
        for reference, fee in stated.items()
    ]
    imported = await work.take(database, channel, day, in_parts(iter(lines)))
    assert imported.statement is not None
    assert (imported.statement.matched, imported.statement.breaks) == (1, 2)
    async with database.read() as reader:
        breaks = await list_breaks(reader, list(BreakState), None, channel, None, 10)
        found = {one.reference: (one.class_, one.delta, one.state) for one in breaks}
        resolved = BreakState.RESOLVED
        assert found == {"told-less": (C.FEE, -6, resolved), "told-more": (C.FEE, 10, resolved)}
        for one in breaks:
            assert one.closed_at is not None
            debit, credit, transfer = found_posting(one)
            row = await reader.connection.fetchrow(
                "select debit_account_id, credit_account_id, amount from ledger.transfers where id = $1", transfer.id
            )
            assert row is not None
            assert tuple(row) == (debit.id, credit.id, abs(one.delta))


async def test_what_only_a_bill_of_funds_tells_of_is_booked_and_the_unknown_waits_for_two(
    database: Database, work: Reconciliation
) -> None:
    day = clock.now().astimezone(SHANGHAI).date() - timedelta(days=2)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    channel = f"w{new_id().hex[:8]}"
    lines = [
        StatedLine(kind=kind, reference=reference, request_id=None, amount=amount, occurred_at=at)
        for kind, reference, amount in (
            ("settlement", "withdrawn", 8_800), ("charge", "paid in", 50_000), ("refund", "paid out", 300),
        )
    ]  # fmt: skip
    await work.take(database, channel, day, in_parts(iter(lines)))
    async with database.read() as reader:
        breaks = await list_breaks(reader, list(BreakState), None, channel, None, 10)
        receivable = {chart.channel_receivable(shard, channel).id for shard in range(SHARDS)}
        moved = await reader.connection.fetch(
            "select t.amount, d.code, c.code from ledger.transfers t "
            "join ledger.accounts d on d.id = t.debit_account_id join ledger.accounts c on c.id = t.credit_account_id "
            "where t.debit_account_id = any ($1) or t.credit_account_id = any ($1)",
            receivable,
        )
    assert {tuple(row) for row in moved} == {
        (8_800, Code.BANK, Code.CHANNEL_RECEIVABLE),
        (50_000, Code.CHANNEL_RECEIVABLE, Code.SUSPENSE),
        (300, Code.SUSPENSE_SHORT, Code.CHANNEL_RECEIVABLE),
    }
    assert "付给了平台" in next(explain(one) for one in breaks if one.reference == "withdrawn")
    assert {one.reference: (one.class_, one.state, one.resolution) for one in breaks} == {
        "withdrawn": (C.THEIRS_ONLY, BreakState.RESOLVED, Resolution.TOLD),
        "paid in": (C.THEIRS_ONLY, BreakState.OPEN, None),
        "paid out": (C.THEIRS_ONLY, BreakState.OPEN, None),
    }


async def test_what_a_channel_only_began_with_is_told_to_nobody_and_booked_when_it_is_done(
    database: Database, work: Reconciliation
) -> None:
    day = clock.now().astimezone(SHANGHAI).date() - timedelta(days=2)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    channel = f"u{new_id().hex[:8]}"
    begun = StatedLine(
        kind="refund", reference="begun", request_id=new_id(), amount=300, occurred_at=at, is_under_way=True
    )
    elsewhere = replace(begun, reference="made elsewhere", request_id=None)
    await work.take(database, channel, day, in_parts(iter([begun, elsewhere])))
    async with database.read() as reader:
        found = {each.reference: each for each in await list_breaks(reader, list(BreakState), None, channel, None, 10)}
    other, one = found["made elsewhere"], found["begun"]
    assert (other.class_, other.delta, other.state) == (C.THEIRS_ONLY, -300, BreakState.OPEN), "no other line comes"
    assert (one.class_, one.delta, one.told, one.posted_at, one.state) == (
        C.LATER_DAY, 0, None, None, BreakState.RESOLVED,
    )  # fmt: skip
    assert "办好了才记账" in explain(one)
    # On the day on which it is done we have it alone, and it is no break: that statement has it.
    ours = Difference(ours=replace(_side(K.REFUND, None, amount=300, at=NEXT_DAY), reference="begun"), theirs=None)
    named = name_differences(channel, DAY, [ours], {("refund", "begun"): one}, DAY, NOW)
    assert (named.breaks, named.arrived) == ([], [])
