"""Proves of deposits: each status, the law of batches, that what is asked stays whatever comes at once, that who owes
repays before anything else, and that a deposit by a channel arrives once."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deposits.examples import OWNER, REQUIRED, ask, freeze, give, open_asked_shop, owe, stake_of
from tests.onboarding.examples import open_shop
from tests.payments.world import World
from weiji.deposits import (
    PayDeposit,
    PayDepositStatus,
    ReleaseDeposit,
    TakeBackDeposit,
    TakeBackDepositStatus,
    pay_deposits,
    release_deposits,
    subscriptions,
    take_back_deposits,
)
from weiji.deposits.keeping import Keeper
from weiji.deposits.model import CollectDues, TakePaidDeposit
from weiji.deposits.operations import collect_dues, take_paid_deposits
from weiji.deposits.store import get_debt_movements, get_deposit_movements, list_dues, list_stakes, sum_stakes
from weiji.events import BY_CLOCK, BY_SYSTEM
from weiji.events.outbox import Deliverer
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Code, Kind, chart, create_transfers, get_statement, lookup_accounts, move
from weiji.orders.closing import get_open
from weiji.payments import (
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    PayoutSource,
    Purpose,
    RequestPayout,
    RequestPayoutStatus,
    create_payments,
    create_payout_accounts,
    request_payouts,
    start_payments,
)
from weiji.payments.channels.sandbox import ChargeVerb
from weiji.shops import get_shops

NOBODY = UUID(int=0)


def pay(shop_id: UUID, amount: int, id: UUID | None = None) -> PayDeposit:
    return PayDeposit(id=id or new_id(shop_id), shop_id=shop_id, amount=amount, actor=OWNER)


def back(shop_id: UUID, amount: int, id: UUID | None = None) -> TakeBackDeposit:
    return TakeBackDeposit(id=id or new_id(shop_id), shop_id=shop_id, amount=amount, actor=OWNER)


async def one_by_one(tx: Transaction, commands: Sequence["Command"]) -> list[str]:
    """Answer commands of shops in any lanes, each as a batch of its own."""
    return [answered for command in commands for answered in await answer(tx, [command])]


async def close(tx: Transaction, shop_id: UUID) -> None:
    """Begin to close a shop, past its owner."""
    await tx.connection.execute(
        "update shops.shops set closing_at = $2, closing_account_id = $1 where id = $1", shop_id, tx.now
    )
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    assert shop.closing_at


async def test_money_that_a_shop_has_is_put_up(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=60_000)
    first = pay(shop, 50_000)
    assert await pay_deposits(tx, [first, first]) == [PayDepositStatus.PAID, PayDepositStatus.EXISTS]
    stake = await stake_of(tx, shop)
    assert (stake.deposit, stake.available, stake.lacking, stake.excess) == (50_000, 10_000, 0, 0)
    taken, more = await get_deposit_movements(tx, shop, None, 10)
    assert [(each.kind, each.amount, each.order_id) for each in taken] == [(Kind.DEPOSIT, 50_000, None)]
    assert more is None


async def test_paying_is_refused_for_each_reason(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=1_000)
    closing = await open_asked_shop(tx, available=1_000)
    poor = await open_asked_shop(tx)
    await close(tx, closing)
    made = pay(shop, 100)
    assert await pay_deposits(tx, [made]) == [PayDepositStatus.PAID]
    assert await one_by_one(
        tx,
        [
            pay(NOBODY, 1),
            pay(shop, 1, derive(UUID(int=shop.int ^ 1), "elsewhere")),
            pay(shop, 0),
            pay(closing, 1),
            pay(shop, 99, made.id),
            pay(shop, 901),
            pay(poor, 1),
        ],
    ) == [
        PayDepositStatus.SHOP_NOT_FOUND,
        PayDepositStatus.ID_IN_ANOTHER_SHARD,
        PayDepositStatus.AMOUNT_OUT_OF_RANGE,
        PayDepositStatus.NOT_ALLOWED_NOW,
        PayDepositStatus.ID_TAKEN,
        PayDepositStatus.INSUFFICIENT_FUNDS,
        PayDepositStatus.INSUFFICIENT_FUNDS,
    ]


async def test_what_is_beyond_what_is_asked_is_taken_back(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=60_000)
    await pay_deposits(tx, [pay(shop, 60_000)])
    too_much, right = back(shop, 10_001), back(shop, 10_000)
    assert await take_back_deposits(tx, [too_much, right, right, back(shop, 1)]) == [
        TakeBackDepositStatus.EXCEEDS_EXCESS,
        TakeBackDepositStatus.TAKEN_BACK,
        TakeBackDepositStatus.EXISTS,
        TakeBackDepositStatus.EXCEEDS_EXCESS,
    ]
    stake = await stake_of(tx, shop)
    assert (stake.deposit, stake.available) == (REQUIRED, 10_000)
    # The operator asks for less: the rest is the shop's to take.
    await ask(tx, [shop], 0)
    assert await take_back_deposits(tx, [back(shop, REQUIRED), right]) == [
        TakeBackDepositStatus.TAKEN_BACK,
        TakeBackDepositStatus.EXISTS,
    ]
    # What was only held while that was judged is no movement.
    taken, _ = await get_deposit_movements(tx, shop, None, 10)
    assert [each.amount for each in taken] == [-REQUIRED, -10_000, 60_000]


async def test_taking_back_is_refused_for_each_reason(tx: Transaction) -> None:
    shop, closing = await open_asked_shop(tx, available=60_000), await open_asked_shop(tx)
    await pay_deposits(tx, [pay(shop, 60_000)])
    await close(tx, closing)
    made = back(shop, 100)
    assert await take_back_deposits(tx, [made]) == [TakeBackDepositStatus.TAKEN_BACK]
    frozen = [await open_asked_shop(tx, available=60_000, required=required) for required in (0, REQUIRED)]
    for each in frozen:
        await pay_deposits(tx, [pay(each, 60_000)])
        await freeze(tx, chart.merchant_deposit(each))
    assert await one_by_one(
        tx,
        [
            back(NOBODY, 1),
            back(shop, 1, derive(UUID(int=shop.int ^ 1), "elsewhere")),
            back(shop, 0),
            back(closing, 1),
            back(shop, 99, made.id),
            back(shop, 9_901),
            *(back(each, 1) for each in frozen),
        ],
    ) == [
        TakeBackDepositStatus.SHOP_NOT_FOUND,
        TakeBackDepositStatus.ID_IN_ANOTHER_SHARD,
        TakeBackDepositStatus.AMOUNT_OUT_OF_RANGE,
        TakeBackDepositStatus.NOT_ALLOWED_NOW,
        TakeBackDepositStatus.ID_TAKEN,
        TakeBackDepositStatus.EXCEEDS_EXCESS,
        TakeBackDepositStatus.SHOP_FROZEN,
        TakeBackDepositStatus.SHOP_FROZEN,
    ]


@pytest.mark.parametrize(("kind", "required"), [("person", 50_000), ("company", 200_000)])
async def test_what_is_asked_depends_on_who_is_behind_the_shop(tx: Transaction, kind: str, required: int) -> None:
    shop, _ = await open_shop(tx)
    assert (await stake_of(tx, shop)).required == 0
    await ask(tx, [], 50_000, "person")
    await ask(tx, [shop], 200_000, "company") if kind == "company" else await ask(tx, [shop], 50_000)
    assert (await stake_of(tx, shop)).required == required


async def test_f5_what_comes_next_repays_the_debt_then_fills_the_deposit(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=REQUIRED)
    await pay_deposits(tx, [pay(shop, REQUIRED)])
    order = await owe(tx, shop, REQUIRED + 910)
    stake = await stake_of(tx, shop)
    assert (stake.deposit, stake.owed, stake.available) == (0, 910, 0)
    await give(tx, chart.merchant_available(shop), 1_900)
    assert await list_dues(tx, UUID(int=0), 10) == [shop]
    await collect_dues(tx, [CollectDues(id=new_id(shop), shop_id=shop)])
    stake = await stake_of(tx, shop)
    assert (stake.owed, stake.deposit, stake.available) == (0, 990, 0)
    assert await list_dues(tx, UUID(int=0), 10) == []
    debt, _ = await get_debt_movements(tx, shop, None, 10)
    assert [(each.kind, each.amount, each.order_id) for each in debt] == [
        (Kind.REPAYMENT, -910, None),
        (Kind.RECOVERY, 910, order),
    ]


async def test_nothing_is_collected_beyond_what_is_asked_and_owed(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=REQUIRED)
    await pay_deposits(tx, [pay(shop, REQUIRED)])
    await owe(tx, shop, REQUIRED + 910)
    await give(tx, chart.merchant_available(shop), 100_000)
    again = CollectDues(id=new_id(shop), shop_id=shop)
    await collect_dues(tx, [again, again, CollectDues(id=new_id(shop), shop_id=shop)])
    stake = await stake_of(tx, shop)
    assert (stake.owed, stake.deposit >= REQUIRED, stake.available + stake.deposit) == (0, True, 99_090)


async def test_a_deposit_that_was_never_paid_is_not_taken_by_itself(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=100_000)
    assert await list_dues(tx, UUID(int=0), 10) == []
    await collect_dues(tx, [CollectDues(id=new_id(shop), shop_id=shop)])
    assert (await stake_of(tx, shop)).available == 100_000


async def test_the_deposit_of_a_closing_shop_is_not_filled_but_its_debt_repaid(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=REQUIRED)
    await pay_deposits(tx, [pay(shop, REQUIRED)])
    await owe(tx, shop, REQUIRED + 910)
    await close(tx, shop)
    await give(tx, chart.merchant_available(shop), 2_000)
    await collect_dues(tx, [CollectDues(id=new_id(shop), shop_id=shop)])
    stake = await stake_of(tx, shop)
    assert (stake.owed, stake.deposit, stake.available) == (0, 0, 1_090)


async def test_g1_a_leaving_shop_has_its_deposit_back(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=100_000)
    await pay_deposits(tx, [pay(shop, 100_000)])
    await close(tx, shop)
    release = ReleaseDeposit(id=new_id(shop), shop_id=shop, actor=BY_CLOCK)
    assert await release_deposits(tx, [release, release]) == ["released", "exists"]
    stake = await stake_of(tx, shop)
    assert (stake.deposit, stake.available) == (0, 100_000)


async def test_only_what_was_handed_in_keeps_a_leaving_shops_deposit_back(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=REQUIRED)
    await pay_deposits(tx, [pay(shop, REQUIRED)])
    await close(tx, shop)
    for state, days in (("approved", 30), ("draft", None)):
        await tx.connection.execute("update onboarding.applications set state = $2 where shop_id = $1", shop, state)
        found = await get_open(tx, shop)
        assert (found.deposit, found.freeze_days) == (REQUIRED, days)
    assert found.deposit_free_at == found.closing_at


async def test_the_operator_sees_who_lacks_and_who_owes(tx: Transaction) -> None:
    good, lacking, owing = [await open_asked_shop(tx, available=REQUIRED) for _ in range(3)]
    await pay_deposits(tx, [pay(good, REQUIRED)])
    await owe(tx, owing, REQUIRED + 5)
    assert {each.id for each in await list_stakes(tx, "all", None, 10)} >= {good, lacking, owing}
    assert [each.id for each in await list_stakes(tx, "lacking", None, 10)] == [owing, lacking]
    assert [each.id for each in await list_stakes(tx, "owing", None, 10)] == [owing]
    assert [each.id for each in await list_stakes(tx, "lacking", owing, 10)] == [lacking]
    sums = await sum_stakes(tx)
    assert (sums.deposits, sums.owed, sums.owing, sums.lacking) == (REQUIRED, 5, 1, 2)


async def test_who_fills_in_an_application_is_asked_before_it_is_handed_in_and_lacks_nothing_yet(
    tx: Transaction,
) -> None:
    shop = await open_asked_shop(tx, available=REQUIRED + 1)
    await tx.connection.execute("update onboarding.applications set state = 'draft' where shop_id = $1", shop)
    assert (await stake_of(tx, shop)).lacking == REQUIRED
    assert [each.id for each in await list_stakes(tx, "lacking", None, 10)] == []
    assert (await sum_stakes(tx)).lacking == 0
    await pay_deposits(tx, [pay(shop, REQUIRED)])
    assert await take_back_deposits(tx, [back(shop, 1)]) == [TakeBackDepositStatus.EXCEEDS_EXCESS]
    await tx.connection.execute("update onboarding.applications set kind = null where shop_id = $1", shop)
    assert (await stake_of(tx, shop)).excess == REQUIRED


# The law of batches

Command = PayDeposit | TakeBackDeposit | CollectDues | TakePaidDeposit


async def answer(tx: Transaction, batch: Sequence[Command]) -> list[str]:
    """Answer commands of one verb."""
    match batch[0]:
        case PayDeposit():
            return [str(each) for each in await pay_deposits(tx, batch)]  # type: ignore[arg-type]
        case TakeBackDeposit():
            return [str(each) for each in await take_back_deposits(tx, batch)]  # type: ignore[arg-type]
        case TakePaidDeposit():
            return [str(each) for each in await take_paid_deposits(tx, batch)]  # type: ignore[arg-type]
        case CollectDues():
            return [str(each) for each in await collect_dues(tx, batch)]  # type: ignore[arg-type]


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(tx: Transaction, data: st.DataObject) -> None:
    """Of two shops that are alike, one answers batches, the other one command after another: the same comes of it."""
    both = [await open_asked_shop(tx, available=60_000) for _ in range(2)]
    amounts = st.sampled_from([0, 1, 20_000, 50_000, 60_000])
    verbs = data.draw(st.lists(st.sampled_from(["pay", "back", "paid"]), min_size=1, max_size=4))
    for verb in verbs:
        asked = data.draw(st.lists(st.tuples(st.integers(0, 3), amounts), min_size=1, max_size=5))
        answers = []
        for shop, size in zip(both, (len(asked), 1), strict=True):
            commands: list[Command] = []
            for number, amount in asked:
                id = derive(shop, verb, number)
                if verb == "pay":
                    commands.append(pay(shop, amount, id))
                elif verb == "back":
                    commands.append(back(shop, amount, id))
                else:
                    paid = derive(shop, "payment", number)
                    taken = TakePaidDeposit(
                        payment_id=paid, shop_id=shop, amount=1_000, channel="sandbox", actor=BY_SYSTEM
                    )
                    commands.append(taken)
            told = []
            for start in range(0, len(commands), size):
                told += await answer(tx, commands[start : start + size])
            answers.append(told)
        assert answers[0] == answers[1]
    first, second = [await stake_of(tx, shop) for shop in both]
    assert (first.deposit, first.available) == (second.deposit, second.available)


# At once


async def test_what_is_asked_stays_however_many_take_back_at_once(database: Database) -> None:
    async with database.transaction() as tx:
        shop = await open_asked_shop(tx, available=60_000)
        await pay_deposits(tx, [pay(shop, 60_000)])

    async def take() -> str:
        async with database.transaction() as tx:
            (status,) = await take_back_deposits(tx, [back(shop, 3_000)])
            return status

    statuses = await asyncio.gather(*(take() for _ in range(8)))
    assert sorted(statuses) == ["exceeds_excess"] * 5 + ["taken_back"] * 3
    async with database.read() as reader:
        stake = await stake_of(reader, shop)
    assert (stake.deposit, stake.available) == (51_000, 9_000)


async def test_who_owes_repays_before_withdrawing(sandboxed: Transaction) -> None:
    tx = sandboxed
    shop = await open_asked_shop(tx)
    await owe(tx, shop, 5_000)
    await give(tx, chart.merchant_available(shop), 6_000)
    account = CreatePayoutAccount(
        id=new_id(shop), owner_id=shop, holder="周山", bank="小镇银行", number="62220000123456", actor=OWNER
    )
    await create_payout_accounts(tx, [account])

    asked = [withdraw(account, PayoutSource.MERCHANT_AVAILABLE, amount) for amount in (1_001, 1_000)]
    assert await request_payouts(tx, asked) == [
        RequestPayoutStatus.INSUFFICIENT_FUNDS,
        RequestPayoutStatus.CREATED,
    ]
    stake = await stake_of(tx, shop)
    assert (stake.owed, stake.available) == (0, 0)


def withdraw(account: CreatePayoutAccount, source: PayoutSource, amount: int) -> RequestPayout:
    return RequestPayout(
        id=new_id(account.owner_id),
        owner_id=account.owner_id,
        source=source,
        account_id=account.id,
        amount=amount,
        fee=0,
        channel="sandbox",
        actor=OWNER,
    )


async def test_people_who_owe_repay_before_withdrawing_each_for_themselves(sandboxed: Transaction) -> None:
    tx, first = sandboxed, new_id()
    people = [first, new_id(first)]  # In one shard, so that they share a batch.
    accounts = {
        person: CreatePayoutAccount(
            id=new_id(person), owner_id=person, holder="周山", bank="小镇银行", number="62220000123456", actor=OWNER
        )
        for person in people
    }
    await create_payout_accounts(tx, list(accounts.values()))

    async def owe_and_have(amount: int, has: int) -> None:
        for person in people:
            owed, way = chart.wallet_owed(person), chart.transit(shard_of(person))
            await create_transfers(tx, [move(person, new_id(person), owed, way, amount, Kind.RECOVERY)], [owed, way])
            await give(tx, chart.wallet(person), has)

    async def left() -> set[int]:
        both = [account.id for person in people for account in (chart.wallet_owed(person), chart.wallet(person))]
        return {each.available for each in await lookup_accounts(tx, both)}

    asked = [withdraw(each, PayoutSource.WALLET, amount) for amount in (601, 600) for each in accounts.values()]
    refused, made = [RequestPayoutStatus.INSUFFICIENT_FUNDS] * 2, [RequestPayoutStatus.CREATED] * 2
    await owe_and_have(400, 1_000)
    assert await request_payouts(tx, asked) == [*refused, *made]
    assert await left() == {0}
    # What is owed since then goes first as well, though something old is asked for again in front.
    await owe_and_have(300, 300)
    again = await request_payouts(tx, [*asked, *(withdraw(each, PayoutSource.WALLET, 1) for each in accounts.values())])
    assert again == [*refused, *[RequestPayoutStatus.EXISTS] * 2, *refused]
    assert await left() == {0}
    # Each repayment is told of beside what its own owner asked for first.
    for person, its in zip(people, asked[:2], strict=True):
        statement = await get_statement(tx, chart.wallet_owed(person).id)
        repaid = [row["journal_id"] for row in statement if row["code"] == Kind.REPAYMENT]
        assert repaid == [its.id] * 2


# By a channel


async def test_a_deposit_by_a_channel_arrives_once_though_it_was_paid_twice(world: World, lanes: Lanes) -> None:
    batchers = Batchers(world.database, lanes)
    world.deliverer = Deliverer(
        world.database, [*subscriptions(batchers), *world.deliverer.subscriptions.values()], lanes
    )
    await world.deliverer.install()
    async with world.database.transaction() as tx:
        shop = await open_asked_shop(tx)
    person = new_id()
    command = CreatePayment(
        id=new_id(person),
        payer_id=person,
        subject_id=shop,
        payee_id=shop,
        purpose=Purpose.DEPOSIT,
        amount=REQUIRED,
        channel="sandbox",
        actor=OWNER,
    )
    statuses = await world.run(create_payments, [command], lambda c: c.id)
    assert statuses == [CreatePaymentStatus.CREATED]
    await start_payments(world.database, lanes, [command.id])
    await world.act(command.id, ChargeVerb.PAY_TWICE)
    await world.settle()
    await world.turn(hours=1)
    async with world.database.read() as reader:
        stake = await stake_of(reader, shop)
    assert (stake.deposit, stake.available) == (REQUIRED, 0)
    balances = await world.balances()
    # The second time is on its way back, and nothing is under way between shards.
    assert balances[Code.MERCHANT_DEPOSIT] == REQUIRED
    assert balances[Code.TRANSIT] == 0
    assert balances[Code.CHANNEL_RECEIVABLE] == -REQUIRED
    await batchers.close()


async def test_the_wallet_pays_no_deposit(tx: Transaction) -> None:
    person, shop = new_id(), new_id()
    command = CreatePayment(
        id=new_id(person),
        payer_id=person,
        subject_id=shop,
        payee_id=shop,
        purpose=Purpose.DEPOSIT,
        amount=1,
        channel="balance",
        actor=OWNER,
    )
    assert await create_payments(tx, [command]) == [CreatePaymentStatus.CHANNEL_NOT_FOUND]


async def test_a_channel_takes_no_deposit_for_a_shop_that_is_being_closed(sandboxed: Transaction) -> None:
    tx = sandboxed
    open_, closing = await open_asked_shop(tx), await open_asked_shop(tx)
    await close(tx, closing)
    person = new_id()
    commands = [
        CreatePayment(
            id=new_id(person),
            payer_id=person,
            subject_id=shop,
            payee_id=shop,
            purpose=Purpose.DEPOSIT,
            amount=1,
            channel="sandbox",
            actor=OWNER,
        )
        for shop in (closing, open_)
    ]
    assert await create_payments(tx, commands) == [CreatePaymentStatus.NOT_ALLOWED_NOW, CreatePaymentStatus.CREATED]
    # Who asks again is told nothing else, once the other is being closed, too: there is no way left to pay it.
    await close(tx, open_)
    assert await create_payments(tx, commands) == [CreatePaymentStatus.NOT_ALLOWED_NOW] * 2


async def test_the_clock_finds_all_who_owe_page_by_page(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        shops = [await open_asked_shop(tx) for _ in range(3)]
    for shop in shops:
        async with database.transaction() as tx:
            await owe(tx, shop, 500)
        async with database.transaction() as tx:
            await give(tx, chart.merchant_available(shop), 800)
    batchers = Batchers(database, lanes)
    assert await Keeper(batchers).collect(database, 2) == 3
    assert await Keeper(batchers).collect(database, 2) == 0
    async with database.read() as reader:
        stakes = [await stake_of(reader, shop) for shop in shops]
    assert [(each.owed, each.available) for each in stakes] == [(0, 300)] * 3
    await batchers.close()
