"""Proves that what a channel paid to our bank is booked once, whichever file comes first; of doubts people decide."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest

from bench.statements import in_parts
from tests.reconciliation.conftest import agree_to_all
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import Code
from weiji.payments import BANK, StatedLine, list_unmatched_captures
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankImportStatus
from weiji.reconciliation import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    LineKind,
    ProposeResolution,
    Reconciliation,
    Resolution,
    ResolutionStatus,
    agree_to_resolutions,
    propose_resolutions,
    store,
)
from weiji.reconciliation.model import Settlement
from weiji.reconciliation.operations import pair_arrivals, take_up_strays
from weiji.reconciliation.rules import pair_arrivals as pair
from weiji.reconciliation.store import find_settlements, get_clearing, list_breaks, list_under_way

WX = "wx"
PAYERS = {WX: ("财付通",)}
TENPAY = "财付通支付科技有限公司"
DONE, NOT_FOUND = ResolutionStatus.DONE, ResolutionStatus.SETTLEMENT_NOT_FOUND
HEAD = "交易日期,收入金额,支出金额,交易流水号,对方户名,附言"


def day_ago(days: int) -> date:
    return clock.now().astimezone(SHANGHAI).date() - timedelta(days=days)


async def withdraw(work: Reconciliation, database: Database, day: date, **amounts: int) -> None:
    """Take the channel's statement of a day: what it says that it paid, by its references."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    lines = [
        StatedLine(kind="settlement", reference=reference, request_id=None, amount=amount, occurred_at=at)
        for reference, amount in amounts.items()
    ]
    await work.take(database, WX, day, in_parts(iter(lines)))


async def bring(work: Reconciliation, database: Database, *lines: str) -> None:
    """Bring the bank's statement, and do what its event has done."""
    content = "\n".join([HEAD, *lines]).encode()
    result = await import_statement(database, work.batchers, "a.csv", content, BY_SYSTEM, agreed=10**12)
    assert result.status is BankImportStatus.IMPORTED
    await database.retried(take_up_strays)


async def look(database: Database) -> int:
    return await database.retried(partial(pair_arrivals, payers=PAYERS))


async def standing(database: Database) -> tuple[int, int, int]:
    """Say what is in suspense, what the bank has, and how much money for nothing people are shown."""
    async with database.read() as reader:
        suspense = -(await get_clearing(reader)).balances[Code.SUSPENSE]
        at_bank = await reader.connection.fetchval(
            "select coalesce(sum(debits_posted - credits_posted), 0)::bigint from ledger.accounts where code = $1",
            Code.BANK,
        )
        return suspense, at_bank, sum(one.amount for one in await list_unmatched_captures(reader))


async def at_bank(database: Database, state: BreakState) -> list[Break]:
    async with database.read() as reader:
        return await list_breaks(reader, [state], None, BANK, None, 10)


@pytest.mark.parametrize("is_bank_first", [True, False])
async def test_what_a_channel_paid_is_booked_once(
    database: Database, work: Reconciliation, *, is_bank_first: bool
) -> None:
    before = (await standing(database))[1]
    came = f"{day_ago(1)},88.00,,s1,{TENPAY},提现"
    other = f"{day_ago(1)},88.00,,s2,张三,还你"
    if is_bank_first:
        await bring(work, database, came, other)
        assert await look(database) == 0
    await withdraw(work, database, day_ago(2), withdrawn=8_800)
    if not is_bank_first:
        await bring(work, database, came, other)
    assert [await look(database) for _ in range(2)] == [1, 0]
    suspense, bank, unmatched = await standing(database)
    assert (suspense, bank - before, unmatched) == (8_800, 17_600, 8_800), "the withdrawal once, and what is nobody's"
    (one,) = await at_bank(database, BreakState.RESOLVED)
    assert (one.reference, one.resolution, one.payer, one.remark) == ("s1", Resolution.ARRIVED, TENPAY, "提现")
    assert [each.reference for each in one.settlements] == ["withdrawn"]
    (left,) = await at_bank(database, BreakState.OPEN)
    assert left.reference == "s2"


async def test_however_many_come_at_once_each_is_known_again(database: Database, work: Reconciliation) -> None:
    # Of five or more some lie in other lanes than the rest.
    await withdraw(work, database, day_ago(2), **{f"of-{n}": 1_000 + n for n in range(6)})
    await bring(work, database, *(f"{day_ago(1)},{10 + n / 100:.2f},,m{n},{TENPAY},提现" for n in range(6)))
    assert await look(database) == 6
    assert (await standing(database))[0] == 0


def propose(one: Break, *references: str, resolution: Resolution = Resolution.ARRIVED) -> ProposeResolution:
    keys = tuple((WX, reference) for reference in references)
    actor = Actor("staff", new_id())
    return ProposeResolution(break_id=one.id, resolution=resolution, note="看过了", actor=actor, settlements=keys)


async def test_people_say_which_of_two_it_is_and_none_is_taken_twice(database: Database, work: Reconciliation) -> None:
    proposals = work.batchers.of(propose_resolutions, "break_id")
    agreements = work.batchers.of(agree_to_resolutions, "break_id")
    await withdraw(work, database, day_ago(3), first=8_800, second=8_800, third=1_200)
    await bring(work, database, f"{day_ago(1)},88.00,,s1,{TENPAY},", f"{day_ago(1)},100.00,,s2,某银行,三笔")
    assert await look(database) == 0, "it may be either"
    # What is on its way is listed to its end, that of one moment, too.
    listed: list[str] = []
    after: tuple[datetime, str, str] | None = None
    async with database.read() as reader:
        while under_way := await list_under_way(reader, day_ago(9), after, 2):
            after = (under_way[-1].at, under_way[-1].channel, under_way[-1].reference)
            listed += [each.reference for each in under_way]
    assert listed == ["first", "second", "third"]
    one, other = sorted(await at_bank(database, BreakState.OPEN), key=lambda each: each.delta)
    # A page has settlements chosen, whatever is said of the money: that is asked again, too.
    own = propose(one, "first", resolution=Resolution.OWN_FUNDS)
    back = AgreeToResolution(break_id=one.id, is_agreed=False, actor=Actor("staff", new_id()))
    assert [await proposals.submit(own) for _ in range(2)] == [DONE, ResolutionStatus.EXISTS]
    assert await agreements.submit(back) is DONE
    answers = [
        await proposals.submit(each)
        for each in (
            propose(one),
            propose(one, "nobody's"),
            propose(one, "first", "third"),
            propose(one, "first"),
            propose(other, "first", "third"),
        )
    ]
    assert answers == [
        NOT_FOUND, NOT_FOUND, ResolutionStatus.SETTLEMENTS_DIFFER, DONE, NOT_FOUND,
    ]  # fmt: skip
    # Sent back, it is free for another, which it is with a second one.
    assert await agreements.submit(back) is DONE
    both = [propose(other, "first", "third"), propose(one, "first")]
    assert await proposals.submit_all(both) == [DONE, NOT_FOUND]
    assert await proposals.submit(propose(one, "second")) is DONE
    staff = Actor("staff", new_id())
    agreed = [AgreeToResolution(break_id=each.id, is_agreed=True, actor=staff) for each in (one, other)]
    assert await agree_to_all(database, work, agreed) == [DONE, DONE]
    suspense, _, unmatched = await standing(database)
    assert (suspense, unmatched) == (0, 0)
    async with database.read() as reader:
        assert await find_settlements(reader, [(day_ago(9), day_ago(0))]) == []
        assert await list_under_way(reader, day_ago(9), None, 9) == []


async def test_old_money_hides_no_new_and_what_was_not_seen_is_not_ruled_out(
    database: Database, work: Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SETTLEMENTS_READ_MAX", 2)
    for days in (41, 40):
        await withdraw(work, database, day_ago(days), **{f"of-{days}": 500})
    await withdraw(work, database, day_ago(9), first=8_800)
    old, new = f"{day_ago(60)},1.00,,s1,张三,", f"{day_ago(8)},88.00,,s2,{TENPAY},"
    await bring(work, database, old, new)
    assert await look(database) == 1
    for days, amount in ((7, 100), (6, 9_900), (5, 9_900)):
        await withdraw(work, database, day_ago(days), **{f"of-{days}": amount})
    await bring(work, database, f"{day_ago(4)},99.00,,s3,{TENPAY},")
    assert await look(database) == 0, "it may be the third, which was not read"


NOON = datetime(2026, 10, 9, 12, tzinfo=SHANGHAI)


def credit(amount: int, payer: str = TENPAY, remark: str = "", at: datetime = NOON) -> Break:
    kind, class_ = LineKind.CHARGE, BreakClass.THEIRS_ONLY
    return Break(
        id=new_id(), channel=BANK, day=at.date(), kind=kind, class_=class_, reference="s", subject_id=None, ours=amount,
        theirs=amount, occurred_at=at, delta=amount, found_at=at, payer=payer, remark=remark,
    )  # fmt: skip


def paid(days_ago: int, amount: int, channel: str = WX) -> Settlement:
    at = NOON - timedelta(days=days_ago, hours=-1)
    return Settlement(shard=0, channel=channel, reference=f"{channel}-2026-{days_ago}-{amount}", amount=amount, at=at)


def test_only_what_can_be_nothing_else_is_paired() -> None:
    def found(credits: list[Break], *under_way: Settlement) -> list[list[Settlement]]:
        return [list(run) for _, run in pair(credits, under_way, PAYERS)]

    late, same_day = paid(8, 500), paid(0, 500)
    assert found([credit(500)], late) == [[late]]
    assert found([credit(500)], same_day) == [[same_day]], "a line of the bank has a day, and often no time"
    assert found([credit(500)], paid(11, 500), paid(-1, 500)) == []
    assert found([credit(500)], late, same_day) == found([credit(500), credit(500)], late) == []
    weekend = [paid(3, 100), paid(2, 200), paid(1, 300)]
    assert found([credit(600)], *weekend) == [weekend]
    assert found([credit(300)], *weekend) == [], "it is the last day, or the two before"
    assert found([credit(500, "张三")], late) == found([credit(500)], paid(1, 500, "other")) == []
    assert found([credit(500, "张三", f"流水{late.reference}")], late) == [[late]]
    assert found([credit(500, "", "财付通提现")], late) == [[late]]
