"""Proves that the clock pays shops out as they said, once for each time, and says why where it does not."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from tests.onboarding.test_applications import approve
from tests.orders.market import Market, open_market
from weiji import payments
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders import State
from weiji.payments import CreatePayoutAccount, RemovePayoutAccount
from weiji.settlement import Every, PutSchedule, PutScheduleStatus, Schedule, get_schedule, put_schedules
from weiji.settlement.model import PayoutOutcome
from weiji.settlement.payouts import PayingOut
from weiji.shops import SuspendShop, suspend_shops

PRICE = 9_800


async def sell(market: Market) -> None:
    """Bring an order all the way, until its money may be withdrawn."""
    buyer = new_id()
    await market.fund([buyer], PRICE)
    order_id, _ = await market.place(buyer)
    await market.pay(buyer, order_id)
    await market.ship(order_id)
    await market.confirm(buyer, order_id)
    await market.turn(timedelta(days=1, seconds=1))
    assert (await market.order(order_id)).state is State.COMPLETED


async def open_account(market: Market, owner_id: UUID | None = None) -> UUID:
    """Name a bank account of the shop, or of somebody else."""
    owner_id = owner_id or market.shop_id
    command = CreatePayoutAccount(
        id=new_id(owner_id),
        owner_id=owner_id,
        holder="小店",
        bank="招商银行",
        number="6225880112345678",
        actor=Actor("merchant", market.seller_id),
    )
    async with market.database.transaction() as tx:
        assert await payments.create_payout_accounts(tx, [command]) == ["created"]
    return command.id


def put(
    market: Market, account_id: UUID | None, every: Every = Every.DAY, day: int = 1, minimum: int = 1
) -> PutSchedule:
    """Make the command that says when the shop is paid out."""
    return PutSchedule(
        shop_id=market.shop_id,
        every=every,
        day=day,
        minimum=minimum,
        account_id=account_id,
        actor=Actor("merchant", market.seller_id),
    )


async def say(market: Market, command: PutSchedule) -> PutScheduleStatus:
    """Say when the shop is paid out."""
    return (await market.batchers.of(put_schedules, "shop_id").submit(command)).status


async def run(market: Market, by: timedelta = timedelta(days=1)) -> Schedule:
    """Turn the clock, and look who is to be paid out."""
    clock.CLOCK.follow(clock.CLOCK.offset + by)
    await PayingOut(market.batchers).work(market.database, 100)
    async with market.database.read() as reader:
        return await get_schedule(reader, market.shop_id)


async def payouts(market: Market) -> list[int]:
    """Read what the shop was paid out, the newest first."""
    async with market.database.read() as reader:
        found = await payments.list_payouts(reader, market.shop_id, before=None, limit=10)
    return [payout.amount for payout in found]


async def test_a_shop_is_paid_out_once_for_each_time(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        account = await open_account(market)
        assert await say(market, put(market, account)) is PutScheduleStatus.SAVED
        assert await say(market, put(market, account)) is PutScheduleStatus.EXISTS
        await sell(market)
        first = await run(market, timedelta())
        assert (first.last_outcome, first.last_amount, await payouts(market)) == (
            PayoutOutcome.PAID_OUT,
            PRICE,
            [PRICE],
        )
        assert first.next_at is not None
        assert first.next_at > clock.now()
        assert await payouts(market) == [PRICE], "the time has not come again"
        await sell(market)
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=1))
        # Two processes find the same shop due: the payout's id is the same.
        processes = [PayingOut(market.batchers) for _ in range(2)]
        await asyncio.gather(*(each.work(database, 100) for each in processes))
        assert await payouts(market) == [PRICE, PRICE]


async def test_a_run_that_died_before_it_was_noted_pays_nothing_twice(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        await say(market, put(market, await open_account(market)))
        await sell(market)
        async with database.read() as reader:
            before = await get_schedule(reader, market.shop_id)
        await run(market, timedelta())
        for more in range(2):  # Nothing, or as much again, is there when the job comes to the same time again.
            for _ in range(more):
                await sell(market)
            async with database.transaction() as tx:
                await tx.connection.execute("update settlement.schedules set next_at = $1", before.next_at)
            again = await run(market, timedelta())
            assert (again.last_outcome, again.last_amount) == (PayoutOutcome.PAID_OUT, PRICE)
            assert await payouts(market) == [PRICE]


async def test_what_stands_in_the_way_is_said(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        account = await open_account(market)
        await say(market, put(market, account, minimum=PRICE + 1))
        await sell(market)
        assert (await run(market)).last_outcome is PayoutOutcome.TOO_LITTLE
        await say(market, put(market, account))
        async with database.transaction() as tx:
            removal = RemovePayoutAccount(
                id=account, owner_id=market.shop_id, actor=Actor("merchant", market.seller_id)
            )
            assert await payments.remove_payout_accounts(tx, [removal]) == ["removed"]
        assert (await run(market)).last_outcome is PayoutOutcome.NO_ACCOUNT
        await say(market, put(market, await open_account(market)))
        async with database.transaction() as tx:
            suspending = SuspendShop(
                id=new_id(market.shop_id),
                shop_id=market.shop_id,
                reason="假货",
                stops_sales=False,
                stops_withdrawals=True,
                days=None,
                actor=Actor("staff", new_id()),
            )
            assert await suspend_shops(tx, [suspending]) == ["created"]
        assert (await run(market)).last_outcome is PayoutOutcome.WITHDRAWALS_BARRED
        assert await payouts(market) == []
        async with database.read() as reader:
            trail = await get_trail(reader, market.shop_id)
        reasons = [row["data"]["reason"] for row in trail if row["type"] == "ScheduledPayoutSkipped"]
        assert reasons == ["no_account", "withdrawals_barred"], "that there is too little is no news"


async def test_nothing_goes_to_an_account_in_another_name_by_the_clock(database: Database, lanes: Lanes) -> None:
    KEYS.use(bytes(range(32)))
    async with open_market(database, lanes) as market:
        account = await open_account(market)
        await say(market, put(market, account))
        await sell(market)
        async with database.transaction() as tx:
            await approve(tx, market.shop_id)
        ran = await run(market)
        assert (ran.last_outcome, await payouts(market)) == (PayoutOutcome.ACCOUNT_NAME_DIFFERS, [])
        async with database.read() as reader:
            trail = await get_trail(reader, market.shop_id)
            (verified,) = (await payments.list_destinations(reader, market.shop_id, clock.now())).fitting
        reasons = [row["data"]["reason"] for row in trail if row["type"] == "ScheduledPayoutSkipped"]
        assert reasons == ["account_name_differs"]
        again = put(market, account, minimum=2)
        assert await say(market, again) is PutScheduleStatus.ACCOUNT_NAME_DIFFERS
        assert await say(market, put(market, verified.id)) is PutScheduleStatus.SAVED
        assert (await run(market)).last_outcome is PayoutOutcome.PAID_OUT
        # Who would go back to by hand need not change the account for that.
        assert await say(market, put(market, account, Every.BY_HAND)) is PutScheduleStatus.SAVED


async def test_others_accounts_and_shops_are_not_there(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        other = await open_account(market, new_id(market.shop_id))
        for account in (other, new_id(market.shop_id), None):
            assert await say(market, put(market, account)) is PutScheduleStatus.ACCOUNT_NOT_FOUND
        async with database.transaction() as tx:
            unknown = PutSchedule(
                shop_id=new_id(),
                every=Every.BY_HAND,
                day=1,
                minimum=1,
                account_id=None,
                actor=Actor("merchant", new_id()),
            )
            (result,) = await put_schedules(tx, [unknown])
        assert result.status is PutScheduleStatus.SHOP_NOT_FOUND


async def test_a_batch_answers_as_its_commands_one_by_one(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        account = await open_account(market)
        commands = [
            put(market, account),
            put(market, account),
            put(market, account, Every.WEEK, 8),
            put(market, None, Every.BY_HAND),
            put(market, account, Every.MONTH, 28, 500),
            put(market, account),
        ]
        answers: list[tuple[list[PutScheduleStatus], Schedule]] = []
        for size in (len(commands), 1):
            with suppress(ZeroDivisionError):
                async with database.transaction() as tx:
                    statuses = []
                    for start in range(0, len(commands), size):
                        results = await put_schedules(tx, commands[start : start + size])
                        statuses += [result.status for result in results]
                    answers.append((statuses, await get_schedule(tx, market.shop_id)))
                    raise ZeroDivisionError
        (together, schedule), one_by_one = answers
        assert (together, _said(schedule)) == (one_by_one[0], _said(one_by_one[1]))
        assert together == ["saved", "exists", "day_out_of_range", "saved", "saved", "saved"]


def _said(schedule: Schedule) -> tuple[object, ...]:
    return (schedule.every, schedule.day, schedule.minimum, schedule.account_id)
