"""Proves of months of the books: what stands in the way of closing one; that two close it, once; that nothing posts
into it any more, whatever the clock says; that it is as the books were then; its signature; corrections."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.orders.market import Market, open_market
from weiji.approvals import (
    Adjustment,
    DecideProposal,
    DecideResult,
    DecideStatus,
    PeriodClose,
    Place,
    PlaceKind,
    ProposeDeed,
    ProposeStatus,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock, installation
from weiji.kit.batch import Lanes
from weiji.kit.clock import SHANGHAI, month_of
from weiji.kit.db import Database, Reader, count_statements
from weiji.kit.ids import derive, first_id, new_id, shard_of
from weiji.kit.sql import Statement
from weiji.ledger import (
    Account,
    Code,
    Kind,
    Transfer,
    TransferFlags,
    TransferStatus,
    TrialLine,
    chart,
    create_transfers,
    get_trial_balance_at,
    move,
    operations,
    verify,
)
from weiji.ledger.operations import to_micros
from weiji.ledger.rules import State, judge_accounts, judge_transfers
from weiji.payments import REGISTRY, SandboxChannel
from weiji.payments.channels import sandbox
from weiji.periods import ClosePeriod, ClosePeriodStatus, close_periods, rules, store
from weiji.periods.files import signed_of, write_signed, write_trial
from weiji.periods.model import Blocker, BlockerKind, Sheet
from weiji.periods.operations import SIGNED_AS, id_of, read_sheet, sign_periods, sum_months
from weiji.periods.verify import audit, verify_periods

MAKER, CHECKER = (Actor("staff", new_id()) for _ in range(2))
S = ClosePeriodStatus
LONG = timedelta(days=35)
"""So long after any day its month may be closed."""


class Office:
    """A market whose months are closed."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.database = market.database
        self.month = month_of(clock.now())

    async def turn(self, by: timedelta) -> None:
        async with self.database.transaction() as tx:
            await installation.turn_clock(tx, by)

    async def sheet(self, month: date | None = None) -> Sheet | None:
        async with self.database.read() as reader:
            return await read_sheet(reader, month or self.month, clock.now())

    async def seen(self, month: date | None = None) -> Sheet:
        found = await self.sheet(month)
        assert found is not None
        return found

    def closing(self, sheet: Sheet, **changes: Any) -> ClosePeriod:
        values = {"month": sheet.month, "trial_hash": sheet.trial_hash, **changes}
        return ClosePeriod(**values, proposal_id=new_id(), proposed_by=_id(MAKER), actor=CHECKER)

    async def close(self, *commands: ClosePeriod) -> list[ClosePeriodStatus]:
        async with self.database.transaction() as tx:
            return await close_periods(tx, commands)

    async def decide(self, deed: Adjustment | PeriodClose) -> tuple[UUID, DecideResult]:
        """Have one of the staff propose something, and another approve it."""
        id = new_id(chart.TREASURY)
        async with self.database.transaction() as tx:
            asked = ProposeDeed(id=id, deed=deed, reason="月末", actor=MAKER)
            assert await propose_deeds(tx, [asked]) == [ProposeStatus.PROPOSED]
        async with self.database.transaction() as tx:
            agreed = DecideProposal(id=id, verdict=Verdict.APPROVE, hash=hash_of(id, deed), actor=CHECKER)
            return id, (await decide_proposals(tx, [agreed]))[0]


def _id(actor: Actor) -> UUID:
    assert actor.person_id
    return actor.person_id


@pytest.fixture
async def unstated(database: Database, lanes: Lanes) -> AsyncIterator[Office]:
    """An office whose channel's statements nobody has fetched."""
    async with open_market(database, lanes) as market:
        office = Office(market)
        buyer = new_id()
        await market.fund([buyer], 50_000)
        order_id, _ = await market.place(buyer)
        await market.pay(buyer, order_id)
        shard = shard_of(buyer)
        owing, bank = chart.channel_receivable(shard, sandbox.NAME), chart.bank(shard)
        async with database.transaction() as tx:
            settled = move(buyer, new_id(buyer), bank, owing, 50_000, Kind.CHANNEL_CONFIRMED)
            assert (await create_transfers(tx, [settled], [bank]))[0].is_made
        yield office


@pytest.fixture
async def office(unstated: Office) -> Office:
    await state_days(unstated.database)
    return unstated


async def state_days(database: Database) -> None:
    """Have the channel's statements matched of every day on which money moved."""
    await database.pool.execute(
        """insert into reconciliation.statements
             (shard, id, channel, day, digest, lines, matched, breaks, theirs, ours, matched_at)
           select distinct on (m.day) 0, gen_random_uuid(), 'sandbox', m.day, ''::bytea, 1, 1, 0, 1, 1, now()
           from (select (at at time zone 'Asia/Shanghai')::date as day from payments.public_movements
             where shard between 0 and 63 and channel = 'sandbox') as m
           where not exists (select from reconciliation.statements s where s.channel = 'sandbox' and s.day = m.day)"""
    )


async def test_two_close_a_month_and_it_stays_as_it_was(office: Office) -> None:
    await office.turn(LONG)
    sheet = await office.seen()
    assert sheet.blockers == ()
    deed = PeriodClose(month=rules.write_month(office.month), trial=sheet.trial_hash.hex())
    id, result = await office.decide(deed)
    assert result.status is DecideStatus.APPROVED, result
    closed = await office.seen()
    assert (closed.trial, closed.trial_hash) == (sheet.trial, sheet.trial_hash)
    assert closed.period is not None
    assert (closed.period.proposal_id, closed.period.proposed_by) == (id, _id(MAKER))
    assert closed.period.approved_by == _id(CHECKER)
    money = {line.code: line.credits - line.debits for line in closed.trial if line.ledger == chart.CNY}
    assert (money[Code.WALLET], money[Code.ESCROW], sum(money.values())) == (50_000 - 9_800, 9_800, 0)
    async with office.database.read() as reader:
        told = await get_trail(reader, id_of(office.month))
    assert [row["type"] for row in told] == ["PeriodClosed"]
    # Nobody closes it again, and the next one is too young.
    assert (await office.decide(deed))[1].failure == S.EXISTS
    after = await office.seen(rules.next_month(office.month))
    assert [each.kind for each in after.blockers][:1] == [BlockerKind.NOT_OVER]


async def test_nothing_posts_into_a_closed_month_whatever_the_clock_says(office: Office) -> None:
    await office.turn(LONG)
    assert await office.close(office.closing(await office.seen())) == [S.CLOSED]
    until = to_micros(rules.end_of(office.month))
    # Even if somebody turns the clock back.
    await office.turn(-LONG)
    near = first_id(0, "here")
    payer, payee = chart.bank(0, "1"), chart.own_funds(0)
    async with office.database.transaction() as tx:
        posted = move(near, new_id(near), payer, payee, 1, Kind.ADJUSTMENT)
        hold = move(near, new_id(near), payer, payee, 1, Kind.ADJUSTMENT)
        early = {"effective_at": until - 1}
        asked = [
            posted,
            Transfer(**_fields(hold) | {"id": new_id(near)} | early),
            Transfer(**_fields(hold) | {"effective_at": until}),
            Transfer(id=new_id(near), pending_id=hold.id, flags=TransferFlags.VOID_PENDING_TRANSFER, **early),
        ]
        results = await create_transfers(tx, asked, [payer, payee])
    assert [result.status for result in results] == [
        TransferStatus.CREATED,
        TransferStatus.PERIOD_CLOSED,
        TransferStatus.CREATED,
        TransferStatus.PERIOD_CLOSED,
    ]
    assert all(result.timestamp >= until for result in results if result.is_made)
    assert (await verify(office.database)).defects == []
    with pytest.raises(asyncpg.CheckViolationError, match="heads_go_on_after_what_is_closed"):
        await office.database.pool.execute("update ledger.heads set batch = batch + 1, timestamp = 1 where batch > 0")


def _fields(transfer: Transfer) -> dict[str, Any]:
    return {name: getattr(transfer, name) for name in Transfer.__struct_fields__}


async def test_what_stands_in_the_way_is_said_and_refused(office: Office) -> None:
    sheet = await office.seen()
    assert [each.kind for each in sheet.blockers] == [BlockerKind.NOT_OVER]
    assert await office.sheet(rules.month_before(office.month)) is None
    following = rules.next_month(office.month)
    assert await office.close(
        office.closing(sheet, month=rules.month_before(office.month)),
        office.closing(sheet),
    ) == [S.PERIOD_NOT_FOUND, S.NOT_OVER]
    # Money nobody knows comes in before the month is over, and goes in the next one.
    near, stray = first_id(0, "here"), chart.suspense(0, "sandbox")
    async with office.database.transaction() as tx:
        incoming = move(near, new_id(near), chart.bank(0), stray, 700, Kind.SUSPENSE)
        assert (await create_transfers(tx, [incoming], [chart.bank(0), stray]))[0].is_made
    await office.turn(2 * LONG)
    (left,) = (sheet := await office.seen()).blockers
    assert (left.kind, left.code, left.amount) == (BlockerKind.NOT_CLEARED, Code.SUSPENSE, 700)
    await office.database.pool.execute(
        """insert into reconciliation.breaks (shard, id, channel, day, kind, class, reference, ours, occurred_at, delta,
             is_due, state, found_at)
           values (0, $1, 'sandbox', $2, 'charge', 'ours_only', 'x', 1, now(), -1, false, 'open', now())""",
        first_id(0, "break"),
        office.month,
    )
    assert [each.kind for each in (await office.seen()).blockers] == [BlockerKind.BREAKS_OPEN, BlockerKind.NOT_CLEARED]
    next_sheet = await office.seen(following)
    assert next_sheet.blockers[0].kind is BlockerKind.EARLIER_OPEN
    assert await office.close(office.closing(next_sheet), office.closing(sheet)) == [S.EARLIER_OPEN, S.BREAKS_OPEN]
    await office.database.pool.execute(
        "update reconciliation.breaks set state = 'resolved', resolution = 'later_day', resolved_at = now()"
    )
    assert await office.close(office.closing(sheet)) == [S.NOT_CLEARED]
    async with office.database.transaction() as tx:
        outgoing = move(near, new_id(near), stray, chart.own_funds(0), 700, Kind.ADJUSTMENT)
        assert (await create_transfers(tx, [outgoing], [chart.own_funds(0)]))[0].is_made
    again = await office.seen()
    assert again.trial_hash == sheet.trial_hash, "what happens later changes nothing of the month"
    assert await office.close(office.closing(again, trial_hash=b"\0" * 32), office.closing(again)) == [
        S.TRIAL_DIFFERS,
        S.CLOSED,
    ]


async def test_a_month_waits_for_the_statements_of_its_days_on_which_money_moved(unstated: Office) -> None:
    office = unstated
    assert BlockerKind.STATEMENTS_MISSING not in {each.kind for each in (await office.seen()).blockers}, "it is today's"
    moved = "select min(at at time zone 'Asia/Shanghai')::date from payments.public_movements where channel = 'sandbox'"
    first = await office.database.pool.fetchval(moved)
    await office.turn(LONG)
    sheet = await office.seen()
    missing = Blocker(kind=BlockerKind.STATEMENTS_MISSING, amount=1, channel="sandbox", since=first)
    assert sheet.blockers == (missing,)
    # So do those of a channel that was switched off. Of one that nobody knows any more there is none to be had.
    REGISTRY.register(REGISTRY.get("sandbox"), is_open=False)
    assert (await office.seen()).blockers == (missing,)
    assert await office.close(office.closing(sheet)) == [S.STATEMENTS_MISSING]
    REGISTRY.remove("sandbox")
    assert (await office.seen()).blockers == ()
    REGISTRY.register(SandboxChannel(office.database))
    await state_days(office.database)
    assert await office.close(office.closing(await office.seen())) == [S.CLOSED]


class _Recorder:
    """Remembers what was asked of a reader."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    async def row(self, statement: Statement, *args: Any) -> Any:
        self.asked.append((statement.text, args))
        return await self.reader.row(statement, *args)


def _runs(node: dict[str, Any], table: str) -> float:
    """Count how often a plan read a table."""
    here = node["Actual Loops"] if node.get("Relation Name") == table else 0
    return float(here + sum(_runs(inner, table) for inner in node.get("Plans", [])))


async def _payments_read(office: Office, month: date) -> float:
    async with office.database.read() as reader:
        recorder = _Recorder(reader)
        await store.get_state(recorder, month, rules.next_month(month))  # type: ignore[arg-type]
    ((text, args),) = recorder.asked
    (told,) = json.loads(await office.database.pool.fetchval(f"explain (analyze, format json) {text}", *args))
    return _runs(told["Plan"], "payments")


async def test_payments_are_not_read_for_channels_that_were_switched_off_before(unstated: Office) -> None:
    """Where none is found a day is read to its end: on every look at the page."""
    office = unstated
    later = rules.next_month(office.month)
    await office.turn(2 * LONG)
    assert await _payments_read(office, later) > 0, "it is open, and has no statements"
    REGISTRY.register(REGISTRY.get("sandbox"), is_open=False)
    assert await _payments_read(office, later) == 0
    assert await _payments_read(office, office.month) > 0, "it moved then"
    REGISTRY.remove("sandbox")
    assert await office.close(office.closing(await office.seen())) == [S.CLOSED]
    REGISTRY.register(SandboxChannel(office.database))
    assert await _payments_read(office, office.month) == 0, "the month is closed"


async def test_a_month_that_is_over_is_summed_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transfer is a slice here: to sum takes a statement for each, and to look at what is kept none."""
    monkeypatch.setattr(operations, "SLICE", 1)
    near, stray = first_id(0, "here"), chart.suspense(0, "sandbox")

    async def move_on(amount: int) -> None:
        async with office.database.transaction() as tx:
            for _ in range(5):
                incoming = move(near, new_id(near), chart.bank(0), stray, amount, Kind.SUSPENSE)
                assert (await create_transfers(tx, [incoming], [chart.bank(0), stray]))[0].is_made

    async def count() -> tuple[Sheet, int]:
        counter = count_statements()
        seen = await office.seen()
        return seen, counter.statements

    await move_on(700)
    assert await sum_months(office.database, 100) == 0, "it is not over"
    await office.turn(LONG)
    await move_on(30)
    sheet, statements = await count()
    assert statements > 5
    assert await sum_months(office.database, 100) >= 1
    kept, statements = await count()
    assert (kept, statements) == (sheet, 2)
    assert await sum_months(office.database, 100) == 0, "once"
    async with office.database.transaction() as tx:
        outgoing = move(near, new_id(near), stray, chart.own_funds(0), 3_000, Kind.ADJUSTMENT)
        assert (await create_transfers(tx, [outgoing], [chart.own_funds(0)]))[0].is_made
    (left,) = (later := await office.seen()).blockers
    assert (left.kind, left.amount) == (BlockerKind.NOT_CLEARED, 500)
    async with office.database.read() as reader:
        assert await read_sheet(reader, office.month, clock.now(), is_anew=True) == later
    # What is kept wrongly closes nothing, and is put right by who tries to.
    await office.database.pool.execute("update periods.trials set trial = '[]'")
    wrong = await office.seen()
    async with office.database.transaction() as tx:
        outgoing = move(near, new_id(near), stray, chart.own_funds(0), 500, Kind.ADJUSTMENT)
        assert (await create_transfers(tx, [outgoing]))[0].is_made
    assert await office.close(office.closing(wrong)) == [S.TRIAL_DIFFERS]
    assert (right := await office.seen()).trial == sheet.trial
    assert await office.close(office.closing(right)) == [S.CLOSED]
    assert (await office.seen()).trial == sheet.trial


async def test_a_late_correction_is_posted_today_and_listed_with_the_month(office: Office) -> None:
    month = rules.write_month(office.month)
    deed = Adjustment(
        debit=Place(kind=PlaceKind.PAYOUT_FEE),
        credit=Place(kind=PlaceKind.BANK, name="1"),
        amount=300,
        corrects=month,
    )
    early = ProposeDeed(id=new_id(chart.TREASURY), deed=deed, reason="月末", actor=MAKER)
    async with office.database.transaction() as tx:
        assert await propose_deeds(tx, [early]) == [ProposeStatus.PERIOD_OPEN]
    await office.turn(LONG)
    before = await office.seen()
    assert await office.close(office.closing(before)) == [S.CLOSED]
    id, result = await office.decide(deed)
    assert result.status is DecideStatus.APPROVED
    after = await office.seen()
    assert [(each.id, each.amount) for each in after.corrections] == [(id, 300)]
    assert after.trial == before.trial
    async with office.database.read() as reader:
        _, trial = await get_trial_balance_at(reader, clock.now() + timedelta(seconds=1))
    assert {line.code: line.debits for line in trial}[Code.PAYOUT_FEE] == 300
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await office.database.pool.execute("update periods.corrections set amount = 1")


async def test_a_closed_month_is_signed_and_can_be_verified_elsewhere(office: Office) -> None:
    await office.turn(2 * LONG)
    for month in (office.month, rules.next_month(office.month)):
        assert await office.close(office.closing(await office.seen(month))) == [S.CLOSED]
    key = Ed25519PrivateKey.generate()
    async with office.database.transaction() as tx:
        assert await sign_periods(tx, key) == 2
    async with office.database.transaction() as tx:
        assert await sign_periods(tx, key) == 0
    documents = []
    for month in (office.month, rules.next_month(office.month)):
        sheet = await office.seen(month)
        assert sheet.period is not None
        file = json.loads(write_signed(sheet.period))
        key.public_key().verify(bytes.fromhex(file["signature"]), (file["prefix"] + file["document"]).encode())
        assert file["public_key"] == key.public_key().public_bytes_raw().hex()
        assert file["prefix"].encode() == SIGNED_AS
        documents.append((signed_of(sheet.period).document, rules.read_document(file["document"])))
        assert write_trial(sheet).count(b"\n") == len(sheet.trial) + 1
    (first_text, first), (_, second) = documents
    assert first.previous == ""
    assert second.previous == sha256(first_text.encode()).hexdigest()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await office.database.pool.execute("update periods.periods set document = ''")


async def test_a_closed_month_that_is_not_as_the_books_were_is_named(office: Office, database_url: str) -> None:
    """Whoever owns the database changes what was closed, in ways of which the chain of the ledger knows nothing."""
    await office.turn(2 * LONG)
    months = (office.month, rules.next_month(office.month))
    for month in months:
        assert await office.close(office.closing(await office.seen(month))) == [S.CLOSED]
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    async with office.database.transaction() as tx:
        assert await sign_periods(tx, key) == 2
    assert await verify_periods(office.database, [public]) == []
    assert {d.what for d in await verify_periods(office.database, [b"another"])} == {
        "it is signed with a key that is not known"
    }
    first, second = [rules.write_month(month) for month in months]
    period = (await office.seen(months[0])).period
    assert period is not None
    document = rules.read_document(period.document)
    trial = tuple(replace(line, debits=line.debits + 1, credits=line.credits + 1) for line in document.trial)
    forged = rules.write_document(replace(document, trial=trial, trial_hash=rules.hash_of(months[0], trial).hex()))
    heads = tuple((lane, batch, "00" * 32) for lane, batch, _ in document.heads)
    elsewhere = rules.write_document(replace(document, heads=heads))
    owner = await asyncpg.connect(database_url)
    try:
        for statement, arguments, defects in (
            ("update periods.periods set document = $2 where month = $1", (forged,), {
                (f"month {first}", "its signature is false"), (f"month {first}", "account kind 2040"),
                (f"month {second}", "it does not follow"), (f"month {first}", "its hash is not that"),
                (f"month {first}", "its document says something else"),
            }),
            ("update periods.periods set document = $2 where month = $1", (elsewhere,), {
                (f"month {first}", "lane "), (f"month {first}", "its signature is false"),
                (f"month {second}", "it does not follow"),
            }),
            ("update periods.periods set signature = null, public_key = null, signed_at = null where month = $1", (), {
                (f"month {first}", "its signature is gone"),
            }),
            ("delete from periods.periods where month = $1", (), {(f"month {second}", "it does not follow")}),
            ("delete from periods.periods where month > $1", (), {("the ledger", "it is closed until")}),
            ("update ledger.accounts set debits_posted = debits_posted + 1, credits_posted = credits_posted + 1"
             " where code = 2040 and $1::date is not null", (), {(f"month {first}", "account kind 2040")}),
        ):  # fmt: skip
            change = owner.transaction()
            await change.start()
            await owner.execute(statement, months[0], *arguments)
            found = await audit(Reader(owner), [public])  # type: ignore[arg-type]
            await change.rollback()
            for where, word in defects:
                assert any(each.where == where and word in each.what for each in found), (statement, word, found)
    finally:
        await owner.close()
    assert await verify_periods(office.database, [public]) == []


async def test_of_many_who_close_a_month_at_once_one_does_while_others_post(office: Office) -> None:
    await office.turn(LONG)
    sheet = await office.seen()
    buyers = [new_id() for _ in range(6)]
    answers, *_ = await asyncio.gather(
        asyncio.gather(*(office.close(office.closing(sheet)) for _ in range(4))),
        *(office.market.fund([buyer], 10_000) for buyer in buyers),
    )
    assert sorted(status for (status,) in answers) == [S.CLOSED, S.EXISTS, S.EXISTS, S.EXISTS]
    async with office.database.read() as reader:
        _, trial = await get_trial_balance_at(reader, sheet.until)
    assert rules.lines_of(trial) == sheet.trial
    assert (await verify(office.database)).defects == []


async def test_law_of_batches(office: Office) -> None:
    """Closing in one batch answers as closing one by one: each month waits for the one before it."""
    await office.turn(3 * LONG)
    first = await office.seen()
    second = await office.seen(rules.next_month(office.month))
    asked = [office.closing(each) for each in (second, first, first, second)]
    whole = await _rolled_back(office, [asked])
    assert whole == await _rolled_back(office, [[each] for each in asked])
    assert whole == [S.EARLIER_OPEN, S.CLOSED, S.EXISTS, S.CLOSED]


class _Undone(Exception):
    pass


async def _rolled_back(office: Office, batches: list[list[ClosePeriod]]) -> list[ClosePeriodStatus]:
    found: list[ClosePeriodStatus] = []
    try:
        async with office.database.transaction() as tx:
            for batch in batches:
                found += await close_periods(tx, batch)
            raise _Undone
    except _Undone:
        return found


AMOUNTS = st.integers(0, 1_000)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8), st.integers(0, 8))
def test_what_is_left_is_what_has_not_left_as_it_came(moves: list[tuple[int, int]], cut: int) -> None:
    """Of a queue of money: what was in it at the cut, less what has gone out of its front since."""
    queue: list[tuple[int, int]] = []
    sums = {"debits": 0, "credits": 0, "debits_later": 0, "credits_later": 0}
    for number, (came, asked) in enumerate(moves):
        queue.append((number, came))
        went = min(asked, sum(amount for _, amount in queue))
        later = "_later" if number >= cut else ""
        sums["credits" + later] += came
        sums["debits" + later] += went
        while went:
            at, amount = queue[0]
            taken = min(went, amount)
            went -= taken
            queue[0] = (at, amount - taken)
            if not queue[0][1]:
                queue.pop(0)
    line = TrialLine(
        ledger=1,
        code=Code.SUSPENSE,
        accounts=1,
        **sums,
    )
    assert rules.left_on(line) == sum(amount for at, amount in queue if at < cut)


@given(st.dates(date(2000, 1, 1), date(2998, 12, 31)))
def test_months_follow_each_other(day: date) -> None:
    month = day.replace(day=1)
    assert rules.month_before(rules.next_month(month)) == month
    assert rules.read_month(rules.write_month(month)) == month
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    assert month_of(noon) == month
    assert rules.end_of(rules.month_before(month)) <= noon < rules.end_of(month)


@given(st.integers(0, 10), st.integers(0, 10), st.integers(0, 10))
def test_a_batch_has_no_time_in_what_is_closed(last: int, now: int, closed_until: int) -> None:
    state = State(max(now, last + 1, closed_until) - 1, closed_until)
    accounts = [Account(id=derive(UUID(int=0), "account", n), ledger=1, code=n) for n in (1, 2)]
    judge_accounts(state, accounts)
    ids = [derive(UUID(int=0), "transfer", n) for n in range(3)]
    asked = [
        Transfer(
            id=id,
            debit_account_id=accounts[0].id,
            credit_account_id=accounts[1].id,
            amount=1,
            ledger=1,
            code=1,
            effective_at=effective_at,
        )
        for id, effective_at in zip(ids, (None, closed_until, closed_until - 1), strict=True)
        if effective_at != -1
    ]
    results = judge_transfers(state, asked)
    assert all(result.timestamp >= closed_until for result in results if result.is_made)
    assert [result.is_made for result in results] == [True, True, False][: len(asked)]
